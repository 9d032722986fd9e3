// A short list that a person reads and changes: read, changed by one deed at a time, read again after it.
import { ApiError } from "../lib/api";
import { latest } from "../lib/latest";
import type { Session } from "./session.svelte";

export class Listed<T> {
  items: T[] = $state.raw([]);
  reading: "loading" | "ready" | "failed" = $state("loading");
  /** The deed under way, by the name it was given; empty while there is none. */
  busy = $state("");
  /** Why the list could not be read, or its last deed not be done: it is shown where the list is. */
  problem: ApiError | null = $state.raw(null);

  constructor(
    private readonly session: Pick<Session, "complain">,
    private readonly ask: () => Promise<T[]>,
  ) {}

  /** Read it; what was read before stays when it cannot be read again. */
  read = latest(async () => {
    try {
      this.items = await this.ask();
      this.reading = "ready";
    } catch (error) {
      if (this.reading !== "ready") this.reading = "failed";
      this.#refused(error);
    }
  });

  /** Begin again with what nobody complained of. */
  again = async (): Promise<void> => {
    this.reading = "loading";
    this.problem = null;
    await this.read();
  };

  /** Do a deed, if there is one, then read what has become of the list; tells whether it was done. */
  run = async (name: string, deed?: () => Promise<unknown>): Promise<boolean> => {
    if (this.busy) return false;
    this.busy = name;
    this.problem = null;
    let done = true;
    try {
      await deed?.();
    } catch (error) {
      done = false;
      this.#refused(error);
    }
    await this.read();
    this.busy = "";
    return done;
  };

  /** Say it here; only that nobody is signed in any more concerns the whole page. */
  #refused(error: unknown): void {
    if (error instanceof ApiError && error.status !== 401) this.problem = error;
    else this.session.complain(error);
  }
}
