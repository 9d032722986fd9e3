// The historical part of the room: the notes as the service has them, what is being moved just now, and undo.
// The service applies every edit; the page shows moves early and takes the answer as the truth. What somebody did stands
// in one queue until the service has it: the first is sent, the others wait, and a first that cannot go on holds them.
import { ApiError, api, newKey } from "../lib/api";
import type { Cue, Edit, Hit, Notes, Silence } from "../lib/documents";
import type { Frame, Span } from "../lib/time";
import type { Collision, NotesDocument } from "../api/types";
import { Steps, type Deed, type Hand, type Line, type OpenCollision } from "./deeds.svelte";
import { cuesUnder, hitsUnder, laid, silencesUnder, type Moved } from "./overlay";

export type Saved = "saved" | "saving" | "not saved";

export interface NotesHost {
  reel: string;
  complain(error: unknown, act?: { label: string; do: () => void } | null): void;
  say(text: string, hint?: string): void;
}

const [SIGNED_OUT, TOO_MANY] = [401, 429];

export class NotesState {
  document: NotesDocument | null = $state.raw(null);
  /** Notes at another coverage, shown as a ghost while the dial moves; never kept. */
  preview: Notes | null = $state.raw(null);
  collision: OpenCollision | null = $state.raw(null);
  /** Edges and hits in the hand, by id: shown at once, a deed when let go. */
  movedCues: Record<string, Partial<Span>> = $state({});
  movedHits: Record<string, Frame> = $state({});
  /** What a deed begun now would change. */
  line: Line = { revision: 0 };
  readonly #host: NotesHost;
  readonly #steps = new Steps();
  #queue: Deed[] = $state.raw([]);
  #sending = $state(false);
  #work: Promise<void> | null = null;
  /** The newest revision that was heard of. */
  #told = 0;

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
    return this.#steps.back.length > 0;
  }
  get canRedo(): boolean {
    return this.#steps.forth.length > 0;
  }
  get saved(): Saved {
    if (this.#queue.length === 0) return "saved";
    return this.#sending ? "saving" : "not saved";
  }

  /** What waits to be kept, and on top of it what is in the hand. */
  readonly waiting: Moved = $derived(laid(this.#queue.flatMap((deed) => deed.moved ?? [])));
  readonly #shown: Moved = $derived(laid([this.waiting, { cues: this.movedCues, hits: this.movedHits }]));

  readonly cues: Cue[] = $derived(cuesUnder(this.#shown, this.document?.notes.cues ?? []));
  readonly silences: Silence[] = $derived(silencesUnder(this.#shown, this.document?.notes.silences ?? [], this.document?.notes.cues ?? []));
  readonly hits: Hit[] = $derived(hitsUnder(this.#shown, this.document?.notes.hits ?? []));

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
  /** Whether a cue stands elsewhere than the service has it. */
  moving(cue: string): boolean {
    return cue in this.#shown.cues;
  }

  async load(): Promise<void> {
    this.#arrive((await api.notes(this.#host.reel)).body);
  }

  /** Somebody's revision was told of: what waits goes first, because it may be our own whose answer was lost. */
  follow(revision: number): Promise<void> {
    this.#told = Math.max(this.#told, revision);
    return this.#go();
  }

  /** Change the notes: one batch, one revision. Resolves to whether it was kept, or false when it waits. */
  edit(edits: Edit[], summary: string, { line = this.line, cues = {}, hits = {} }: Partial<Hand> = {}): Promise<boolean> {
    return this.#add({ kind: "edit", edits, summary, line, moved: { cues, hits } });
  }

  /** Take back the latest change; with `of`, only if that revision is still the latest. */
  undo(of?: number): Promise<boolean> {
    return this.#add({ kind: "undo", edits: [], summary: "undo", line: this.line, ...(of === undefined ? {} : { of }) });
  }

  redo(): Promise<boolean> {
    return this.#add({ kind: "redo", edits: [], summary: "redo", line: this.line });
  }

  /** Send again what the service never got, in the order it was done. */
  async again(): Promise<boolean> {
    await this.#go();
    return this.#queue.length === 0;
  }

  /** End a collision: put ours on top of theirs, or let it go. While theirs cannot be read it stays open. */
  async settle(whose: "mine" | "theirs"): Promise<void> {
    const open = this.collision;
    if (!open) return;
    await this.#rebase(open.deed);
    this.collision = null;
    if (whose === "theirs" || open.deed.kind !== "edit") this.#leave(open.deed, false);
    await this.#go();
  }

  #add(deed: Omit<Deed, "key" | "done">): Promise<boolean> {
    return new Promise((done) => {
      this.#queue = [...this.#queue, { ...deed, key: newKey(), done }];
      void this.#go();
    });
  }

  #leave(deed: Deed, kept: boolean): void {
    this.#queue = this.#queue.filter((other) => other !== deed);
    deed.done(kept);
  }

  /** Notes as the service has them; a revision that is not ours begins a new line, and undo with it. */
  #arrive(document: NotesDocument): void {
    if (document.revision < this.revision) return;
    if (document.revision !== this.line.revision) {
      this.line = { revision: document.revision };
      this.#steps.forget();
    }
    this.document = document;
    this.preview = null;
  }

  #go(): Promise<void> {
    this.#work ??= this.#run();
    return this.#work;
  }

  async #run(): Promise<void> {
    await null; // what is done in one go is seen in one go
    this.#sending = true;
    try {
      for (let on = true; on; ) {
        const first = this.collision ? undefined : this.#queue[0];
        if (first) on = await this.#send(first);
        else if (this.#queue.length === 0 && this.#told > this.revision) await this.#catchUp();
        else on = false;
      }
    } catch (error) {
      this.#host.complain(error);
    } finally {
      this.#sending = false;
      this.#work = null;
      for (const deed of this.#queue) deed.done(false);
    }
  }

  async #catchUp(): Promise<void> {
    const had = this.canUndo || this.canRedo;
    const { body } = await api.notes(this.#host.reel);
    this.#told = 0;
    if (body.revision <= this.revision) return;
    this.#arrive(body);
    const who = body.author_name || "Somebody else";
    this.#host.say(`${who} changed the notes: ${body.summary || `revision ${body.revision}`}.`, had ? "Undo begins afresh from here." : "");
  }

  /** Send the first of the queue; false when it has to wait there. */
  async #send(deed: Deed): Promise<boolean> {
    if (!this.#decided(deed)) {
      this.#leave(deed, false);
      return true;
    }
    try {
      const { body } = await api.edit(this.#host.reel, deed.edits, deed.summary, `"r${deed.line.revision}"`, deed.key);
      this.#keep(deed, body);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 412) return this.#collide(error.problem as Collision, deed);
      return this.#lose(error, deed);
    }
  }

  /** What undo and redo mean is known when everything before them is done; false when there is nothing to do. */
  #decided(deed: Deed): boolean {
    if (deed.edits.length > 0) return true;
    const revision = this.#steps.target(deed.kind);
    if (revision === undefined) return false;
    if (deed.of !== undefined && deed.of !== this.revision) {
      this.#host.say("The notes were changed since: this alone cannot be undone.", "Undo takes changes back one by one; History goes to any revision.");
      return false;
    }
    deed.edits = [{ op: "restore", revision }];
    deed.line = this.line;
    return true;
  }

  #keep(deed: Deed, body: NotesDocument): void {
    if (deed.line === this.line) {
      this.#steps.went(deed.kind, this.line.revision);
      this.line.revision = body.revision;
    }
    this.#arrive(body);
    this.#leave(deed, true);
    if (deed.overtaken) this.#host.say("Somebody else changed the notes meanwhile, elsewhere: your change went on top of theirs.", "Undo begins afresh from here.");
  }

  /** Two people changed different things: ours goes on top. The same thing: a person decides. */
  async #collide(answer: Collision, deed: Deed): Promise<boolean> {
    if (deed.kind !== "edit" || (answer.clashes ?? []).length > 0) {
      this.collision = { answer, deed };
      return false;
    }
    try {
      await this.#rebase(deed);
      deed.overtaken = true;
      return true;
    } catch (error) {
      return this.#lose(error, deed);
    }
  }

  /** Read what the others did and put the deed on top of it: from here on it is another request. */
  async #rebase(deed: Deed): Promise<void> {
    await this.load();
    deed.line = this.line;
    deed.key = newKey();
  }

  /** What the service never got stays first in the queue; what it refuses is over. */
  #lose(error: unknown, deed: Deed): boolean {
    const unsent = error instanceof ApiError && (error.status === 0 || error.status >= 500 || error.status === TOO_MANY || error.status === SIGNED_OUT);
    if (!unsent) this.#leave(deed, false);
    this.#host.complain(error, unsent ? { label: "Save again", do: () => void this.again() } : null);
    return !unsent;
  }
}
