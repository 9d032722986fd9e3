// When things happen in a take: bars and beats, streamers and punches, and where the themes are said.
// Read from the take's timemap.json and sketch.json, once each, when a take is first heard or seen.
import { SvelteMap } from "svelte/reactivity";
import { ask } from "../lib/api";
import type { Take } from "../api/types";

export interface BarTimes {
  bar: number;
  at_s: number;
  end_s: number;
  beats_s: number[];
  bpm: number;
}
export interface Streamer {
  begin_s: number;
  end_s: number;
  colour: string;
  label: string;
}
export interface Punch {
  at_s: number;
  colour: string;
  label: string;
}
export interface TimeMap {
  start_s: number;
  end_s: number;
  bars: BarTimes[];
  streamers: Streamer[];
  punches: Punch[];
  flutters: { at_s: number; punches_s: number[]; label: string }[];
}
export interface SaidTheme {
  theme: string;
  label: string;
  from_s: number;
  to_s: number;
}
export interface Times {
  map: TimeMap;
  said: SaidTheme[];
}

interface SketchPart {
  tempo_map: { start_s: string; tempi: { beat: string; bpm: string }[] };
  statements: { theme: string; label: string; transform: string[]; start: string; end: string }[];
}

/** A fraction as the documents write it, "3/2"; throws RangeError for anything else. */
function fraction(text: string): number {
  const [top, bottom] = text.split("/").map(Number);
  const value = Number(top) / Number(bottom);
  if (!Number.isFinite(value)) throw new RangeError(`“${text}” is no fraction`);
  return value;
}

/** Seconds of a beat in a sketch: each tempo holds until the next. */
export function secondsOf(tempo: SketchPart["tempo_map"], beat: number): number {
  const [first, ...later] = tempo.tempi;
  if (!first) throw new RangeError("A tempo map without a tempo has no times.");
  let [at, elapsed, bpm] = [0, fraction(tempo.start_s), fraction(first.bpm)];
  for (const next of later) {
    const begins = fraction(next.beat);
    if (begins >= beat) break;
    elapsed += ((begins - at) * 60) / bpm;
    [at, bpm] = [begins, fraction(next.bpm)];
  }
  return elapsed + ((beat - at) * 60) / bpm;
}

/** Transforms as one hears them: the words of model/motifs/ledger.py; the rest leave the theme recognisable as it is. */
const HEARD: Record<string, string> = {
  mode: "in {}",
  augment: "stretched {} times",
  diminish: "pressed {} times",
  head: "its first {} notes",
  tail: "its last {} notes",
  invert: "upside down",
  retrograde: "backwards",
  sequence: "in sequence",
  ornament: "ornamented",
  ostinato: "its cell as an ostinato",
};
export function heard(transform: string): string {
  const [word = "", value = ""] = transform.split(":");
  return (HEARD[word] ?? "").replace("{}", value);
}

/** What is said where, in the words of the ledger: "A: person A, upside down". */
export function saidIn(sketch: SketchPart): SaidTheme[] {
  return sketch.statements.map((one) => ({
    theme: one.theme,
    label: [one.label, ...one.transform.map(heard).filter(Boolean)].join(", "),
    from_s: secondsOf(sketch.tempo_map, fraction(one.start)),
    to_s: secondsOf(sketch.tempo_map, fraction(one.end)),
  }));
}

const file = async <T>(take: Take, name: string): Promise<T | null> => {
  const found = take.files.find((f) => f.name === name);
  return found ? ((await (await ask(found.url.replace(/^.*?\/v1\//, ""))).json()) as T) : null;
};

/** How long to wait before a failed fetch is tried again; after the last it is tried when the take is next looked at. */
const WAITS_MS = [1_000, 4_000, 15_000];

export class TakeTimes {
  readonly #known = new SvelteMap<string, Times | null>();
  readonly #asked = new Set<string>();

  /** What is known of a take now; asking begins to fetch it. */
  of(take: Take | null): Times | null {
    if (!take) return null;
    const known = this.#known.get(take.id);
    if (known === undefined && !this.#asked.has(take.id)) {
      this.#asked.add(take.id);
      void this.#fetch(take);
    }
    return known ?? null;
  }

  /** Without its times a take is still heard: only the counter, the streamers and the ledger stay empty for so long. */
  async #fetch(take: Take, failed = 0): Promise<void> {
    try {
      const [map, sketch] = await Promise.all([file<TimeMap>(take, "timemap.json"), file<SketchPart>(take, "sketch.json")]);
      this.#known.set(take.id, map ? { map, said: sketch ? saidIn(sketch) : [] } : null);
    } catch {
      const wait = WAITS_MS[failed];
      if (wait === undefined) this.#asked.delete(take.id);
      else setTimeout(() => void this.#fetch(take, failed + 1), wait);
    }
  }
}

/** Bar, beat and tempo at a time; null before the first downbeat and after the last bar. */
export function placeAt(map: TimeMap, time: number): { bar: number; beat: number; bpm: number } | null {
  let low = 0;
  let high = map.bars.length - 1;
  while (low < high) {
    const half = (low + high + 1) >> 1;
    if ((map.bars[half]?.at_s ?? Infinity) <= time + 1e-4) low = half;
    else high = half - 1;
  }
  const bar = map.bars[low];
  if (!bar || time + 1e-4 < bar.at_s || time >= map.end_s) return null;
  const beat = bar.beats_s.findLastIndex((at) => at <= time + 1e-4) + 1;
  return { bar: bar.bar, beat: Math.max(1, beat), bpm: bar.bpm };
}
