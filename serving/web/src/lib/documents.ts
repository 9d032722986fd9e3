// The documents that travel inside the API's answers, as model/ writes them (docs/formats.md).
// What the API itself says is in ../api/schema.d.ts, generated from openapi.json.
import type { Frame, Span } from "./time";

export interface Why {
  text: string;
  detector: string;
  frame: Frame;
  weight: number;
}

export interface Alternative {
  span: Span;
  text: string;
  score: number;
}

export interface Palette {
  families: string[];
  featured: string;
  leave_free: string;
}

export interface Cue {
  id: string;
  number: string;
  title: string;
  span: Span;
  usage: string;
  in_type: string;
  out_type: string;
  /** Frames the sound rings on after `span.out`. */
  tail: number;
  instruction: string;
  scene: string;
  function: string;
  tone: string[];
  not_tone: string[];
  intensity: number;
  tempo_bpm: [number, number];
  palette: Palette;
  dialogue_density: number;
  confidence: number;
  why: Why[];
  alternatives: Alternative[];
  changes: { frame: Frame; text: string }[];
  temp_reference: string;
  characters: string[];
}

export interface Silence {
  id: string;
  span: Span;
  instruction: string;
  confidence: number;
  why: Why[];
  alternatives: Alternative[];
}

export interface Hit {
  id: string;
  frame: Frame;
  kind: string;
  weight: number;
  label: string;
  /** Frames the music may come before and after `frame`. */
  early: number;
  late: number;
  must_be: string;
  treatment: string;
  confidence: number;
  cue: string | null;
  why: Why[];
}

export interface Notes {
  schema: string;
  reel: {
    name: string;
    timebase: { rate: string; start: number; start_timecode: string; drop_frame: boolean; assumed: boolean };
    frames: number;
    width: number;
    height: number;
    variable_rate: boolean;
  };
  settings: { coverage: number | null; picture_version: string; seed: number; [key: string]: unknown };
  scenes: { number: number; span: Span; description: string; people: string[]; confidence: number }[];
  cues: Cue[];
  silences: Silence[];
  hits: Hit[];
  dialogue: { span: Span; confidence: number; speaker: string; text: string }[];
  cautions: string[];
  revision: number;
}

/** One curve of the feeling lane: values 0 to 1 (valence -1 to 1) with how sure the observer is. */
export interface Curve {
  value: number[];
  confidence: number[];
}

/** cuelight.lanes/1: what was seen and heard, made once, never changed. */
export interface Lanes {
  schema: string;
  rate: string;
  frames: number;
  start: number;
  drop_frame: boolean;
  end_s: number;
  width: number;
  height: number;
  /** How long each frame stays, in microseconds, where the rate varies; else empty. */
  frame_us: number[];
  cuts: { start: Frame; end: Frame; kind: string }[];
  flashes: Frame[];
  dialogue: { in: Frame; out: Frame; speaker: string; text: string; confidence: number }[];
  speakers: string[];
  music: { in: Frame; out: Frame; label: string; confidence: number }[];
  effects: { frame: Frame; strength: number; label: string }[];
  people: { name: string; thumbnail: number | null; spans: { in: Frame; out: Frame }[] }[];
  titles: { in: Frame; out: Frame; text: string }[];
  /** Null for a reel without sound. */
  loudness: { hop_s: number; lufs: (number | null)[] } | null;
  feeling: { hop_s: number; arousal: Curve; valence: Curve; tension: Curve };
  thumbnails: { frame: Frame; n: number }[];
  scenes: { in: Frame; out: Frame; number: number; description: string; people: string[] }[];
  /** Whether the film's sound carries the cut's own music apart; older documents do not say. */
  music_apart?: boolean;
}

/** A change to the notes. The server applies it (model/spotting/edits/apply.py): the page only proposes. */
export type Edit =
  | { op: "move-edge"; cue: string; edge: "in" | "out"; frame: number }
  | { op: "split-cue"; cue: string; frame: number }
  | { op: "merge-cues"; first: string; second: string }
  | { op: "add-cue"; in: number; out: number }
  | { op: "remove-cue"; cue: string }
  | { op: "renumber" }
  | { op: "set-cue"; cue: string; fields: Partial<CueFields> }
  | { op: "take-alternative"; cue: string; index: number }
  | { op: "add-hit"; frame: number; kind: string; weight: number; label: string; must_be?: string }
  | { op: "set-hit"; hit: string; fields: Partial<HitFields> }
  | { op: "remove-hit"; hit: string }
  | { op: "set-silence"; silence: string; fields: { instruction: string } }
  | { op: "respot"; coverage: number }
  | { op: "restore"; revision: number };

export type CueFields = Pick<
  Cue,
  | "title"
  | "instruction"
  | "tone"
  | "not_tone"
  | "usage"
  | "in_type"
  | "out_type"
  | "tail"
  | "intensity"
  | "tempo_bpm"
  | "palette"
  | "function"
>;
export type HitFields = Pick<Hit, "frame" | "kind" | "weight" | "label" | "early" | "late" | "must_be" | "treatment">;

/** How a hit of the notes fell in a take. */
export interface Landing {
  id: string;
  frame: Frame;
  label: string;
  /** Music minus picture; of the nearest place in the music where the hit was let go. */
  frames_off: number;
  landed: boolean;
  where: string;
  reason: string;
}

/** How loud the film and the take are beside each other in the temp mix: gains, and points of seconds and dB on top. */
export interface TakeLevels {
  film_gain_db: number;
  music_gain_db: number;
  film_duck: [number, number][];
  music_duck: [number, number][];
}

/** cuelight.take/1: what a take is and where its sound lies. */
export interface TakeRecord {
  schema: string;
  cue: string;
  number: string;
  title: string;
  span: Span;
  choice: {
    settings: { seed: number; engine: string; tone: string[]; [key: string]: unknown };
    bpm: number | null;
    palette: unknown;
  };
  engine: string;
  bpm: [number, number];
  bars: number;
  statements: string[];
  hits: Landing[];
  loudness_lufs: number;
  true_peak_dbtp: number;
  cautions: string[];
  /** Where the first sample of every sound file lies on the reel; negative before its first frame. */
  start_frame: Frame;
  start_s: number;
  start_sample: number;
  /** Length of every sound file, at 48 kHz. */
  samples: number;
  mix: string;
  /** File by family. */
  stems: Record<string, string>;
  pages: string[];
  timemap: string;
  roll: string;
  documents: Record<string, string>;
  moments: { id: string; frame: Frame; label: string; [key: string]: unknown }[];
  fits: { kind: "taken" | "single" | "other"; bpm: number[]; hits: number; near: number; missed: number; changes: number; [key: string]: unknown }[];
  /** Null where the take was never mixed with the film. */
  levels: TakeLevels | null;
}
