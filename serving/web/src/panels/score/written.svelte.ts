/** What was written of takes, fetched once each: the time map (bars, beats, pages) and the notes of the piano roll. */
import { SvelteMap } from "svelte/reactivity";
import { ask } from "../../lib/api";
import type { Take } from "../../api/types";
import type { Roll } from "./roll";
import { fileNamed } from "./takes";
import type { TimeMap } from "./timemap";

/** A document, or how far it is from being one. */
export type Found<T> = T | "loading" | "missing" | "failed";

class Shelf<T> {
  readonly #found = new SvelteMap<string, Found<T>>();
  constructor(readonly file: string) {}

  /** The document of a take as far as it is known; reading it in an effect or a template follows it. */
  of(take: Take | null): Found<T> {
    return (take && this.#found.get(take.id)) ?? "loading";
  }

  /** Fetch the document unless that was done or is under way; `again` after a failure. */
  async fetch(take: Take, again = false): Promise<void> {
    if (this.#found.has(take.id) && !again) return;
    const file = fileNamed(take, this.file);
    this.#found.set(take.id, file ? "loading" : "missing");
    if (!file) return;
    try {
      this.#found.set(take.id, (await (await ask(`takes/${encodeURIComponent(take.id)}/files/${file.name}`)).json()) as T);
    } catch {
      this.#found.set(take.id, "failed");
    }
  }
}

export const times = new Shelf<TimeMap>("timemap.json");
export const rolls = new Shelf<Roll>("notes.json");
