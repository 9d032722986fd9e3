/** Where the pages of a take are in time (timemap.json): seconds from the reel's first frame, places as shares of a page. */
import { type BarTimes, type TimeMap, placeAt } from "../../state/times.svelte";

export interface BarPlace {
  bar: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface PageTimes {
  file: string;
  bars: BarPlace[];
  notes: { id: string; on_s: number; off_s: number }[];
}

/** A quarter of a hundredth of a second: what rounding may take from a note. */
const EPSILON_S = 0.0025;

/** The pages of a time map; none where a take was made without. */
export const pagesIn = (map: TimeMap): PageTimes[] => (map as TimeMap & { pages?: PageTimes[] }).pages ?? [];

/** "5|1": how the trade writes a place in the music; empty outside it. */
export function barBeat(map: TimeMap, seconds: number): string {
  const place = placeAt(map, seconds + EPSILON_S);
  return place ? `${place.bar}|${place.beat}` : "";
}

/** Where a bar stands on the pages. */
export function placeOfBar(pages: readonly PageTimes[], bar: number): { page: number; place: BarPlace } | null {
  for (const [page, times] of pages.entries()) {
    const place = times.bars.find((one) => one.bar === bar);
    if (place) return { page, place };
  }
  return null;
}

/** The notes of a page that sound at a time. */
export const soundingOn = (page: PageTimes, seconds: number): string[] =>
  page.notes.filter((note) => note.on_s <= seconds + EPSILON_S && seconds < note.off_s - EPSILON_S).map((note) => note.id);

/** When the bar under a place of a page begins; null between the bars. */
export function timeUnder(bars: readonly BarTimes[], page: PageTimes, x: number, y: number): number | null {
  const place = page.bars.find((bar) => bar.left <= x && x < bar.right && bar.top <= y && y < bar.bottom);
  return (place && bars.find((bar) => bar.bar === place.bar)?.at_s) ?? null;
}
