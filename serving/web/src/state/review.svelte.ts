// The room's one store. Historical part: `notes` (undoable). View part: `view` (never undone). The rest is what was
// observed (`lanes`), what people said (`comments`, `approvals`), what was sketched (`takes`) and what is under way (`jobs`).
import { ApiError, api, newKey } from "../lib/api";
import type { Cue, Edit, Hit, Lanes, Silence } from "../lib/documents";
import { listen } from "../lib/events";
import { latest } from "../lib/latest";
import { FrameClock, Timebase, clampFrame, frame, type Frame, type Seconds } from "../lib/time";
import { Waveform } from "../lib/waveform";
import { Player } from "../player/player.svelte";
import type { Approval, Comment, Job, JobKind, Project, Reel, Role, ServerEvent, Take, Verdict } from "../api/types";
import { Moves } from "./moves.svelte";
import type { Hand } from "./deeds.svelte";
import { NotesState } from "./notes.svelte";
import { may, type Session } from "./session.svelte";
import { TakeTimes } from "./times.svelte";
import { View, type Selection } from "./view.svelte";
import type { Statement } from "../timeline/draw";

export type Loading = "loading" | "spotting" | "ready" | "failed";

export class Review {
  readonly session: Session;
  readonly id: string;
  readonly view = new View();
  readonly notes: NotesState;
  readonly moves: Moves;
  readonly player: Player;

  state: Loading = $state("loading");
  problem: ApiError | null = $state.raw(null);
  reel: Reel | null = $state.raw(null);
  project: Project | null = $state.raw(null);
  lanes: Lanes | null = $state.raw(null);
  waveform: Waveform | null = $state.raw(null);
  timebase: Timebase = $state.raw(new Timebase("24/1", 86400));
  /** Converts frames and seconds of this reel; knows every frame's own time where the rate varies. */
  clock: FrameClock = $state.raw(new FrameClock(new Timebase("24/1", 86400)));
  readonly times = new TakeTimes();
  comments: Comment[] = $state.raw([]);
  approvals: Approval[] = $state.raw([]);
  takes: Take[] = $state.raw([]);
  jobs: Job[] = $state.raw([]);
  /** Whether the event stream is open: when not, what is shown may be behind. */
  live = $state(true);
  /** Where a new comment would go, while somebody writes one. */
  commenting: { frame: Frame; cue: string | null } | null = $state(null);
  #silence: (() => void) | null = null;
  #ended = false;

  constructor(session: Session, reel: string) {
    this.session = session;
    this.id = reel;
    this.notes = new NotesState({ reel, complain: (e, act) => session.complain(e, act), say: (t, h) => session.say(t, h) });
    this.moves = new Moves(this.notes, () => this.view.frames, (edits, summary, hand) => this.edit(edits, summary, hand));
    this.player = new Player(this);
  }

  // ---- who may -----------------------------------------------------------------------------------------------
  get role(): Role | null {
    return this.project?.role ?? this.session.who?.role ?? null;
  }
  get mayEdit(): boolean {
    return may(this.role, "editor");
  }
  get mayScore(): boolean {
    return may(this.role, "editor");
  }
  get mayJudge(): boolean {
    return may(this.role, "director");
  }

  // ---- what is selected --------------------------------------------------------------------------------------
  readonly selectedCue: Cue | null = $derived.by(() => {
    const selection = this.view.selection;
    if (selection?.kind === "cue") return this.notes.cue(selection.id) ?? null;
    if (selection?.kind === "hit") return this.notes.cue(this.notes.hit(selection.id)?.cue ?? "") ?? null;
    return null;
  });
  readonly selectedHit: Hit | null = $derived.by(() => {
    const selection = this.view.selection;
    return selection?.kind === "hit" ? (this.notes.hit(selection.id) ?? null) : null;
  });
  readonly selectedSilence: Silence | null = $derived.by(() => {
    const selection = this.view.selection;
    return selection?.kind === "silence" ? (this.notes.silence(selection.id) ?? null) : null;
  });

  // ---- what is said in the takes that are heard ----------------------------------------------------------------
  readonly statements: Statement[] = $derived.by(() => {
    const slot = this.player.monitor === "b" ? "b" : "a";
    return this.notes.cues
      .flatMap((cue) => {
        const take = this.player.score.take(cue.id, slot) ?? this.player.score.take(cue.id, "a");
        return (this.times.of(take)?.said ?? []).map((said) => ({
          from: this.clock.frame(said.from_s as Seconds),
          to: this.clock.frame(said.to_s as Seconds),
          label: said.label,
          theme: said.theme,
          cue: cue.id,
        }));
      })
      .sort((a, b) => a.from - b.from);
  });
  /** A theme keeps its colour: the order in which themes are first heard. */
  themeColour(theme: string, voices: readonly string[], music: string): string {
    const order = [...new Set(this.statements.map((said) => said.theme))];
    const colours = [music, ...voices];
    return colours[Math.max(0, order.indexOf(theme)) % colours.length] ?? music;
  }

