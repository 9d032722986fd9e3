// Placeholder header comment replaced once the format is settled.
import type { Seconds } from "./time";

export interface Level {
  perSecond: number;
  /** min, max, min, max ... as signed bytes. */
  pairs: Int8Array;
}

export class Waveform {
  constructor(readonly levels: readonly Level[]) {}

  static read(_data: ArrayBuffer): Waveform {
    return new Waveform([]);
  }

  level(perSecond: number): Level | undefined {
    return this.levels.findLast((level) => level.perSecond >= perSecond) ?? this.levels[0];
  }

  get length(): Seconds {
    const finest = this.levels[0];
    return (finest ? finest.pairs.length / 2 / finest.perSecond : 0) as Seconds;
  }
}
