// What is on the move: edges and hits follow the hand at once and become one edit when it lets go.
import type { Edit } from "../lib/documents";
import { clampFrame, frame, shift, span, type Frame } from "../lib/time";
import type { Moved, NotesState } from "./notes.svelte";

export type Edge = "in" | "out";

type Post = (edits: Edit[], summary: string, moved: Moved) => Promise<boolean>;

const REST_MS = 600;

export class Moves {
  readonly #notes: NotesState;
  readonly #frames: () => number;
  readonly #post: Post;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(notes: NotesState, frames: () => number, post: Post) {
    this.#notes = notes;
    this.#frames = frames;
    this.#post = post;
  }

  /** How far an edge may go: up to the neighbours, and never past the cue's other edge. */
  room(cue: string, edge: Edge): { low: Frame; high: Frame } {
    const cues = this.#notes.cues;
    const index = cues.findIndex((c) => c.id === cue);
    const own = cues[index]?.span ?? span(0, 1);
    return edge === "in"
      ? { low: cues[index - 1]?.span.out ?? frame(0), high: shift(own.out, -1) }
      : { low: shift(own.in, 1), high: cues[index + 1]?.span.in ?? frame(this.#frames()) };
  }

  moveEdge(cue: string, edge: Edge, to: number): void {
    const own = this.#notes.cue(cue)?.span;
    if (!own) return;
    const { low, high } = this.room(cue, edge);
    this.#notes.movedCues[cue] = { ...own, [edge]: clampFrame(to, low, high) };
  }

  /** Move a whole cue, as far as its neighbours let it. */
  moveCue(cue: string, by: number): void {
    const own = this.#notes.cue(cue)?.span;
    if (!own) return;
    const step = Math.min(Math.max(by, this.room(cue, "in").low - own.in), this.room(cue, "out").high - own.out);
    this.#notes.movedCues[cue] = span(own.in + step, own.out + step);
  }

  moveHit(hit: string, to: number): void {
    this.#notes.movedHits[hit] = clampFrame(to, 0, this.#frames() - 1);
  }

  /** Post after a rest: a row of key presses is one edit. */
  soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.commit(), REST_MS);
  }

  /** Let everything that is on the move go back. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#notes.movedCues = {};
    this.#notes.movedHits = {};
  }

  /** Make one edit of what is on the move. */
  async commit(): Promise<boolean> {
    clearTimeout(this.#timer);
    const moved: Moved = { cues: { ...this.#notes.movedCues }, hits: { ...this.#notes.movedHits } };
    const { edits, words } = this.#edits(moved);
    if (edits.length > 0) return this.#post(edits, words.join("; "), moved);
    for (const id of Object.keys(moved.cues)) delete this.#notes.movedCues[id];
    for (const id of Object.keys(moved.hits)) delete this.#notes.movedHits[id];
    return true;
  }

  #edits(moved: Moved): { edits: Edit[]; words: string[] } {
    const edits: Edit[] = [];
    const words: string[] = [];
    for (const cue of this.#notes.notes?.cues ?? []) {
      const now = moved.cues[cue.id];
      if (!now) continue;
      // a cue that moves later lets go of its end first, so that it never runs backwards in between
      for (const edge of now.in > cue.span.in ? (["out", "in"] as const) : (["in", "out"] as const)) {
        if (now[edge] === cue.span[edge]) continue;
        edits.push({ op: "move-edge", cue: cue.id, edge, frame: now[edge] });
        words.push(`${cue.number} ${edge} ${away(now[edge] - cue.span[edge])}`);
      }
    }
    for (const hit of this.#notes.notes?.hits ?? []) {
      const now = moved.hits[hit.id];
      if (now === undefined || now === hit.frame) continue;
      edits.push({ op: "set-hit", hit: hit.id, fields: { frame: now } });
      words.push(`hit "${hit.label}" ${away(now - hit.frame)}`);
    }
    return { edits, words };
  }
}

/** "3 frames later". */
export const away = (frames: number): string =>
  `${Math.abs(frames)} ${Math.abs(frames) === 1 ? "frame" : "frames"} ${frames < 0 ? "earlier" : "later"}`;
