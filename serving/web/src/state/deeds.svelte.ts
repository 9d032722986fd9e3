// What somebody did to the notes until the service has it, and the way back.
import type { Edit } from "../lib/documents";
import type { Collision } from "../api/types";
import type { Moved } from "./overlay";

/**
 * A run of revisions that only this page added to, by its newest. A deed changes the line it was begun on: it goes on
 * with what we add ourselves, and stays behind when somebody else's revision begins a new one, so that the service can
 * tell that the deed was begun without knowing theirs.
 */
export interface Line {
  revision: number;
}

/** What a hand moved, and the line it was begun on. */
export interface Hand extends Moved {
  line: Line;
}

export interface Deed {
  kind: "edit" | "undo" | "redo";
  /** Those of an undo and a redo are chosen once it is their turn. */
  edits: Edit[];
  summary: string;
  /** Stays the same when the deed is sent again: it is done once, even if only its answer was lost. */
  key: string;
  line: Line;
  /** The moves it makes true: shown until the answer is here. */
  moved?: Moved;
  /** An undo of this revision and no other. */
  of?: number;
  /** Somebody else was faster, elsewhere: it goes on top of theirs. */
  overtaken?: boolean;
  /** Tells whoever waits whether it was kept. */
  done(kept: boolean): void;
}

/** A 412 with what we wanted to do, until somebody decides. */
export interface OpenCollision {
  answer: Collision;
  deed: Deed;
}

const HISTORY = 200;

/** The revisions that undo and redo lead to. */
export class Steps {
  back: number[] = $state.raw([]);
  forth: number[] = $state.raw([]);

  target(kind: Deed["kind"]): number | undefined {
    return kind === "undo" ? this.back.at(-1) : this.forth.at(-1);
  }

  /** A deed of this kind was kept; the notes were at `from` before it. */
  went(kind: Deed["kind"], from: number): void {
    if (kind === "undo") this.back = this.back.slice(0, -1);
    else this.back = [...this.back, from].slice(-HISTORY);
    if (kind === "edit") this.forth = [];
    else this.forth = kind === "undo" ? [...this.forth, from] : this.forth.slice(0, -1);
  }

  forget(): void {
    this.back = [];
    this.forth = [];
  }
}
