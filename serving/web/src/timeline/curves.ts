import type { Lanes } from "../lib/documents";
import type { Curves } from "./draw";
import { Series } from "./series";

/** The feeling curves and the loudness, ready to be drawn at any zoom. */
export function curvesOf(lanes: Lanes): Curves {
  const { feeling, loudness } = lanes;
  const series = (values: number[]): Series => new Series(values, feeling.hop_s);
  return {
    arousal: series(feeling.arousal.value),
    valence: series(feeling.valence.value),
    tension: series(feeling.tension.value),
    sureness: {
      arousal: series(feeling.arousal.confidence),
      valence: series(feeling.valence.confidence),
      tension: series(feeling.tension.confidence),
    },
    loudness: loudness ? new Series(loudness.lufs, loudness.hop_s) : new Series([], 1),
    valenceFrom: feeling.valence.value.some((value) => value < 0) ? -1 : 0,
  };
}

/** Loudness of the reel as one figure: the mean of what is not near silence, as the meters gate it. */
export function overall(lanes: Lanes): number | null {
  const loud = (lanes.loudness?.lufs ?? []).filter((v): v is number => v !== null && v > -70);
  if (loud.length === 0) return null;
  const power = (values: number[]): number => values.reduce((sum, v) => sum + 10 ** (v / 10), 0) / values.length;
  const gate = 10 * Math.log10(power(loud)) - 10;
  return 10 * Math.log10(power(loud.filter((v) => v > gate)));
}
