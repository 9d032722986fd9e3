/** The piano roll: the notes of a take as rectangles, by who plays what. Nothing here touches the page. */
import { type Fractional, type TempoDocument, TempoMap, fraction } from "./tempo";

/** The members of cuelight.sketch/1 that are drawn. */
export interface SketchDocument {
  tempo_map: TempoDocument;
  notes: { role: string; onset: Fractional; duration: Fractional; pitch: number; velocity: number; statement?: number }[];
  statements: { theme?: string; label: string; start: Fractional; end: Fractional; form?: string }[];
  bars?: { bar: number; function?: string }[];
}

export interface RollNote {
  role: string;
  start: number;
  end: number;
  pitch: number;
  velocity: number;
  statement: number;
}

export interface Roll {
  tempo: TempoMap;
  /** In seconds from the reel's first frame, by start. */
  notes: RollNote[];
  statements: { label: string; theme: string; start: number; end: number }[];
  bars: { number: number; seconds: number }[];
  start: number;
  end: number;
  low: number;
  high: number;
}

/** Roles in the order they are drawn: what carries the tune last, so that nothing covers it. */
export const ROLES = ["pad", "rhythm", "harmony", "bass", "counter", "melody"] as const;

/** Put a sketch on the clock. */
export function rollOf(sketch: SketchDocument): Roll {
  const tempo = new TempoMap(sketch.tempo_map);
  const at = (beat: Fractional): number => tempo.seconds(fraction(beat));
  const notes = sketch.notes
    .map((note) => ({
      role: note.role,
      start: at(note.onset),
      end: tempo.seconds(fraction(note.onset) + fraction(note.duration)),
      pitch: note.pitch,
      velocity: note.velocity,
      statement: note.statement ?? -1,
    }))
    .sort((a, b) => rank(a.role) - rank(b.role) || a.start - b.start);
  const bars = Array.from({ length: tempo.bars + 1 }, (_, bar) => ({ number: bar + 1, seconds: tempo.seconds(tempo.barStart(bar)) }));
  const pitches = notes.map((note) => note.pitch);
  return {
    tempo,
    notes,
    statements: sketch.statements.map((one) => ({ label: one.label, theme: one.theme ?? "", start: at(one.start), end: at(one.end) })),
    bars,
    start: Math.min(bars[0]?.seconds ?? 0, ...notes.map((note) => note.start)),
    end: Math.max(bars.at(-1)?.seconds ?? 0, ...notes.map((note) => note.end)),
    low: Math.min(60, ...pitches) - 2,
    high: Math.max(60, ...pitches) + 2,
  };
}

function rank(role: string): number {
  return (ROLES as readonly string[]).indexOf(role);
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where a note lies in a drawing of `width` x `height`. */
export function boxOf(roll: Roll, note: Pick<RollNote, "start" | "end" | "pitch">, width: number, height: number): Box {
  const scale = width / Math.max(roll.end - roll.start, 1e-6);
  const row = height / (roll.high - roll.low + 1);
  return {
    x: (note.start - roll.start) * scale,
    y: (roll.high - note.pitch) * row,
    width: Math.max((note.end - note.start) * scale - 0.5, 1),
    height: Math.max(row - 0.5, 1),
  };
}

/** The time under a place of the drawing, for clicks. */
export const timeAt = (roll: Roll, x: number, width: number): number => roll.start + (x / Math.max(width, 1)) * (roll.end - roll.start);
