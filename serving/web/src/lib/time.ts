// Picture time in the browser, as model/time.py has it: integer frames, exact rates, labels.
// Frame and Seconds are branded so that the compiler refuses to mix them; only a Timebase converts.

declare const frameBrand: unique symbol;
declare const secondsBrand: unique symbol;

/** A picture position: whole frames from the reel's first frame, which is 0. */
export type Frame = number & { readonly [frameBrand]: true };
/** A position or length in seconds from the reel's first frame. */
export type Seconds = number & { readonly [secondsBrand]: true };

/** A stretch of picture: `in` inclusive, `out` the first frame after it. */
export interface Span {
  readonly in: Frame;
  readonly out: Frame;
}

export const frame = (n: number): Frame => Math.round(n) as Frame;
export const seconds = (n: number): Seconds => n as Seconds;
export const shift = (at: Frame, frames: number): Frame => Math.round(at + frames) as Frame;
export const span = (start: number, end: number): Span => ({ in: frame(start), out: frame(end) });
export const length = (of: Span): number => of.out - of.in;
export const within = (at: Frame, of: Span): boolean => of.in <= at && at < of.out;
export const clampFrame = (at: number, low: number, high: number): Frame => frame(Math.min(Math.max(at, low), high));

const LABEL = /^(\d{2}):(\d{2}):(\d{2})([:;.])(\d{2,3})$/;
const two = (n: number): string => String(n).padStart(2, "0");

/** How the frames of one reel become seconds and labels. Rates are fractions, never 23.976. */
export class Timebase {
  readonly numerator: number;
  readonly denominator: number;
  /** Whole number of labels per second: 24 for 24000/1001. */
  readonly nominal: number;

  /** `rate` as the documents write it ("24000/1001"); `start` counts frames from label 00:00:00:00. */
  constructor(
    rate: string,
    readonly start: number,
    readonly dropFrame = false,
  ) {
    const [numerator = "0", denominator = "1"] = rate.split("/");
    this.numerator = Number(numerator);
    this.denominator = Number(denominator);
    if (!(this.numerator > 0) || !(this.denominator > 0)) throw new RangeError(`${rate} is not a frame rate`);
    this.nominal = Math.ceil(this.numerator / this.denominator);
  }

  /** Frames per second, rounded to a double: for sizes, never for labels. */
  get rate(): number {
    return this.numerator / this.denominator;
  }

  /** The rate as the trade spells it: 23.976, 24, 29.97. */
  get name(): string {
    return this.denominator === 1 ? String(this.numerator) : String(Math.round(this.rate * 1000) / 1000);
  }

  seconds(at: Frame): Seconds {
    return ((at * this.denominator) / this.numerator) as Seconds;
  }

  /** Where to seek so that `at` is on the screen: its middle, because its very start shows the frame before it. */
  middle(at: Frame): Seconds {
    return (((at + 0.5) * this.denominator) / this.numerator) as Seconds;
  }

  /** The frame on the screen at `time`; a time within a microsecond below a frame's start counts as that frame. */
  frame(time: Seconds): Frame {
    return Math.floor((time * this.numerator) / this.denominator + 1e-6 * this.rate) as Frame;
  }

  timecode(at: Frame): string {
    return this.label(this.start + at);
  }

