/** Which cue a director is looking at: the one under the playhead, else the one chosen, else the next to come. */
import type { Cue } from "../../lib/documents";

export function currentCue(cues: readonly Cue[], playhead: number, chosen: string): Cue | null {
  const under = cues.find((cue) => cue.span.in <= playhead && playhead < cue.span.out);
  if (under) return under;
  return cues.find((cue) => cue.id === chosen) ?? cues.find((cue) => cue.span.in > playhead) ?? cues.at(-1) ?? null;
}

/** How many cues of a reel still wait for a word. */
export function leftToJudge(cues: readonly Cue[], verdict: (cue: string) => string | null): number {
  return cues.filter((cue) => verdict(cue.id) === null).length;
}
