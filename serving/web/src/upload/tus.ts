// Sends a film by tus 1.0: goes on after a lost connection, a pause or a reload, from the byte the service has.
import type { Problem } from "../api/types";

/** How an upload stands. `interrupted` waits to try again by itself; `failed` goes on when it is started again. */
export type UploadStage = "ready" | "sending" | "paused" | "interrupted" | "checking" | "done" | "failed" | "cancelled";

/** What the service says of an upload. */
export interface UploadRecord {
  id: string;
  name: string;
  length: number;
  received: number;
  state: "open" | "complete" | "refused";
  reel: string | null;
  job: string | null;
  problem: { code: string; message: string; hint: string } | null;
}

/** What a person chooses with a film. */
export interface UploadChoices {
  start_timecode?: string;
  coverage?: number;
  cut?: string;
  /** Dialogue and effects are on the left side of the sound, the temp music on the right. */
  sides?: boolean;
  subtitles?: { text: string; format: "srt" | "vtt" };
  script?: { text: string; format: "fountain" | "fdx" };
}

/** How an upload that an earlier visit began stands to what is chosen now. */
export interface Resumption {
  /** Whether the choices of now hold in place of those of then; null when nothing was chosen now, so that those of then hold. */
  choices: boolean | null;
  /** Whether another reel is chosen now as the one before: the one of then stays. */
  otherPrevious: boolean;
}

export interface Film extends Blob {
  readonly name: string;
  readonly lastModified: number;
}

export interface Order {
  project: string;
  /** The reel this is the next version of. */
  previous?: string;
  choices?: UploadChoices;
  /** Send a SHA-256 with every portion: slower, and damage on the way is noticed portion by portion. */
  checksum?: boolean;
}

export interface Asked {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: Blob | string;
  sent?: (bytes: number) => void;
  signal: AbortSignal;
}

export interface Answered {
  /** 0: the service was not reached. */
  status: number;
  header(name: string): string | null;
  text: string;
}

export type Transport = (asked: Asked) => Promise<Answered>;

export interface Means {
  transport?: Transport;
  storage?: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null;
  endpoint?: string;
  /** Waits before the next attempt; grows up to the last, which is repeated until `attempts` brought nothing. */
  delaysMs?: readonly number[];
  attempts?: number;
  portion?: number;
  now?: () => number;
}

const DELAYS_MS = [300, 1000, 2000, 4000, 8000, 15000];
const CHECKED_PORTION = 16 * 2 ** 20;
const CHECK_EVERY_MS = 400;
const LONG_CHOICES = 4000;
const RATE_S = 3;
const AGAIN = new Set([0, 408, 409, 423, 429, 460, 500, 502, 503, 504]);

class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
}

class Later extends Error {
  /** `ms`: how long the service asked to wait; undefined where it did not say. */
  constructor(readonly problem: Problem, readonly ms?: number) {
    super(problem.detail || problem.title);
  }
}

class Stopped extends Error {}

/** One film on its way. `changed` is called whenever one of the fields has changed. */
export class FilmUpload {
  stage: UploadStage = "ready";
  /** Bytes under way or there; `kept` of them are safe whatever happens. */
  sent = 0;
  kept = 0;
  bytesPerSecond = 0;
  /** Why it does not go on, or does not go on yet. */
  problem: Problem | null = null;
  /** What it became. */
  record: UploadRecord | null = null;
  /** Set where it goes on with what an earlier visit began. */
  resumption: Resumption | null = null;
  changed: () => void = () => {};

  readonly #film: Film;
  readonly #order: Order;
  readonly #means: Required<Means>;
  #url: string | null = null;
  /** Whether the service knows what is chosen. */
  #told = false;
  #stop = new AbortController();
  #running: Promise<UploadRecord | null> | null = null;
  #since: [ms: number, bytes: number][] = [];

