/** timemap.json of a take: when everything on its pages happens. All times are seconds from the reel's first frame. */

export interface BarPlace {
  bar: number;
  /** Edges as shares 0-1 of the page's width and height. */
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface PageTimes {
  file: string;
  height: number;
  from_s: number;
  to_s: number;
  bars: BarPlace[];
  notes: { id: string; on_s: number; off_s: number }[];
}

export interface BarTimes {
  bar: number;
  at_s: number;
  end_s: number;
  meter: [number, number];
  beats_s: number[];
  bpm: number;
}

export interface TimeMap {
  start_s: number;
  end_s: number;
  pages: PageTimes[];
  bars: BarTimes[];
}

/** A quarter of a hundredth of a second: what rounding may take from a beat. */
const EPSILON_S = 0.0025;

/** The bar that is played at a time; null before the first downbeat and after the last bar line. */
export function barAt(map: TimeMap, seconds: number): BarTimes | null {
  const at = seconds + EPSILON_S;
  let low = 0;
  let high = map.bars.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const bar = map.bars[middle] as BarTimes;
    if (at < bar.at_s) high = middle - 1;
    else if (at >= bar.end_s) low = middle + 1;
    else return bar;
  }
  return null;
}

/** "5|1": how the trade writes a place in the music; empty outside it. */
export function barBeat(map: TimeMap, seconds: number): string {
  const bar = barAt(map, seconds);
  if (!bar) return "";
  const beat = bar.beats_s.filter((start) => start <= seconds + EPSILON_S).length;
  return `${bar.bar}|${Math.max(beat, 1)}`;
}

/** Where a bar stands on the pages. */
export function placeOfBar(map: TimeMap, bar: number): { page: number; place: BarPlace } | null {
  for (const [page, times] of map.pages.entries()) {
    const place = times.bars.find((one) => one.bar === bar);
    if (place) return { page, place };
  }
  return null;
}

/** The notes of a page that sound at a time. */
export const soundingOn = (page: PageTimes, seconds: number): string[] =>
  page.notes.filter((note) => note.on_s <= seconds + EPSILON_S && seconds < note.off_s - EPSILON_S).map((note) => note.id);

/** When what lies under a place of a page (shares 0-1) begins: the bar there, else null. */
export function timeUnder(map: TimeMap, page: PageTimes, x: number, y: number): number | null {
  const place = page.bars.find((bar) => bar.left <= x && x < bar.right && bar.top <= y && y < bar.bottom);
  return (place && map.bars.find((bar) => bar.bar === place.bar)?.at_s) ?? null;
}
