import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Edit } from "../src/lib/documents";
import { Moves } from "../src/state/moves.svelte";
import { NotesState } from "../src/state/notes.svelte";
import { Service } from "./notes_service";

let service: Service;
let notes: NotesState;
let moves: Moves;
let complaints: unknown[];
let said: string[];
beforeEach(async () => {
  service = new Service();
  complaints = [];
  said = [];
  vi.stubGlobal("fetch", service.answer);
  notes = new NotesState({ reel: "reel_1", complain: (error) => complaints.push(error), say: (text) => said.push(text) });
  moves = new Moves(notes, () => 5000, (edits, summary, hand) => notes.edit(edits, summary, hand));
  await notes.load();
});
afterEach(() => vi.unstubAllGlobals());

const move = (to: number, cue = "cue-0", edge: "in" | "out" = "out"): Edit => ({ op: "move-edge", cue, edge, frame: to });
const span = (id = "cue-0"): number[] => [notes.cue(id)?.span.in ?? -1, notes.cue(id)?.span.out ?? -1];
const noNetwork = (): Promise<Response> => Promise.reject(new TypeError("network"));

describe("undo pressed faster than the service answers", () => {
  test("takes back one step each time", async () => {
    await notes.edit([move(610)], "a");
    await notes.edit([move(620)], "b");
    await notes.edit([move(630)], "c");
    await Promise.all([notes.undo(), notes.undo()]);
    expect(span()).toEqual([100, 610]);
    await notes.undo();
    expect([span()[1], notes.canUndo]).toEqual([600, false]);
  });

  test("takes back what is still on its way, and redo brings it again", async () => {
    void notes.edit([move(610)], "a");
    void notes.undo();
    await notes.redo();
    expect([span()[1], service.revisions.length, notes.canRedo]).toEqual([610, 4, false]);
  });

  test("does nothing once everything is taken back", async () => {
    await notes.edit([move(610)], "a");
    expect(await Promise.all([notes.undo(), notes.undo()])).toEqual([true, false]);
    expect([span()[1], notes.saved, service.revisions.length]).toEqual([600, "saved", 3]);
  });

  test("of one deed takes back that or nothing", async () => {
    await notes.edit([move(610)], "a");
    const revision = notes.revision;
    await notes.edit([move(620)], "b");
    expect(await notes.undo(revision)).toBe(false);
    expect([span()[1], said.length]).toEqual([620, 1]);
    await notes.undo();
    await notes.edit([move(615)], "c");
    expect(await notes.undo(notes.revision)).toBe(true);
    expect(span()[1]).toBe(610);
  });
});

describe("what the service never got", () => {
  test("is all sent again, in order, and said to be unsaved until then", async () => {
    service.fail = noNetwork;
    await notes.edit([move(610)], "a");
    await notes.edit([move(1650, "cue-1")], "b");
    expect([notes.saved, service.revisions.length]).toEqual(["not saved", 1]);
    service.fail = null;
    expect(await notes.again()).toBe(true);
    expect([span()[1], span("cue-1")[1], notes.saved]).toEqual([610, 1650, "saved"]);
    await notes.undo();
    expect([span()[1], span("cue-1")[1]]).toEqual([610, 1600]);
  });

  test("goes first when something else is done", async () => {
    service.fail = noNetwork;
    await notes.edit([move(610)], "a");
    service.fail = null;
    expect(await notes.edit([move(620)], "b")).toBe(true);
    expect([span()[1], service.revisions.length, notes.saved]).toEqual([620, 3, "saved"]);
  });

  test("stays in sight where the hand left it", async () => {
    service.fail = noNetwork;
    moves.moveEdge("cue-0", "out", 610);
    await moves.commit();
    expect([span()[1], notes.moving("cue-0"), notes.saved]).toEqual([610, true, "not saved"]);
    service.fail = null;
    moves.moveEdge("cue-1", "out", 1650);
    await moves.commit();
    expect(service.asked.map((a) => a.edits)).toEqual([[move(610)], [move(610)], [move(1650, "cue-1")]]);
    expect(notes.moving("cue-0")).toBe(false);
  });

  test("is done once when only its answer was lost, and is not told as somebody else's", async () => {
    service.deaf = true;
    await notes.edit([move(610)], "a");
    service.deaf = false;
    await notes.follow(2);
    expect([span()[1], notes.saved, service.revisions.length, said]).toEqual([610, "saved", 2, []]);
    await notes.undo();
    expect(span()[1]).toBe(600);
  });

  test("is done once also when somebody else went on from it", async () => {
    service.deaf = true;
    await notes.edit([move(610)], "a");
    service.deaf = false;
    service.apply([move(1700, "cue-1")]);
    await notes.follow(3);
    expect([span()[1], span("cue-1")[1], notes.saved, service.revisions.length]).toEqual([610, 1700, "saved", 3]);
    expect([notes.canUndo, complaints.length]).toEqual([false, 1]);
  });
});

describe("a cue that somebody else changes while it is in the hand", () => {
  test("keeps their edge and gets ours", async () => {
    moves.moveEdge("cue-0", "out", 650);
    service.apply([move(150, "cue-0", "in")]);
    await notes.follow(2);
    expect(span()).toEqual([150, 650]);
    await moves.commit();
    expect(service.asked.flatMap((a) => a.edits)).toEqual([move(650), move(650)]);
    expect(service.asked.map((a) => a.match)).toEqual(['"r1"', '"r2"']);
    expect(span()).toEqual([150, 650]);
  });

  test("is a collision when it is the same edge, though theirs was already in sight", async () => {
    moves.moveEdge("cue-0", "out", 650);
    service.apply([move(640)]);
    service.clashes = [{}];
    await notes.follow(2);
    expect(await moves.commit()).toBe(false);
    expect([notes.collision?.deed.edits, notes.saved]).toEqual([[move(650)], "not saved"]);
    await notes.settle("mine");
    expect([span()[1], notes.collision, notes.saved]).toEqual([650, null, "saved"]);
  });
});

describe("a collision", () => {
  beforeEach(async () => {
    service.apply([move(640)]);
    service.clashes = [{}];
    await notes.edit([move(610)], "mine");
  });

  test("stays open when it cannot be settled just now", async () => {
    service.reading = () => {
      throw new TypeError("network");
    };
    await expect(notes.settle("mine")).rejects.toThrow();
    expect([notes.collision?.deed.edits, notes.saved]).toEqual([[move(610)], "not saved"]);
    service.reading = null;
    await notes.settle("mine");
    expect([span()[1], notes.saved]).toEqual([610, "saved"]);
  });

  test("comes before what was done after it: that is asked for itself, not lost", async () => {
    expect(await notes.edit([move(1650, "cue-1")], "later")).toBe(false);
    expect(notes.collision?.deed.edits).toEqual([move(610)]);
    await notes.settle("theirs");
    expect(notes.collision?.deed.edits).toEqual([move(1650, "cue-1")]);
    await notes.settle("mine");
    expect([span()[1], span("cue-1")[1], notes.saved]).toEqual([640, 1650, "saved"]);
  });
});

test("what is done while nobody is signed in waits until somebody is", async () => {
  vi.stubGlobal("fetch", async () => Response.json({ title: "No", status: 401, detail: "No.", code: "not-signed-in" }, { status: 401 }));
  await notes.edit([move(610)], "a");
  expect([notes.saved, complaints.length]).toEqual(["not saved", 1]);
  vi.stubGlobal("fetch", service.answer);
  await notes.again();
  expect([notes.saved, span()[1], service.revisions.length]).toEqual(["saved", 610, 2]);
});
