/** Films on their way, kept while the page is open: leaving the upload screen does not stop them. */
import { FilmUpload, type Film, type Order, type Resumption, type UploadStage } from "../../upload/tus";
import type { Problem } from "../../api/types";

/** An upload as the page follows it. */
export class Sending {
  stage: UploadStage = $state("ready");
  sent = $state(0);
  bytesPerSecond = $state(0);
  secondsLeft: number | null = $state(null);
  problem: Problem | null = $state.raw(null);
  resumption: Resumption | null = $state.raw(null);
  /** The reel it became. */
  reel: string | null = $state(null);
  readonly name: string;
  readonly length: number;
  readonly #upload: FilmUpload;

  constructor(readonly project: string, film: Film, order: Order, endpoint: string) {
    this.name = film.name;
    this.length = film.size;
    this.#upload = new FilmUpload(film, order, { endpoint });
    this.#upload.changed = () => this.#follow();
  }

  start(): void {
    void this.#upload.start();
  }
  pause(): void {
    void this.#upload.pause();
  }
  async cancel(): Promise<void> {
    await this.#upload.cancel();
  }

  #follow(): void {
    const { stage, sent, bytesPerSecond, secondsLeft, problem, record, resumption } = this.#upload;
    this.stage = stage;
    // while it stands still only the service knows what has arrived: what was sent is the better guess
    if (stage === "sending" || stage === "checking" || stage === "done") this.sent = sent;
    this.bytesPerSecond = bytesPerSecond;
    this.secondsLeft = secondsLeft;
    this.problem = problem;
    this.resumption = resumption;
    this.reel = record?.reel ?? null;
  }
}

class Uploads {
  all: Sending[] = $state.raw([]);

  add(sending: Sending): void {
    this.all = [...this.all, sending];
  }
  drop(sending: Sending): void {
    this.all = this.all.filter((one) => one !== sending);
  }
  /** Forget what is there: whoever saw it finds it among the reels. */
  clear(project: string): void {
    this.all = this.all.filter((one) => one.project !== project || one.stage !== "done");
  }
  of(project: string): Sending[] {
    return this.all.filter((one) => one.project === project);
  }
  /** Whether closing the page now would interrupt something. */
  get busy(): boolean {
    return this.all.some((one) => one.stage === "sending" || one.stage === "interrupted");
  }
}

export const uploads = new Uploads();

/** Whether a film that has just come in opens by itself: only for who does nothing else here and has nothing to read first. */
export function opensItself(before: UploadStage, now: Pick<Sending, "stage" | "reel" | "resumption">, alone: boolean): boolean {
  const unheard = now.resumption !== null && (now.resumption.choices === false || now.resumption.otherPrevious);
  return alone && before !== "done" && now.stage === "done" && now.reel !== null && !unheard;
}
