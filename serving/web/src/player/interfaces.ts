// What player and score need of the room around them. They are told here, so that neither imports the room that makes them.
import type { Reel } from "../api/types";
import type { Cue, Lanes } from "../lib/documents";
import type { FrameClock } from "../lib/time";
import type { View } from "../state/view.svelte";

export type Monitor = "a" | "b" | "cut";

/** The reel that is played: its film, its clock, where the playhead is, and the cues that may sound. */
export interface PlayedReel {
  readonly reel: Reel | null;
  readonly lanes: Lanes | null;
  readonly clock: FrameClock;
  readonly view: View;
  readonly notes: { readonly cues: readonly Cue[] };
  readonly selectedCue: Cue | null;
  readonly session: { complain(reason: unknown): void };
}

/** The player as the score follows it. */
export interface FilmPlayer {
  readonly video: HTMLVideoElement | null;
  readonly playing: boolean;
  readonly speed: number;
  readonly monitor: Monitor;
  readonly scoreLevel: number;
  readonly duck: boolean;
}