  /** Label of the `count`-th frame after label 00:00:00:00; wraps at 24 hours. */
  label(count: number): string {
    const n = this.nominal;
    const day = 24 * 3600 * n; // in labels, the dropped ones among them
    const shown = (((this.dropFrame ? this.#withDropped(count) : count) % day) + day) % day;
    const whole = Math.floor(shown / n);
    const frames = String(shown % n).padStart(n > 100 ? 3 : 2, "0");
    const clock = `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
    return `${clock}${this.dropFrame ? ";" : ":"}${frames}`;
  }

  /** Frames of a day, after which the labels begin anew. */
  get day(): number {
    return 24 * 3600 * this.nominal - (this.dropFrame ? 24 * 54 * this.#droppedPerMinute() : 0);
  }

  /** The first frame from the reel's start on that carries `label`, also past midnight; null where no such label exists. */
  parse(label: string): Frame | null {
    const match = LABEL.exec(label.trim());
    if (!match) return null;
    const [hours, minutes, secs, frames] = [match[1], match[2], match[3], match[5]].map(Number) as [number, number, number, number];
    const n = this.nominal;
    const dropped = this.dropFrame ? this.#droppedPerMinute() : 0;
    const skipped = dropped > 0 && minutes % 10 !== 0 && secs === 0 && frames < dropped;
    if (hours > 23 || minutes > 59 || secs > 59 || frames >= n || skipped) return null;
    const all = hours * 60 + minutes;
    const count = (all * 60 + secs) * n + frames - dropped * (all - Math.floor(all / 10));
    return (((count - this.start) % this.day + this.day) % this.day) as Frame;
  }

  /** A length in words people read at a glance: "11.2 s", "2 min 05 s". */
  duration(frames: number): string {
    const time = (frames * this.denominator) / this.numerator;
    if (Math.abs(time) < 60) return `${time.toFixed(1)} s`;
    const whole = Math.round(time);
    return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  }

  #droppedPerMinute(): number {
    return Math.floor(this.nominal / 15);
  }

  #withDropped(count: number): number {
    const n = this.nominal;
    const d = this.#droppedPerMinute();
    const perTen = 600 * n - 9 * d;
    const tens = Math.floor(count / perTen);
    const rest = count - tens * perTen;
    const minutes = Math.max(0, Math.floor((rest - d) / (60 * n - d)));
    return count + 9 * d * tens + d * minutes;
  }
}

/** When each frame is on the screen: by the rate, or, where the rate varies, by the length of every frame. */
export class FrameClock {
  readonly #base: Timebase;
  /** Start of every frame in seconds and the end of the last one; empty at a constant rate. */
  readonly #starts: Float64Array;

  constructor(base: Timebase, frameMicroseconds: readonly number[] = []) {
    this.#base = base;
    this.#starts = new Float64Array(frameMicroseconds.length === 0 ? 0 : frameMicroseconds.length + 1);
    let sum = 0;
    for (let n = 0; n < frameMicroseconds.length; n += 1) {
      sum += frameMicroseconds[n] as number;
      this.#starts[n + 1] = sum / 1e6;
    }
  }

  seconds(at: Frame): Seconds {
    const last = this.#starts.length - 1;
    return last < 0 ? this.#base.seconds(at) : (this.#starts[Math.max(0, Math.min(last, at))] as Seconds);
  }

  /** Seconds of a place between two frames, as the screen's pixels have it; before the first and after the last it stays. */
  between(at: number): Seconds {
    const last = this.#starts.length - 1;
    if (last < 0) return this.#base.seconds(at as Frame);
    const whole = Math.max(0, Math.min(last - 1, Math.floor(at)));
    const [from, to] = [this.#starts[whole] as number, this.#starts[whole + 1] as number];
    return (from + (to - from) * Math.max(0, Math.min(1, at - whole))) as Seconds;
  }

  /** Where to seek so that `at` is on the screen. */
  middle(at: Frame): Seconds {
    if (this.#starts.length === 0) return this.#base.middle(at);
    return ((this.seconds(at) + this.seconds((at + 1) as Frame)) / 2) as Seconds;
  }

  frame(time: Seconds): Frame {
    if (this.#starts.length === 0) return this.#base.frame(time);
    let low = 0;
    let high = this.#starts.length - 2;
    while (low < high) {
      const half = (low + high + 1) >> 1;
      if ((this.#starts[half] as number) <= time + 1e-6) low = half;
      else high = half - 1;
    }
    return low as Frame;
  }
}
