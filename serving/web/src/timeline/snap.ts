// Edges like cuts, ends of lines and the playhead: within a few pixels they go there by themselves.
import type { Lanes } from "../lib/documents";
import { nearest } from "./series";

export const SNAP_PX = 6;

/** Frames worth landing on, sorted. */
export function landmarks(lanes: Lanes): number[] {
  const all = [0, lanes.frames, ...lanes.cuts.map((cut) => cut.end), ...lanes.flashes];
  for (const line of lanes.dialogue) all.push(line.in, line.out);
  return [...new Set(all)].sort((a, b) => a - b);
}

/** `at`, or the landmark or playhead within `reach` frames of it. */
export function snapped(at: number, marks: readonly number[], playhead: number, reach: number): { frame: number; on: boolean } {
  const mark = nearest(marks, at, (m) => m);
  const best = mark !== undefined && Math.abs(mark - at) <= Math.abs(playhead - at) ? mark : playhead;
  return Math.abs(best - at) <= reach ? { frame: best, on: true } : { frame: Math.round(at), on: false };
}
