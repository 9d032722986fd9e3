// What is on the move: edges and hits follow the hand at once and become one edit when it lets go.
import type { Edit } from "../lib/documents";
import { clampFrame, frame, shift, span, type Frame, type Span } from "../lib/time";
import type { Hand, Line } from "./deeds.svelte";
import type { NotesState } from "./notes.svelte";

export type Edge = "in" | "out";

type Post = (edits: Edit[], summary: string, hand: Hand) => Promise<boolean>;

const REST_MS = 600;

export class Moves {
  readonly #notes: NotesState;
  readonly #frames: () => number;
  readonly #post: Post;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The notes as they were when the hand took hold: what it does is a change to these. */
  #line: Line | null = null;

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
    if (!this.#notes.cue(cue)) return;
    const { low, high } = this.room(cue, edge);
    this.#hold();
    this.#notes.movedCues[cue] = { ...this.#notes.movedCues[cue], [edge]: clampFrame(to, low, high) };
  }

  /** Move a whole cue, as far as its neighbours let it. */
  moveCue(cue: string, by: number): void {
    const own = this.#notes.cue(cue)?.span;
    if (!own) return;
    const step = Math.min(Math.max(by, this.room(cue, "in").low - own.in), this.room(cue, "out").high - own.out);
    this.#hold();
    this.#notes.movedCues[cue] = span(own.in + step, own.out + step);
  }

  moveHit(hit: string, to: number): void {
    this.#hold();
    this.#notes.movedHits[hit] = clampFrame(to, 0, this.#frames() - 1);
  }

  #hold(): void {
    this.#line ??= this.#notes.line;
  }

  /** Post after a rest: a row of key presses is one edit. */
  soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.commit(), REST_MS);
  }

  /** Let everything that is in the hand go back. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#line = null;
    this.#notes.movedCues = {};
    this.#notes.movedHits = {};
  }

  /** Make one edit of what is in the hand: from here on it is the edit that shows it. */
  async commit(): Promise<boolean> {
    const cues = $state.snapshot(this.#notes.movedCues);
    const hits = $state.snapshot(this.#notes.movedHits);
    const hand: Hand = { cues, hits, line: this.#line ?? this.#notes.line };
    this.cancel();
    const { edits, words } = this.#edits(hand);
    return edits.length === 0 || this.#post(edits, words.join("; "), hand);
  }

  #edits(hand: Hand): { edits: Edit[]; words: string[] } {
    const { waiting, notes } = this.#notes;
    const edits: Edit[] = [];
    const words: string[] = [];
    for (const cue of notes?.cues ?? []) {
      const then: Span = { ...cue.span, ...waiting.cues[cue.id] };
      const now: Span = { ...then, ...hand.cues[cue.id] };
      // a cue that moves later lets go of its end first, so that it never runs backwards in between
      for (const edge of now.in > then.in ? (["out", "in"] as const) : (["in", "out"] as const)) {
        if (now[edge] === then[edge]) continue;
        edits.push({ op: "move-edge", cue: cue.id, edge, frame: now[edge] });
        words.push(`${cue.number} ${edge} ${away(now[edge] - then[edge])}`);
      }
    }
    for (const hit of notes?.hits ?? []) {
      const then = waiting.hits[hit.id] ?? hit.frame;
      const now = hand.hits[hit.id] ?? then;
      if (now === then) continue;
      edits.push({ op: "set-hit", hit: hit.id, fields: { frame: now } });
      words.push(`hit "${hit.label}" ${away(now - then)}`);
    }
    return { edits, words };
  }
}

/** "3 frames later". */
export const away = (frames: number): string =>
  `${Math.abs(frames)} ${Math.abs(frames) === 1 ? "frame" : "frames"} ${frames < 0 ? "earlier" : "later"}`;
