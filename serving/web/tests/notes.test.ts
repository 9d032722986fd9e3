import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Edit } from "../src/lib/documents";
import { span } from "../src/lib/time";
import { Moves, away } from "../src/state/moves.svelte";
import { NotesState } from "../src/state/notes.svelte";
import { Service } from "./notes_service";

let service: Service;
let notes: NotesState;
let complaints: unknown[];
let said: string[];
beforeEach(async () => {
  service = new Service();
  complaints = [];
  said = [];
  vi.stubGlobal("fetch", service.answer);
  notes = new NotesState({ reel: "reel_1", complain: (error) => complaints.push(error), say: (text) => said.push(text) });
  await notes.load();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
const move = (to: number, cue = "cue-0"): Edit => ({ op: "move-edge", cue, edge: "out", frame: to });
const out = (id = "cue-0"): number => notes.cue(id)?.span.out ?? -1;

describe("undo", () => {
  test("goes back and forth through revisions, and history only ever grows", async () => {
    await notes.edit([move(610)], "a");
    await notes.edit([move(620)], "b");
    expect([out(), notes.revision]).toEqual([620, 3]);
    await notes.undo();
    await notes.undo();
    expect([out(), notes.revision, notes.canUndo]).toEqual([600, 5, false]);
    await notes.redo();
    expect(out()).toBe(610);
    await notes.redo();
    expect([out(), notes.canRedo]).toEqual([620, false]);
    await notes.undo();
    expect(out()).toBe(610);
  });

  test("is over for what was undone once something new is done", async () => {
    await notes.edit([move(610)], "a");
    await notes.undo();
    await notes.edit([move(650)], "b");
    expect(notes.canRedo).toBe(false);
    await notes.undo();
    expect(out()).toBe(600);
  });

  test("begins afresh when somebody else changed the notes: it must not take theirs back", async () => {
    await notes.edit([move(610)], "a");
    service.apply([move(1700, "cue-1")]);
    await notes.follow(3);
    expect([out("cue-1"), notes.canUndo]).toEqual([1700, false]);
    expect(said[0]).toContain("Ben");
  });

  test("does not follow its own revision", async () => {
    await notes.edit([move(610)], "a");
    await notes.follow(2);
    expect(notes.canUndo).toBe(true);
    expect(said).toEqual([]);
  });
});

describe("saving", () => {
  test("sends one batch after the other, each from the revision before, each with its own key", async () => {
    await Promise.all([notes.edit([move(610)], "a"), notes.edit([move(620)], "b"), notes.edit([move(630)], "c")]);
    expect(service.asked.map((a) => a.match)).toEqual(['"r1"', '"r2"', '"r3"']);
    expect(new Set(service.asked.map((a) => a.key)).size).toBe(3);
    expect([out(), notes.saved]).toEqual([630, "saved"]);
  });

  test("keeps an edit that the service never got, and sends it again with the same key", async () => {
    service.fail = () => Promise.reject(new TypeError("network"));
    expect(await notes.edit([move(610)], "a")).toBe(false);
    expect([notes.saved, complaints.length, out()]).toEqual(["not saved", 1, 600]);
    service.fail = null;
    expect(await notes.again()).toBe(true);
    expect([out(), notes.saved]).toEqual([610, "saved"]);
    expect(service.asked[0]?.key).toBe(service.asked[1]?.key);
  });

  test("lets go of an edit that the service refuses", async () => {
    service.fail = () => Response.json({ title: "No", status: 422, detail: "A cue cannot end before it begins.", code: "cue-invalid" }, { status: 422 });
    await notes.edit([move(10)], "a");
    expect([notes.saved, notes.canUndo, out()]).toEqual(["saved", false, 600]);
    expect(complaints).toHaveLength(1);
  });
});

describe("two editors", () => {
  test("who changed different things both keep their changes", async () => {
    service.apply([move(1700, "cue-1")]);
    expect(await notes.edit([move(610)], "mine")).toBe(true);
    expect([out(), out("cue-1"), notes.collision]).toEqual([610, 1700, null]);
  });

  test("who changed the same thing are asked; mine on top", async () => {
    service.apply([move(640)]);
    service.clashes = [{}];
    expect(await notes.edit([move(610)], "mine")).toBe(false);
    expect(notes.collision?.answer.current).toBe(2);
    expect(notes.saved).toBe("not saved");
    await notes.settle("mine");
    expect([out(), notes.collision, notes.saved]).toEqual([610, null, "saved"]);
  });

  test("who changed the same thing are asked; theirs stays", async () => {
    service.apply([move(640)]);
    service.clashes = [{}];
    await notes.edit([move(610)], "mine");
    await notes.settle("theirs");
    expect([out(), notes.saved, service.revisions.length]).toEqual([640, "saved", 2]);
  });

  test("an undo over somebody else's change is never put on top by itself", async () => {
    await notes.edit([move(610)], "a");
    service.apply([move(1700, "cue-1")]);
    await notes.undo();
    expect(notes.collision).not.toBeNull();
    expect(out("cue-1")).not.toBe(1700);
    await notes.settle("mine");
    expect(out("cue-1")).toBe(1700);
  });
});

describe("what is on the move", () => {
  const moves = (): Moves => new Moves(notes, () => 5000, (edits, summary, moved) => notes.edit(edits, summary, moved));

  test("shows at once, stops at the neighbours, and the silence gives way", () => {
    const m = moves();
    m.moveEdge("cue-0", "out", 900);
    expect(out()).toBe(900);
    expect(notes.silence("silence-0")?.span).toEqual(span(900, 1100));
    m.moveEdge("cue-0", "out", 4000);
    expect(out()).toBe(1100);
    m.moveEdge("cue-0", "out", 5);
    expect(out()).toBe(101);
    m.moveEdge("cue-2", "out", 9e9);
    expect(out("cue-2")).toBe(5000);
    m.cancel();
    expect(out()).toBe(600);
    expect(service.asked).toEqual([]);
  });

  test("becomes one edit with words for the history", async () => {
    const m = moves();
    m.moveEdge("cue-0", "out", 603);
    m.moveHit("hit-0", 199);
    await m.commit();
    expect(service.asked).toHaveLength(1);
    expect(service.asked[0]?.edits).toEqual([move(603), { op: "set-hit", hit: "hit-0", fields: { frame: 199 } }]);
    expect(notes.movedCues).toEqual({});
    expect(out()).toBe(603);
  });

  test("a row of key presses is one edit", async () => {
    vi.useFakeTimers();
    const m = moves();
    for (let n = 0; n < 5; n += 1) {
      m.moveCue("cue-1", 1);
      m.soon();
      vi.advanceTimersByTime(100);
    }
    await vi.advanceTimersByTimeAsync(2000);
    expect(service.asked.map((a) => a.edits)).toEqual([[
      { op: "move-edge", cue: "cue-1", edge: "out", frame: 1605 },
      { op: "move-edge", cue: "cue-1", edge: "in", frame: 1105 },
    ]]);
  });

  test("what was moved again while it was saved stays on the move", async () => {
    const m = moves();
    m.moveEdge("cue-0", "out", 610);
    const saving = m.commit();
    m.moveEdge("cue-0", "out", 615);
    await saving;
    expect(out()).toBe(615);
    await m.commit();
    expect([out(), service.revisions.length]).toEqual([615, 3]);
  });

  test("goes back when it could not be saved", async () => {
    service.fail = () => Response.json({ title: "No", status: 422, detail: "No.", code: "cue-invalid" }, { status: 422 });
    const m = moves();
    m.moveEdge("cue-0", "out", 610);
    await m.commit();
    expect(out()).toBe(600);
  });

  test("back where it was, nothing is sent", async () => {
    const m = moves();
    m.moveEdge("cue-0", "out", 610);
    m.moveEdge("cue-0", "out", 600);
    expect(await m.commit()).toBe(true);
    expect([service.asked.length, Object.keys(notes.movedCues).length]).toEqual([0, 0]);
  });

  test("is told in words", () => {
    expect(away(1)).toBe("1 frame later");
    expect(away(-3)).toBe("3 frames earlier");
  });
});
