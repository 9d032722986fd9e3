/** The tempo fit of hits: how far the music is from the picture, and how that reads. */
import type { Landing } from "../../lib/documents";

export type Grade = "hit" | "near" | "miss";
type Fit = Pick<Landing, "frames_off" | "landed">;

/** So far outside its window a hit is still near (model/timing/scoring.py). */
const NEAR_FRAMES = 2;
/** The window of a hit that says nothing else. */
const USUAL = { early: 1, late: 2 };

/** Green within a frame, yellow in its window or a little beside it, red where it was let go. */
export function gradeOf({ frames_off: off, landed }: Fit, window: { early: number; late: number } = USUAL): Grade {
  if (Math.abs(off) <= 1) return "hit";
  const outside = Math.max(off - window.late, -off - window.early, 0);
  return landed || outside <= NEAR_FRAMES ? "near" : "miss";
}

/** "+0.4 f", "0.0 f", "−1.7 f". */
export function framesOff(off: number): string {
  const shown = Math.abs(off).toFixed(1);
  if (shown === "0.0") return "0.0 f";
  return `${off > 0 ? "+" : "−"}${shown} f`;
}

/** The same for a screen reader: "0.4 frames late, within a frame". */
export function spokenFit(landing: Fit, window: { early: number; late: number } = USUAL): string {
  const off = landing.frames_off;
  if (Math.abs(off) < 0.05) return "on the frame";
  const grade = { hit: "within a frame", near: "near", miss: "missed" }[gradeOf(landing, window)];
  return `${Math.abs(off).toFixed(1)} frames ${off > 0 ? "late" : "early"}, ${grade}`;
}

/** "4 of 5 within a frame, 1 near": the heading over a take's hits. */
export function fitSummary(landings: readonly Fit[]): string {
  if (landings.length === 0) return "";
  const grades = landings.map((landing) => gradeOf(landing));
  const number = (grade: Grade): number => grades.filter((one) => one === grade).length;
  const parts = [`${number("hit")} of ${grades.length} within a frame`];
  if (number("near")) parts.push(`${number("near")} near`);
  if (number("miss")) parts.push(`${number("miss")} missed`);
  return parts.join(", ");
}

/** Weight 0-5 as the whole number that is printed and said. */
export const weightOf = (weight: number): number => Math.min(5, Math.max(0, Math.round(weight)));
