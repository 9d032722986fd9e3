/** The reel at a glance, for the inspector with nothing selected. */
import type { Notes } from "../../lib/documents";
import { length } from "../../lib/time";
import type { Approval, Take } from "../../api/types";

export interface Overview {
  music: number;
  cues: number;
  silences: number;
  hits: number;
  lines: number;
  approved: number;
  changes: number;
  scored: number;
  accepted: number;
}

/** Count what there is and what has been decided. */
export function overview(notes: Notes, approvals: readonly Approval[], takes: readonly Take[]): Overview {
  const sounding = notes.cues.reduce((sum, cue) => sum + length(cue.span), 0);
  const known = new Set(notes.cues.map((cue) => cue.id));
  const verdicts = new Map<string, Set<string>>();
  for (const { cue, verdict } of approvals) {
    if (known.has(cue)) verdicts.set(cue, (verdicts.get(cue) ?? new Set()).add(verdict));
  }
  const sets = [...verdicts.values()];
  const cuesOf = (some: readonly Take[]): number =>
    new Set(some.filter((take) => known.has(take.cue)).map((take) => take.cue)).size;
  return {
    music: notes.reel.frames ? sounding / notes.reel.frames : 0,
    cues: notes.cues.length,
    silences: notes.silences.length,
    hits: notes.hits.length,
    lines: notes.dialogue.length,
    approved: sets.filter((set) => set.has("approved") && !set.has("changes")).length,
    changes: sets.filter((set) => set.has("changes")).length,
    scored: cuesOf(takes),
    accepted: cuesOf(takes.filter((take) => take.state === "accepted")),
  };
}

/** What to do next with this reel, as one sentence. */
export function nextStep(of: Overview): string {
  if (of.cues === 0) return "There is no music yet: turn the dial towards more music, or add a cue on the timeline.";
  if (of.changes > 0) return `${of.changes === 1 ? "One cue has" : `${of.changes} cues have`} changes asked for: look at those first.`;
  if (of.scored < of.cues) return of.scored === 0 ? "Look through the cues, then ask for a temp score." : `${of.cues - of.scored} of ${of.cues} cues have no take yet.`;
  if (of.accepted < of.cues) return "Listen to the takes and accept one for each cue.";
  if (of.approved < of.cues) return "Every cue has an accepted take: share the reel for approval.";
  return "Every cue is approved: deliver.";
}