  constructor(film: Film, order: Order, means: Means = {}) {
    this.#film = film;
    this.#order = order;
    this.#means = {
      transport: overXhr,
      storage: globalThis.localStorage ?? null,
      endpoint: "/v1/uploads",
      delaysMs: DELAYS_MS,
      attempts: 20,
      portion: order.checksum ? CHECKED_PORTION : Infinity,
      now: () => performance.now(),
      ...means,
    };
    this.#url = this.#means.storage?.getItem(this.#key) ?? null;
  }

  get length(): number {
    return this.#film.size;
  }

  /** Whether an earlier visit began this upload: starting goes on with it. */
  get begun(): boolean {
    return this.#url !== null;
  }

  /** Seconds left at the present rate; null while that cannot be told. */
  get secondsLeft(): number | null {
    return this.stage === "sending" && this.bytesPerSecond > 0 ? (this.length - this.sent) / this.bytesPerSecond : null;
  }

  /** Send, or go on. Resolves with what the film became; with null when it was paused, cancelled or has failed. */
  start(): Promise<UploadRecord | null> {
    if (this.#running && this.#stop.signal.aborted) return this.#running.then(() => this.start()); // still pausing
    this.#running ??= this.#run().finally(() => (this.#running = null));
    return this.#running;
  }

  /** Stop for now; what has arrived is kept. */
  async pause(): Promise<void> {
    await this.#halt("paused");
  }

  /** Give up; what has arrived is thrown away. */
  async cancel(): Promise<void> {
    await this.#halt("cancelled");
    const url = this.#url;
    this.#forget();
    if (url) await this.#ask("DELETE", url, {}, { signal: new AbortController().signal }).catch(() => null);
  }

  async #halt(stage: "paused" | "cancelled"): Promise<void> {
    if (this.stage === "done") return;
    this.#tell({ stage });
    this.#stop.abort();
    await this.#running;
    this.#tell({ stage, sent: this.kept });
  }

  async #run(): Promise<UploadRecord | null> {
    this.#stop = new AbortController();
    const { delaysMs, attempts } = this.#means;
    let idle = 0;
    for (;;) {
      const before = this.kept;
      try {
        this.#tell({ stage: "sending", problem: null });
        return await this.#send();
      } catch (reason) {
        if (reason instanceof Stopped) return null;
        if (reason instanceof Refused) return this.#failed(reason.problem);
        if (!(reason instanceof Later)) throw reason;
        idle = this.kept > before ? 0 : idle + 1;
        if (idle >= attempts) return this.#failed(reason.problem);
        this.#tell({ stage: "interrupted", problem: reason.problem, sent: this.kept, bytesPerSecond: 0 });
        const ours = delaysMs[Math.min(idle, delaysMs.length - 1)];
        const waits = [ours, reason.ms].filter((ms) => ms !== undefined);
        if (waits.length === 0) throw new RangeError("How long to wait before the next attempt is not set.");
        if (!(await this.#sleep(Math.max(...waits)))) return null;
      }
    }
  }

  async #send(): Promise<UploadRecord> {
    let offset = this.#url ? await this.#offset() : null;
    offset ??= await this.#begin();
    if (!this.#told) await this.#choose();
    this.#since = [];
    this.#reached(offset);
    while (offset < this.length) offset = await this.#portion(offset);
    return await this.#settled();
  }

  /** Ask how far it came; null if the service does not know it any more, and a new one must be begun. */
  async #offset(): Promise<number | null> {
    const answer = await this.#ask("HEAD", this.#url ?? "", {}, {}, [403, 404, 410]);
    const offset = Number(answer.header("Upload-Offset"));
    if (answer.status < 300 && Number(answer.header("Upload-Length")) === this.length) {
      if (!this.#told && !this.resumption) this.#resume(answer);
      return offset;
    }
    this.#forget();
    return null;
  }

  #resume(answer: Answered): void {
    const said = /(?:^|,) *previous ([^ ,]+)/.exec(answer.header("Upload-Metadata") ?? "")?.[1];
    const before = said ? unbase64(said) : "";
    this.#tell({ resumption: { choices: null, otherPrevious: before !== (this.#order.previous ?? "") } });
  }

  get #choices(): string {
    const { choices } = this.#order;
    return choices && Object.keys(choices).length > 0 ? JSON.stringify(choices) : "";
  }

  /** Say on its own what is chosen: it is too long for a header, or the upload was begun with other choices. */
  async #choose(): Promise<void> {
    const body = this.#choices;
    if (body) {
      const answer = await this.#ask("PUT", `${this.#url}/choices`, { "Content-Type": "application/json" }, { body }, [409]);
      // 409: every byte was there before, and what was chosen then is being done
      if (this.resumption) this.#tell({ resumption: { ...this.resumption, choices: answer.status < 300 } });
    }
    this.#told = true;
  }

  async #begin(): Promise<number> {
    const { project, previous } = this.#order;
    const text = this.#choices;
    const long = text.length > LONG_CHOICES; // more than a header should hold
    const told = { project, filename: this.#film.name, previous: previous ?? "", choices: long ? "" : text };
    const said = Object.entries(told).flatMap(([name, value]) => (value ? [`${name} ${base64(value)}`] : []));
    const headers = { "Upload-Length": String(this.length), "Upload-Metadata": said.join(",") };
    const answer = await this.#ask("POST", this.#means.endpoint, headers);
    this.resumption = null;
    this.#url = answer.header("Location") ?? "";
    this.#told = !long;
    this.#means.storage?.setItem(this.#key, this.#url);
    return 0;
  }

  async #portion(offset: number): Promise<number> {
    const part = this.#film.slice(offset, Math.min(this.length, offset + this.#means.portion));
    const headers: Record<string, string> = {
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(offset),
    };
    if (this.#order.checksum) headers["Upload-Checksum"] = `sha256 ${await sha256(part)}`;
    const sent = (bytes: number): void => this.#moved(offset + bytes);
    const answer = await this.#ask("PATCH", this.#url ?? "", headers, { body: part, sent });
    const next = Number(answer.header("Upload-Offset"));
    this.#reached(next);
    return next;
  }

  /** Wait until the service has made a reel of it, or says why not. */
  async #settled(): Promise<UploadRecord> {
    this.#tell({ stage: "checking", bytesPerSecond: 0 });
    for (;;) {
      const answer = await this.#ask("GET", this.#url ?? "");
      const record = JSON.parse(answer.text) as UploadRecord;
      if (record.state === "complete") {
        this.#forget();
        this.#tell({ stage: "done", record });
        return record;
      }
      if (record.state === "refused") {
        this.#forget();
        const { code = "refused", message = "The film was refused.", hint = "" } = record.problem ?? {};
        throw new Refused({ title: message, status: 422, detail: message, code, hint });
      }
      await this.#ask("HEAD", this.#url ?? "");
      if (!(await this.#sleep(CHECK_EVERY_MS))) throw new Stopped();
    }
  }

  async #ask(
    method: string, url: string, headers: Record<string, string> = {}, more: Partial<Asked> = {}, fine: number[] = [],
  ): Promise<Answered> {
    const signal = more.signal ?? this.#stop.signal;
    const sent = { "Tus-Resumable": "1.0.0", ...headers };
    const answer = await this.#means.transport({ method, url, headers: sent, signal, ...more });
    if (signal.aborted) throw new Stopped();
    if ((answer.status >= 200 && answer.status < 300) || fine.includes(answer.status)) return answer;
    const problem = problemOf(answer);
    if (AGAIN.has(answer.status)) {
      const waits = /^\d+$/.exec(answer.header("Retry-After") ?? "");
      throw waits ? new Later(problem, 1000 * Number(waits[0])) : new Later(problem);
    }
    if (answer.status === 404 || answer.status === 410) this.#forget(); // started again, it begins anew
    throw new Refused(problem);
  }

  /** Wait, or until the network is back; false when it was stopped. */
  #sleep(ms: number): Promise<boolean> {
    const { signal } = this.#stop;
    return new Promise((done) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        globalThis.removeEventListener?.("online", end);
        done(!signal.aborted);
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener("abort", end);
      globalThis.addEventListener?.("online", end);
      if (signal.aborted) end();
    });
  }

  #failed(problem: Problem): null {
    this.#tell({ stage: "failed", problem, sent: this.kept, bytesPerSecond: 0 });
    return null;
  }

  #reached(offset: number): void {
    this.kept = offset;
    this.#moved(offset);
  }

  /** Note how far it is; the rate is that of the last seconds. */
  #moved(sent: number): void {
    const now = this.#means.now();
    this.#since = [...this.#since.filter(([ms]) => now - ms <= RATE_S * 1000), [now, sent]];
    const [ms, bytes] = this.#since[0] ?? [now, sent];
    const bytesPerSecond = now > ms ? Math.max(0, (1000 * (sent - bytes)) / (now - ms)) : this.bytesPerSecond;
    this.#tell({ sent, bytesPerSecond });
  }

  #tell(what: Partial<Pick<FilmUpload, "stage" | "sent" | "bytesPerSecond" | "problem" | "record" | "resumption">>): void {
    const halted = this.stage === "paused" || this.stage === "cancelled";
    if (halted && this.#stop.signal.aborted && what.stage !== this.stage) return; // an answer that came too late
    Object.assign(this, what);
    this.changed();
  }

  #forget(): void {
    this.#url = null;
    this.#told = false;
    this.#means.storage?.removeItem(this.#key);
  }

  /** The same file chosen again is the same upload. */
  get #key(): string {
    const { name, size, lastModified } = this.#film;
    return `cuelight.upload:${this.#order.project}:${name}:${size}:${lastModified}`;
  }
}

