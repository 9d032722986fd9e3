import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { asking } from "../src/panels/cue/asking.svelte";
import { perform, remove } from "../src/room/commands";
import { Review } from "../src/state/review.svelte";
import type { Session } from "../src/state/session.svelte";
import { Service } from "./notes_service";

let service: Service;
let review: Review;
let focused: { matches(selector: string): boolean; blur(): void } | null;
const session = { complain: vi.fn(), say: vi.fn(), who: { role: "editor" } };
const place = { showKeys: vi.fn() };
beforeEach(async () => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  service = new Service();
  focused = null;
  vi.stubGlobal("AudioContext", class {});
  vi.stubGlobal("fetch", service.answer);
  vi.stubGlobal("document", {
    get activeElement() {
      return focused;
    },
  });
  review = new Review(session as unknown as Session, "reel_1");
  review.view.open(5000);
  await review.notes.load();
  review.selectCue("cue-0");
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
const settled = () => vi.advanceTimersByTimeAsync(50);
const ops = () => service.asked.map((one) => one.edits.map((edit) => edit.op));

describe("an edit", () => {
  test("comes after what the keys moved just before it", async () => {
    review.moves.moveEdge("cue-0", "out", 610);
    review.moves.soon();
    review.view.playhead = 300 as never;
    perform("split", review, place);
    await settled();
    expect(ops()).toEqual([["move-edge"], ["split-cue"]]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(ops()).toHaveLength(2);
  });
});

describe("the way back that is offered with a removal", () => {
  const offered = () => session.say.mock.calls.find(([text]) => String(text).includes("is gone"))?.[2] as { do: () => void };

  test("brings the cue back", async () => {
    await remove(review);
    offered().do();
    await settled();
    expect(ops()).toEqual([["remove-cue"], ["restore"]]);
  });

  test("takes back nothing else: what was done since stays, and that is said", async () => {
    await remove(review);
    await review.edit([{ op: "move-edge", cue: "cue-1", edge: "out", frame: 1610 }], "later");
    offered().do();
    await settled();
    expect(ops()).toEqual([["remove-cue"], ["move-edge"]]);
    expect(session.say.mock.calls.at(-1)?.[0]).toContain("changed since");
  });
});

describe("asking for changes", () => {
  test("with a hit selected shows the form of its cue", () => {
    const hit = review.notes.hits.find((one) => one.cue === "cue-0");
    review.select({ kind: "hit", id: hit?.id ?? "" });
    expect(review.selectedHit).not.toBeNull();
    perform("changes", review, place);
    expect([asking.cue, review.view.selection, review.view.tab]).toEqual(["cue-0", { kind: "cue", id: "cue-0", part: "body" }, "cue"]);
  });
});

describe("selecting something else", () => {
  test("keeps first what is typed, while it is still known of what", () => {
    let of: string | undefined;
    focused = { matches: (selector) => selector.includes("textarea"), blur: () => (of = review.selectedCue?.id) };
    review.select({ kind: "cue", id: "cue-1", part: "out" });
    expect([of, review.selectedCue?.id]).toEqual(["cue-0", "cue-1"]);
  });
});
