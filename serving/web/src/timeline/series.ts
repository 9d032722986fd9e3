// Long rows of numbers, drawn at any zoom in time that depends on the width of the screen only.

/** Means over any stretch of a curve in constant time, by sums kept once. Gaps (null) count as nothing. */
export class Series {
  readonly #sums: Float64Array;
  readonly #counts: Uint32Array;

  constructor(
    values: readonly (number | null)[],
    /** Seconds between values. */
    readonly hop: number,
  ) {
    this.#sums = new Float64Array(values.length + 1);
    this.#counts = new Uint32Array(values.length + 1);
    for (let n = 0; n < values.length; n += 1) {
      const value = values[n];
      const known = value !== null && value !== undefined && Number.isFinite(value);
      this.#sums[n + 1] = (this.#sums[n] as number) + (known ? value : 0);
      this.#counts[n + 1] = (this.#counts[n] as number) + (known ? 1 : 0);
    }
  }

  get length(): number {
    return this.#sums.length - 1;
  }

  /** Mean from `start` to `end` in seconds; between two values it is interpolated. NaN where nothing is known. */
  mean(start: number, end: number): number {
    const low = start / this.hop;
    const high = end / this.hop;
    if (high - low <= 1) return this.#at((low + high) / 2 - 0.5);
    const from = Math.max(0, Math.min(this.length, Math.floor(low)));
    const to = Math.max(from, Math.min(this.length, Math.ceil(high)));
    return this.#over(from, to);
  }

  #over(from: number, to: number): number {
    const count = (this.#counts[to] as number) - (this.#counts[from] as number);
    return count === 0 ? NaN : ((this.#sums[to] as number) - (this.#sums[from] as number)) / count;
  }

  #at(position: number): number {
    const index = Math.max(0, Math.min(this.length - 1, Math.floor(position)));
    const next = Math.min(this.length - 1, index + 1);
    const here = this.#over(index, index + 1);
    const there = this.#over(next, next + 1);
    if (Number.isNaN(there)) return here;
    if (Number.isNaN(here)) return there;
    return here + (there - here) * Math.max(0, Math.min(1, position - index));
  }
}

/** Index of the first entry whose `of` is at least `value`, in a list sorted by it. */
export function firstAtLeast<T>(list: readonly T[], value: number, of: (entry: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (of(list[middle] as T) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The entries that touch `from` to `to`; `list` is sorted by its starts and its entries do not nest. */
export function touching<T>(list: readonly T[], from: number, to: number, start: (entry: T) => number, end: (entry: T) => number): T[] {
  const found: T[] = [];
  let index = Math.max(0, firstAtLeast(list, from, start) - 1);
  while (index > 0 && end(list[index - 1] as T) > from) index -= 1;
  for (; index < list.length; index += 1) {
    const entry = list[index] as T;
    if (start(entry) > to) break;
    if (end(entry) >= from) found.push(entry);
  }
  return found;
}

/** The entry nearest to `value`. */
export function nearest<T>(list: readonly T[], value: number, of: (entry: T) => number): T | undefined {
  const index = firstAtLeast(list, value, of);
  const after = list[index];
  const before = list[index - 1];
  if (!after || !before) return after ?? before;
  return of(after) - value < value - of(before) ? after : before;
}
