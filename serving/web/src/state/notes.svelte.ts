// The historical part of the room: the notes as the service has them, what is being moved just now, and undo.
// The service applies every edit; the page shows moves early and takes the answer as the truth.
import { ApiError, api, newKey } from "../lib/api";
import type { Cue, Edit, Hit, Notes, Silence } from "../lib/documents";
import { frame, type Frame, type Span } from "../lib/time";
import type { Collision, NotesDocument } from "../api/types";

export type Saved = "saved" | "saving" | "not saved";

interface Deed {
  edits: Edit[];
  summary: string;
  key: string;
  /** What the deed is to the undo stack. */
  kind: "edit" | "undo" | "redo";
  /** The moves it makes true: shown until the answer is here. */
  moved?: Moved;
}

/** Cues and hits as they were moved, by id. */
export interface Moved {
  cues: Record<string, Span>;
  hits: Record<string, Frame>;
}

/** A 412 with what we wanted to do, until somebody decides. */
export interface OpenCollision {
  answer: Collision;
  deed: Deed;
}

export interface NotesHost {
  reel: string;
  complain(error: unknown, act?: { label: string; do: () => void } | null): void;
  say(text: string, hint?: string): void;
}

const HISTORY = 200;

export class NotesState {
  document: NotesDocument | null = $state.raw(null);
  /** Notes at another coverage, shown as a ghost while the dial moves; never kept. */
  preview: Notes | null = $state.raw(null);
  saved: Saved = $state("saved");
  collision: OpenCollision | null = $state.raw(null);
  undoStack: number[] = $state([]);
  redoStack: number[] = $state([]);
  /** Edges and hits on the move, by id: shown at once, posted when let go. */
  movedCues: Record<string, Span> = $state({});
  movedHits: Record<string, Frame> = $state({});
  readonly #host: NotesHost;
  #queue: Promise<unknown> = Promise.resolve();
  #failed: Deed | null = null;
  #waiting = 0;

  constructor(host: NotesHost) {
    this.#host = host;
  }

  get notes(): Notes | null {
    return this.document?.notes ?? null;
  }
  get revision(): number {
    return this.document?.revision ?? 0;
  }
  get canUndo(): boolean {
    return this.undoStack.length > 0;
  }
  get canRedo(): boolean {
    return this.redoStack.length > 0;
  }

  readonly cues: Cue[] = $derived.by(() => {
    const cues = this.document?.notes.cues ?? [];
    return cues.map((cue) => {
      const span = this.movedCues[cue.id];
      return span ? { ...cue, span } : cue;
    });
  });

  /** Silences give way to a cue edge on the move, so that what is seen while dragging is what will be. */
  readonly silences: Silence[] = $derived.by(() => {
    const silences = this.document?.notes.silences ?? [];
    const moved = Object.entries(this.movedCues);
    if (moved.length === 0) return silences;
    const before = new Map((this.document?.notes.cues ?? []).map((cue) => [cue.id, cue.span]));
    return silences.map((silence) => {
      let { in: start, out: end } = silence.span;
      for (const [id, now] of moved) {
        const then = before.get(id);
        if (then && then.out === silence.span.in) start = now.out;
        if (then && then.in === silence.span.out) end = now.in;
      }
      return { ...silence, span: { in: start, out: frame(Math.max(start, end)) } };
    });
  });

  readonly hits: Hit[] = $derived.by(() => {
    const hits = this.document?.notes.hits ?? [];
    return Object.keys(this.movedHits).length === 0 ? hits : hits.map((hit) => ({ ...hit, frame: this.movedHits[hit.id] ?? hit.frame }));
  });

  cue(id: string): Cue | undefined {
    return this.cues.find((cue) => cue.id === id);
  }
  hit(id: string): Hit | undefined {
    return this.hits.find((hit) => hit.id === id);
  }
  silence(id: string): Silence | undefined {
    return this.silences.find((silence) => silence.id === id);
  }
  cueAt(at: number): Cue | undefined {
    return this.cues.find((cue) => cue.span.in <= at && at < cue.span.out);
  }

  async load(): Promise<void> {
    this.#take((await api.notes(this.#host.reel)).body);
  }

