/** The piano roll: the notes of a take as rectangles, by who plays what. Nothing here touches the page. */

type RollNote = [on_s: number, off_s: number, pitch: number, velocity: number, role: string, statement: number];

/** cuelight.roll/1; times are seconds from the reel's first frame. */
export interface Roll {
  on_s: number;
  off_s: number;
  lowest: number;
  highest: number;
  parts: { instrument: string; name: string; family: string; notes: RollNote[] }[];
  statements: { theme: string; label: string; form: string; on_s: number; off_s: number }[];
}

export interface Drawn {
  role: string;
  family: string;
  on_s: number;
  off_s: number;
  pitch: number;
  velocity: number;
}

/** Roles in the order they are drawn: what carries the tune last, so that nothing covers it. */
export const ROLES = ["pad", "rhythm", "harmony", "bass", "counter", "melody"] as const;
const UNPITCHED = "percussion";
const MARGIN = 2;

/** Every pitched note in the order of drawing. */
export function drawn(roll: Roll): Drawn[] {
  const rank = (role: string): number => (ROLES as readonly string[]).indexOf(role);
  return roll.parts
    .filter((part) => part.family !== UNPITCHED)
    .flatMap((part) => part.notes.map(([on_s, off_s, pitch, velocity, role]) => ({ role, family: part.family, on_s, off_s, pitch, velocity })))
    .sort((a, b) => rank(a.role) - rank(b.role) || a.on_s - b.on_s);
}

/** When something without pitch is struck, and how hard. */
export const strokes = (roll: Roll): { at_s: number; velocity: number }[] =>
  roll.parts
    .filter((part) => part.family === UNPITCHED)
    .flatMap((part) => part.notes.map(([at_s, , , velocity]) => ({ at_s, velocity })));

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const xOf = (roll: Roll, seconds: number, width: number): number =>
  ((seconds - roll.on_s) / Math.max(roll.off_s - roll.on_s, 1e-6)) * width;

/** Where a note lies in a drawing of `width` x `height`. */
export function boxOf(roll: Roll, note: Pick<Drawn, "on_s" | "off_s" | "pitch">, width: number, height: number): Box {
  const row = height / (roll.highest - roll.lowest + 1 + 2 * MARGIN);
  return {
    x: xOf(roll, note.on_s, width),
    y: (roll.highest + MARGIN - note.pitch) * row,
    width: Math.max(xOf(roll, note.off_s, width) - xOf(roll, note.on_s, width) - 0.5, 1),
    height: Math.max(row - 0.5, 1),
  };
}

/** The time under a place of the drawing, for clicks. */
export const timeAt = (roll: Roll, x: number, width: number): number => roll.on_s + (x / Math.max(width, 1)) * (roll.off_s - roll.on_s);
