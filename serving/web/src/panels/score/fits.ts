/** Ways to lay the bars under a cue (take.json), in words. */

export interface Fit {
  kind: "taken" | "single" | "other";
  bpm: number[];
  hits: number;
  near: number;
  missed: number;
  changes: number;
}

const tempo = (bpm: number): string => String(Math.round(bpm * 10) / 10);

/** "98.5 bpm" for a single tempo, "110–118.5 bpm, 2 changes" for one that moves. */
export function fitName({ bpm, changes }: Fit): string {
  const slow = Math.min(...bpm);
  const fast = Math.max(...bpm);
  if (bpm.length === 0) return "no tempo";
  const range = slow === fast ? `${tempo(slow)} bpm` : `${tempo(slow)}–${tempo(fast)} bpm`;
  return changes > 0 ? `${range}, ${changes} ${changes === 1 ? "change" : "changes"}` : range;
}

/** "23 landed, 13 near, 11 missed". */
export const fitWords = ({ hits, near, missed }: Fit): string =>
  [`${hits} landed`, near ? `${near} near` : "", missed ? `${missed} missed` : ""].filter(Boolean).join(", ");
