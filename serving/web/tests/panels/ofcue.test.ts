import { expect, test } from "vitest";
import { ofCue } from "../../src/panels/history/ofcue";

const line = (revision: number, ...edits: Record<string, unknown>[]) => ({ revision, edits });
const all = [
  line(1),
  line(2, { op: "set-cue", cue: "a", fields: {} }),
  line(3, { op: "move-edge", cue: "b", edge: "in", frame: 4 }),
  line(4, { op: "restore", revision: 2 }),
  line(5, { op: "restore", revision: 1 }),
  line(6, { op: "set-hit", hit: "h", fields: {} }),
  line(7, { op: "merge-cues", first: "b", second: "a" }),
  line(8, { op: "respot", coverage: 0.4 }),
  line(9, { op: "add-cue", in: 1, out: 2 }),
];

test("a cue's history is what names it or its hits, what spots everything, and steps back over these", () => {
  const of = (cue: string, hits: string[]) => ofCue(all, cue, hits).map(({ revision }) => revision);
  expect(of("a", ["h"])).toEqual([8, 7, 6, 5, 2]);
  expect(of("b", [])).toEqual([8, 7, 5, 4, 3]);
  expect(of("new", [])).toEqual([8]);
});
