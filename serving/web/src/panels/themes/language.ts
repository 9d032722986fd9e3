/** The musical language of a reel, as far as the room shows it. */
import type { Cue } from "../../lib/documents";
import { heard } from "../../state/times.svelte";
import type { TakeFile } from "../../api/types";
import type { Fractional } from "./fraction";
import { fraction } from "./fraction";

export interface Theme {
  id: string;
  label: string;
  owner: string;
  notes: { onset: Fractional; duration: Fractional; pitch: number; accent?: number }[];
  key: { tonic: number; mode: string };
  beats: Fractional;
  meter: [number, number];
  bpm: number;
  character: { contour: string; rhythm: string; harmony: string; register: string; instrument: string };
  family: string;
  origin: string;
}

export interface Language {
  owners: { id: string; name: string; kind: string; why: string }[];
  themes: Theme[];
  ledger: { cue: string; theme: string; at: number; form: string; transform: string[]; why: string }[];
  seed: number;
  cautions: string[];
}

export interface ThemesAnswer {
  language: Language | null;
  demos: TakeFile[];
  job: string | null;
}

const TONICS = ["C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"] as const;

/** "B♭ major · 104 bpm · wave, moving, high". */
export function themeFacts(theme: Theme): string {
  const { contour, rhythm, register } = theme.character;
  return [`${TONICS[theme.key.tonic] ?? "?"} ${theme.key.mode}`, `${Math.round(theme.bpm)} bpm`, `${theme.meter[0]}/${theme.meter[1]}`, [contour, rhythm, register].filter(Boolean).join(", ")].join(" · ");
}

/** Where a theme sounds: the statements of the ledger whose cues are still there, on their frames. */
export function statementsOf(language: Language, theme: string, cues: readonly Cue[]): { frame: number; cue: Cue; form: string; how: string; why: string }[] {
  const known = new Map(cues.map((cue) => [cue.id, cue]));
  return language.ledger
    .flatMap((entry) => {
      const cue = known.get(entry.cue);
      if (!cue || entry.theme !== theme) return [];
      const frame = Math.round(cue.span.in + entry.at * (cue.span.out - cue.span.in));
      return [{ frame, cue, form: entry.form, how: entry.transform.map(heard).filter(Boolean).join(", "), why: entry.why }];
    })
    .sort((a, b) => a.frame - b.frame);
}

/** The files of a theme: its pages and its demos, each demo by its mood. */
export function filesOfTheme(theme: string, demos: readonly TakeFile[]): { pages: TakeFile[]; demos: { mood: string; file: TakeFile }[] } {
  const stem = theme.replaceAll(/[^A-Za-z0-9._-]+/g, "_");
  const ours = demos.filter((file) => file.name.startsWith(`${stem}.`) || file.name.startsWith(`${stem}_`));
  return {
    pages: ours.filter((file) => /\.(pdf|musicxml|svg)$/.test(file.name)),
    demos: ours.flatMap((file) => {
      const mood = /_(.+)\.(flac|wav|mp3|ogg)$/.exec(file.name.slice(stem.length))?.[1];
      return mood ? [{ mood: mood.replaceAll("_", " "), file }] : [];
    }),
  };
}

/** A theme as a line of rectangles in a box of 100 x 24: its shape at a glance. */
export function contour(theme: Theme): { x: number; y: number; width: number }[] {
  const beats = Math.max(fraction(theme.beats), 1e-6);
  const pitches = theme.notes.map((note) => note.pitch);
  const high = Math.max(...pitches);
  const range = Math.max(high - Math.min(...pitches), 1);
  return theme.notes.map((note) => ({
    x: (fraction(note.onset) / beats) * 100,
    y: ((high - note.pitch) / range) * 20,
    width: Math.max((fraction(note.duration) / beats) * 100 - 0.4, 0.4),
  }));
}
