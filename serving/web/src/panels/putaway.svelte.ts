/** Ends of jobs that somebody has read and put away; kept on this machine. */
import { keep, read } from "../state/session.svelte";

const NAME = "cuelight.putaway";
const MOST = 100;

class PutAway {
  #ids: string[] = $state((read(NAME) ?? "").split(" ").filter(Boolean));

  has(job: string): boolean {
    return this.#ids.includes(job);
  }
  add(job: string): void {
    this.#ids = [...this.#ids.filter((id) => id !== job), job].slice(-MOST);
    keep(NAME, this.#ids.join(" "));
  }
}

export const putAway = new PutAway();