function problemOf(answer: Answered): Problem {
  const plain: Problem = answer.status
    ? { title: "The upload stopped", status: answer.status, detail: `The service answered ${answer.status}.`, code: `http-${answer.status}`, hint: "Try again." }
    : { title: "The connection was lost", status: 0, detail: "The service cannot be reached just now.", code: "unreachable", hint: "What has arrived is safe; the upload goes on from there." };
  try {
    return { ...plain, ...(JSON.parse(answer.text) as Problem) };
  } catch {
    return plain;
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function unbase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
}

async function sha256(part: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await part.arrayBuffer());
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

/** Ask by XMLHttpRequest, which alone tells how many bytes of a body have gone. */
export const overXhr: Transport = ({ method, url, headers, body, sent, signal }) =>
  new Promise((done) => {
    const request = new XMLHttpRequest();
    const stop = (): void => request.abort();
    const end = (): void => {
      signal.removeEventListener("abort", stop);
      done({ status: request.status, header: (name) => request.getResponseHeader(name), text: request.responseText });
    };
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (sent) request.upload.onprogress = (event) => sent(event.loaded);
    request.onloadend = end; // whatever the end was: an answer, an error (status 0), an abort
    signal.addEventListener("abort", stop);
    if (signal.aborted) end();
    else request.send(body ?? null);
  });
