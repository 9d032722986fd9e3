/** Which cue a director is looking at, what is still to be judged by them, and what they hear. */
import type { Approval, Role, Take, Verdict } from "../../api/types";
import type { Cue } from "../../lib/documents";
import type { Monitor } from "../../player/player.svelte";

/** The cue somebody writes about, wherever the picture runs; else the one under the playhead, the one chosen, the next to come. */
export function currentCue(cues: readonly Cue[], playhead: number, chosen: string, asked: string | null): Cue | null {
  const written = cues.find((cue) => cue.id === asked);
  if (written) return written;
  const under = cues.find((cue) => cue.span.in <= playhead && playhead < cue.span.out);
  if (under) return under;
  return cues.find((cue) => cue.id === chosen) ?? cues.find((cue) => cue.span.in > playhead) ?? cues.at(-1) ?? null;
}

/** What one role said of a cue: what others said does not spare a director their own word. */
export function saidBy(approvals: readonly Approval[], cue: string, role: Role | null): Verdict | null {
  return approvals.find((approval) => approval.cue === cue && approval.role === role)?.verdict ?? null;
}

/** How many cues of a reel still wait for this role's word. */
export function leftToJudge(cues: readonly Cue[], approvals: readonly Approval[], role: Role | null): number {
  return cues.filter((cue) => saidBy(approvals, cue.id, role) === null).length;
}

/** What is heard under a cue, in words. */
export function whatIsHeard(take: Take | null, monitor: Monitor): string {
  if (!take) return "No music is written for this cue yet.";
  if (monitor === "cut") return "You hear the cut's own sound, without the new music.";
  return take.state === "accepted" ? "You hear the composer's choice." : "You hear the newest take.";
}