  timecode(at: number): string {
    return this.timebase.timecode(frame(at));
  }
  select(selection: Selection | null): void {
    finishTyping();
    this.view.select(selection);
    if (selection && selection.kind !== "comment") this.view.tab = this.view.tab === "score" && selection.kind === "cue" ? "score" : "cue";
  }
  selectCue(id: string, go = false): void {
    this.select({ kind: "cue", id, part: "body" });
    const cue = this.notes.cue(id);
    if (cue && go) this.goTo(cue.span.in);
  }
  /** Move the playhead and bring it into sight. */
  goTo(at: number): void {
    const to = clampFrame(at, 0, Math.max(this.view.frames - 1, 0));
    this.player.seek(to);
    this.view.reveal(to);
  }

  // ---- reading -----------------------------------------------------------------------------------------------
  async load(): Promise<void> {
    this.state = "loading";
    this.problem = null;
    try {
      const { body } = await api.reel(this.id);
      if (this.#ended) return;
      this.reel = body;
      this.#listen(this.reel.project);
      const project = api.project(this.reel.project).then(({ body }) => (this.project = body));
      if (this.reel.revision === 0) {
        [this.jobs] = await Promise.all([api.jobs(this.id), project]);
        this.state = "spotting";
        return;
      }
      await Promise.all([this.#open(), project]);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) this.session.complain(error);
      this.problem = error;
      this.state = "failed";
    }
  }

  /** Somebody signed in again: what waits is sent, and what was done meanwhile is read. */
  async back(): Promise<void> {
    if (this.state !== "ready") return this.load();
    await this.notes.again();
    await Promise.all([this.refreshReel(), this.refreshTalk(), this.refreshTakes(), this.refreshJobs()]);
  }

  async #open(): Promise<void> {
    const [lanes] = await Promise.all([api.lanes(this.id), this.notes.load()]);
    if (this.#ended) return;
    this.lanes = lanes;
    this.timebase = new Timebase(lanes.rate, lanes.start, lanes.drop_frame);
    this.clock = new FrameClock(this.timebase, lanes.frame_us);
    this.view.open(lanes.frames);
    this.state = "ready";
    const first = this.notes.cues[0];
    if (first && !this.view.selection) this.view.select({ kind: "cue", id: first.id, part: "body" });
    if (this.reel?.media.waveform) void this.#waveform();
    await Promise.all([this.refreshTalk(), this.refreshTakes(), this.refreshJobs()]);
  }

  async #waveform(): Promise<void> {
    try {
      this.waveform = Waveform.read(await api.waveform(this.id));
    } catch (error) {
      this.session.complain(error);
    }
  }

  readonly refreshTalk = this.#reading(async () => {
    [this.comments, this.approvals] = await Promise.all([api.comments(this.id), api.approvals(this.id)]);
  });
  readonly refreshTakes = this.#reading(async () => {
    this.takes = await api.takes(this.id);
    this.player.score.setTakes(this.takes);
  });
  readonly refreshJobs = this.#reading(async () => {
    this.jobs = await api.jobs(this.id);
  });
  readonly refreshReel = this.#reading(async () => {
    this.reel = (await api.reel(this.id)).body;
  });

  #reading(read: () => Promise<void>): () => Promise<void> {
    return latest(() => this.#quietly(read));
  }

  end(): void {
    this.#ended = true;
    this.#silence?.();
    this.player.end();
  }

  #listen(project: string): void {
    this.#silence?.();
    this.#silence = listen(project, {
      onevent: (event) => void this.#hear(event),
      onlive: (live) => (this.live = live),
      onagain: () => void this.load(),
    });
  }

  async #hear(event: ServerEvent): Promise<void> {
    const about = event.data["reel"];
    if (about !== undefined && about !== null && about !== this.id) return;
    if (event.topic === "notes" && this.state === "ready") await this.#quietly(() => this.notes.follow(Number(event.data["revision"] ?? Infinity)));
    else if (event.topic === "comment" || event.topic === "approval") await this.refreshTalk();
    else if (event.topic === "take") await this.refreshTakes();
    else if (event.topic === "reel") await this.refreshReel();
    else if (event.topic === "job") await this.#hearJob(event.data);
    if (this.state === "spotting" && (event.topic === "notes" || event.topic === "reel" || event.topic === "job")) await this.#spotted();
  }

  async #hearJob(data: Record<string, unknown>): Promise<void> {
    const id = String(data["id"] ?? data["job"] ?? "");
    const known = this.jobs.find((job) => job.id === id);
    if (known && data["state"] === known.state) {
      const { progress, attempt, cancel } = data as Pick<Job, "progress" | "attempt" | "cancel">;
      this.jobs = this.jobs.map((job) => (job.id === id ? { ...job, progress, attempt, cancel } : job));
      return;
    }
    await this.refreshJobs();
    if (data["state"] === "done") await this.refreshTakes();
  }

  async #spotted(): Promise<void> {
    await this.refreshReel();
    if (this.reel && this.reel.revision > 0) await this.#quietly(() => this.#open());
  }

  async #quietly(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#ended) this.session.complain(error);
    }
  }

  // ---- changing ----------------------------------------------------------------------------------------------
  /** One batch of edits, one revision, one step of undo. `summary` is what the history says; `hand` says since when. */
  edit(edits: Edit[], summary: string, hand?: Partial<Hand>): Promise<boolean> {
    if (!this.mayEdit) {
      this.moves.cancel();
      this.session.say("You may look at these notes but not change them.", "Ask the owner of the project for the editor's or composer's role.");
      return Promise.resolve(false);
    }
    void this.moves.commit(); // what is in the hand was done before
    return this.notes.edit(edits, summary, hand);
  }

  /** Undo and redo take in what is still on the move. */
  async undo(of?: number): Promise<void> {
    void this.moves.commit();
    await this.notes.undo(of);
  }
  async redo(): Promise<void> {
    void this.moves.commit();
    await this.notes.redo();
  }

  async judge(cue: string, verdict: Verdict, text = ""): Promise<void> {
    const number = this.notes.cue(cue)?.number ?? "the cue";
    await this.#quietly(async () => {
      const take = this.player.score.heard(cue);
      await api.judge(this.id, cue, verdict, text, take);
      await this.refreshTalk();
      this.session.say(verdict === "approved" ? `You approved ${number}.` : `You asked for changes to ${number}.`);
    });
  }
  /** Take back what your role said of a cue. */
  async unjudge(cue: string): Promise<void> {
    const number = this.notes.cue(cue)?.number ?? "the cue";
    await this.#quietly(async () => {
      await api.unjudge(this.id, cue);
      await this.refreshTalk();
      this.session.say(`What you said of ${number} is taken back.`);
    });
  }
  approvalsOf(cue: string): Approval[] {
    return this.approvals.filter((approval) => approval.cue === cue);
  }
  /** What stands for a cue: any wish for changes outweighs approvals. */
  verdict(cue: string): Verdict | null {
    const said = this.approvalsOf(cue);
    if (said.some((approval) => approval.verdict === "changes")) return "changes";
    return said.length > 0 ? "approved" : null;
  }

  async addComment(text: string, at: Frame, cue: string | null): Promise<boolean> {
    let kept = false;
    await this.#quietly(async () => {
      await api.comment(this.id, { frame: at, cue, text }, newKey());
      kept = true;
      await this.refreshTalk();
    });
    return kept;
  }

  takesOf(cue: string): Take[] {
    return this.takes.filter((take) => take.cue === cue).sort((a, b) => (a.created < b.created ? 1 : -1));
  }
  jobsOf(kind: JobKind): Job[] {
    return this.jobs.filter((job) => job.kind === kind).sort((a, b) => (a.created < b.created ? 1 : -1));
  }
  async startJob(kind: JobKind, params: Record<string, unknown>): Promise<Job | null> {
    let job: Job | null = null;
    await this.#quietly(async () => {
      job = await api.start(kind, this.id, params, newKey());
      await this.refreshJobs();
    });
    return job;
  }
  async cancelJob(job: string): Promise<void> {
    await this.#quietly(async () => {
      await api.cancel(job);
      await this.refreshJobs();
    });
  }
  /** Watch the film again without something that was chosen with it. */
  async spotWithout(choice: string): Promise<void> {
    await this.#quietly(async () => {
      const { body } = await api.reel(this.id);
      if (body.choices[choice] !== undefined) this.reel = await api.watchWithout(body, choice);
      await api.start("spot", this.id, {}, newKey());
      await this.refreshJobs();
    });
  }
  async retryJob(job: string): Promise<void> {
    await this.#quietly(async () => {
      await api.retry(job);
      await this.refreshJobs();
    });
  }
}

/** A field goes with what it belongs to: what was typed in it is kept before something else is selected. */
function finishTyping(): void {
  const field = globalThis.document?.activeElement;
  if (field?.matches("input, textarea")) (field as HTMLElement).blur();
}
