/** The tempo map in the browser: bars, beats and seconds of one take, as model/timing/tempo_map.py has them. */

/** A number as the documents write it: 4, or "7/2". */
export type Fractional = number | string;

export interface TempoDocument {
  start_s: Fractional;
  bars: number;
  tempi: { beat: Fractional; bpm: Fractional }[];
  meters: { bar: number; beats: number; unit: number }[];
}

/** Read "7/2" or 3.5. */
export function fraction(value: Fractional): number {
  if (typeof value === "number") return value;
  const [top = "0", bottom = "1"] = value.split("/");
  return Number(top) / Number(bottom);
}

interface Stretch {
  beat: number;
  seconds: number;
  bpm: number;
}

interface Metered {
  bar: number;
  beat: number;
  beats: number;
  /** Quarter notes of one bar. */
  quarters: number;
}

/** Beats are quarter notes from the first downbeat, seconds count from the reel's first frame, bars from 0. */
export class TempoMap {
  readonly bars: number;
  readonly #tempi: Stretch[] = [];
  readonly #meters: Metered[] = [];

  constructor(document: TempoDocument) {
    this.bars = document.bars;
    let seconds = fraction(document.start_s);
    let last: Stretch | undefined;
    for (const tempo of document.tempi) {
      const beat = fraction(tempo.beat);
      if (last) seconds += ((beat - last.beat) * 60) / last.bpm;
      last = { beat, seconds, bpm: fraction(tempo.bpm) };
      this.#tempi.push(last);
    }
    let before: Metered | undefined;
    for (const { bar, beats, unit } of document.meters) {
      const beat = before ? before.beat + (bar - before.bar) * before.quarters : 0;
      before = { bar, beat, beats, quarters: (4 * beats) / unit };
      this.#meters.push(before);
    }
    if (!this.#tempi.length || !this.#meters.length) throw new RangeError("A tempo map has at least one tempo and one meter.");
  }

  seconds(beat: number): number {
    const at = holding(this.#tempi, (tempo) => tempo.beat, beat);
    return at.seconds + ((beat - at.beat) * 60) / at.bpm;
  }

  beat(seconds: number): number {
    const at = holding(this.#tempi, (tempo) => tempo.seconds, seconds);
    return at.beat + ((seconds - at.seconds) * at.bpm) / 60;
  }

  bpm(seconds: number): number {
    return holding(this.#tempi, (tempo) => tempo.seconds, seconds).bpm;
  }

  /** First beat of a bar, in quarter notes. */
  barStart(bar: number): number {
    const at = holding(this.#meters, (meter) => meter.bar, bar);
    return at.beat + (bar - at.bar) * at.quarters;
  }

  /** Bar (from 0) and beat (from 1, in the meter's own unit) of a position; before the first downbeat bars are negative. */
  place(beat: number): { bar: number; beat: number } {
    const at = holding(this.#meters, (meter) => meter.beat, beat + 1e-9);
    const into = beat - at.beat + 1e-9;
    const bar = at.bar + Math.floor(into / at.quarters);
    const rest = into - (bar - at.bar) * at.quarters;
    return { bar, beat: 1 + Math.floor((rest / at.quarters) * at.beats) };
  }

  /** "5|1": how the trade writes a place, bars counted from 1. */
  label(beat: number): string {
    const { bar, beat: count } = this.place(beat);
    return `${bar + 1}|${count}`;
  }
}

/** The last entry that begins at or before `value`, the first one before all. */
function holding<T>(entries: readonly T[], of: (entry: T) => number, value: number): T {
  let low = 0;
  let high = entries.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (of(entries[middle] as T) <= value) low = middle;
    else high = middle - 1;
  }
  return entries[low] as T;
}
