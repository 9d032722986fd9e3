// The sound of takes: where it lies on the reel; its files, fetched and decoded once, the least lately heard forgotten.
import { ApiError } from "../lib/api";
import type { TakeRecord } from "../lib/documents";
import type { Take } from "../api/types";

/** Samples a second of every sound file of a take. */
export const RATE = 48_000;
const MOST_SECONDS = 900;

/** Where the sound of a take lies, in seconds from the reel's first frame; negative before it. */
export interface SoundSpan {
  readonly from_s: number;
  readonly to_s: number;
}

/**
 * Read from a take's record where its sound lies. The service is a program like any other: what it sent is looked at,
 * whatever the types say. Throws ApiError `take-incomplete` where a time or the levels of the mix are missing.
 */
export function soundSpanOf(take: Take): SoundSpan {
  const { start_s, samples, levels }: Partial<TakeRecord> = take.record;
  if (!isNumber(start_s) || !isNumber(samples) || levels === undefined) {
    throw new ApiError({
      title: "No sound",
      status: 0,
      code: "take-incomplete",
      detail: `The take of ${take.record.number} does not say where on the reel it sounds, so nothing of it is played.`,
      hint: "Write the cue again: ask for another take of it.",
    });
  }
  return { from_s: start_s, to_s: start_s + samples / RATE };
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

export class Sounds {
  readonly #known = new Map<string, Promise<AudioBuffer>>();
  /** Length of each file that has come, in seconds, in the order in which they came. */
  readonly #seconds = new Map<string, number>();

  constructor(private readonly decode: (data: ArrayBuffer) => Promise<AudioBuffer>) {}

  get(url: string): Promise<AudioBuffer> {
    const known = this.#known.get(url);
    if (known) {
      this.#known.delete(url);
      this.#known.set(url, known);
      return known;
    }
    const coming = this.#fetch(url);
    this.#known.set(url, coming);
    coming.then(
      (buffer) => this.#keep(url, buffer),
      () => this.#known.delete(url), // asked for again, it is tried again
    );
    return coming;
  }

  async #fetch(url: string): Promise<AudioBuffer> {
    const answer = await fetch(url, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`the sound of the take did not come: ${answer.status}`);
    return this.decode(await answer.arrayBuffer());
  }

  #keep(url: string, buffer: AudioBuffer): void {
    this.#seconds.set(url, buffer.duration);
    let all = [...this.#seconds.values()].reduce((sum, s) => sum + s, 0);
    for (const old of [...this.#known.keys()]) {
      if (all <= MOST_SECONDS || old === url) break;
      const length = this.#seconds.get(old);
      if (length === undefined) continue; // still on its way
      all -= length;
      this.#seconds.delete(old);
      this.#known.delete(old);
    }
  }
}

export type Points = readonly (readonly [number, number])[];

/** dB at a time on a line of points; before the first and after the last it stays. */
export function levelAt(points: Points, time: number): number {
  const first = points[0];
  if (!first) return 0;
  if (time <= first[0]) return first[1];
  for (let n = 1; n < points.length; n += 1) {
    const [from, to] = [points[n - 1] as readonly [number, number], points[n] as readonly [number, number]];
    if (time < to[0]) return from[1] + ((to[1] - from[1]) * (time - from[0])) / Math.max(1e-9, to[0] - from[0]);
  }
  return (points.at(-1) as readonly [number, number])[1];
}

export const gainOf = (db: number): number => 10 ** (db / 20);

/** Under every line the music steps back: down before it begins, up again after it ended. */
export function duckUnder(lines: readonly { from: number; to: number }[], depth = -8, down = 0.2, up = 0.6): [number, number][] {
  const points: [number, number][] = [];
  const merged: { from: number; to: number }[] = [];
  for (const line of [...lines].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && line.from - last.to < down + up) last.to = Math.max(last.to, line.to);
    else merged.push({ ...line });
  }
  for (const { from, to } of merged) points.push([from - down, 0], [from, depth], [to, depth], [to + up, 0]);
  return points;
}
