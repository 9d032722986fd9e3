// The drawn sound: lowest and highest sample of every stretch, in several resolutions.
// The file's format is described in model/review/waveform.py ("CWF1", little-endian, coarsest resolution first).

export interface Level {
  /** Samples of the sound a pair stands for. */
  readonly step: number;
  /** Lowest, highest, lowest, highest ...; 127 is full scale. */
  readonly pairs: Int8Array;
}

const MAGIC = 0x31465743; // "CWF1"
const HEAD_BYTES = 16;
const LEVEL_BYTES = 12;

export class Waveform {
  constructor(
    readonly rate: number,
    readonly samples: number,
    /** Coarsest first. */
    readonly levels: readonly Level[],
  ) {}

  /** Read a file; raises RangeError for anything else. */
  static read(data: ArrayBuffer): Waveform {
    const view = new DataView(data);
    if (data.byteLength < HEAD_BYTES || view.getUint32(0, true) !== MAGIC) throw new RangeError("not a waveform of Cuelight");
    const count = view.getUint32(12, true);
    const levels: Level[] = [];
    for (let n = 0; n < count; n += 1) {
      const at = HEAD_BYTES + n * LEVEL_BYTES;
      const pairs = new Int8Array(data, view.getUint32(at + 8, true), 2 * view.getUint32(at + 4, true));
      levels.push({ step: view.getUint32(at, true), pairs });
    }
    return new Waveform(view.getUint32(4, true), view.getUint32(8, true), levels);
  }

  /** The coarsest resolution with at least one pair to `pixelSeconds`, else the finest. */
  level(pixelSeconds: number): Level | undefined {
    return this.levels.find((level) => level.step / this.rate <= pixelSeconds) ?? this.levels.at(-1);
  }
}