  /** Somebody else's revision arrived: read it, and begin undo afresh, because undoing would take theirs back too. */
  async follow(revision: number): Promise<void> {
    while (this.#waiting > 0) await this.#queue;
    if (revision <= this.revision) return;
    const had = this.canUndo || this.canRedo;
    const answer = await api.notes(this.#host.reel);
    if (answer.body.revision <= this.revision) return;
    this.undoStack = [];
    this.redoStack = [];
    this.#take(answer.body);
    const who = answer.body.author_name || "Somebody else";
    this.#host.say(`${who} changed the notes: ${answer.body.summary || `revision ${answer.body.revision}`}.`, had ? "Undo begins afresh from here." : "");
  }

  /** Change the notes: one batch, one revision. Resolves to whether it was kept. */
  edit(edits: Edit[], summary: string, moved?: Moved): Promise<boolean> {
    return this.#enqueue({ edits, summary, key: newKey(), kind: "edit", ...(moved ? { moved } : {}) });
  }

  undo(): Promise<boolean> {
    const revision = this.undoStack.at(-1);
    if (revision === undefined) return Promise.resolve(false);
    return this.#enqueue({ edits: [{ op: "restore", revision }], summary: "undo", key: newKey(), kind: "undo" });
  }

  redo(): Promise<boolean> {
    const revision = this.redoStack.at(-1);
    if (revision === undefined) return Promise.resolve(false);
    return this.#enqueue({ edits: [{ op: "restore", revision }], summary: "redo", key: newKey(), kind: "redo" });
  }

  /** Send again what the service never got. */
  async again(): Promise<boolean> {
    const deed = this.#failed;
    this.#failed = null;
    return deed ? this.#enqueue(deed) : true;
  }

  /** End a collision: put ours on top of theirs, or let it go. */
  async settle(whose: "mine" | "theirs"): Promise<boolean> {
    const open = this.collision;
    this.collision = null;
    if (!open) return true;
    this.undoStack = [];
    this.redoStack = [];
    await this.load();
    if (whose === "theirs" || open.deed.kind !== "edit") {
      this.saved = "saved";
      return false;
    }
    return this.#enqueue({ ...open.deed, key: newKey() });
  }

  #take(document: NotesDocument): void {
    this.document = document;
    this.preview = null;
  }

  /** The moves of a deed that has its answer are over; what was moved again meanwhile stays on the move. */
  #settleMoves(moved: Moved | undefined): void {
    for (const [id, span] of Object.entries(moved?.cues ?? {})) {
      const now = this.movedCues[id];
      if (now && now.in === span.in && now.out === span.out) delete this.movedCues[id];
    }
    for (const [id, at] of Object.entries(moved?.hits ?? {})) if (this.movedHits[id] === at) delete this.movedHits[id];
  }

  #enqueue(deed: Deed): Promise<boolean> {
    this.#waiting += 1;
    this.saved = "saving";
    const done = this.#queue.then(() => this.#send(deed));
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #send(deed: Deed): Promise<boolean> {
    try {
      return await this.#post(deed);
    } catch (error) {
      this.#lose(error, deed);
      return false;
    } finally {
      this.#waiting -= 1;
      this.#settleMoves(deed.moved);
      if (this.#waiting > 0) this.saved = "saving";
    }
  }

  async #post(deed: Deed): Promise<boolean> {
    const from = this.revision;
    try {
      const { body } = await api.edit(this.#host.reel, deed.edits, deed.summary, `"r${from}"`, deed.key);
      this.#remember(deed, from);
      this.#take(body);
      this.saved = "saved";
      return true;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412) throw error;
      return await this.#collide(error.problem as Collision, deed);
    }
  }

  /** Two people changed different things: ours goes on top. The same thing: a person decides. */
  async #collide(answer: Collision, deed: Deed): Promise<boolean> {
    if (deed.kind !== "edit" || (answer.clashes ?? []).length > 0) {
      this.collision = { answer, deed };
      this.saved = "not saved";
      return false;
    }
    this.document = (await api.notes(this.#host.reel)).body;
    this.undoStack = [];
    this.redoStack = [];
    const kept = await this.#post({ ...deed, key: newKey() });
    if (kept) this.#host.say("Somebody else changed the notes meanwhile, elsewhere: your change went on top of theirs.", "Undo begins afresh from here.");
    return kept;
  }

  #remember(deed: Deed, from: number): void {
    if (deed.kind === "edit") {
      this.undoStack = [...this.undoStack, from].slice(-HISTORY);
      this.redoStack = [];
    } else if (deed.kind === "undo") {
      this.undoStack = this.undoStack.slice(0, -1);
      this.redoStack = [...this.redoStack, from];
    } else {
      this.redoStack = this.redoStack.slice(0, -1);
      this.undoStack = [...this.undoStack, from];
    }
  }

  #lose(error: unknown, deed: Deed): void {
    const unsent = error instanceof ApiError && (error.status === 0 || error.status >= 500);
    this.saved = unsent ? "not saved" : "saved";
    if (unsent) this.#failed = deed;
    this.#host.complain(error, unsent ? { label: "Save again", do: () => void this.again() } : null);
  }
}
