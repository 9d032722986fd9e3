/** The piano rolls of takes (notes.json), fetched once each. */
import { SvelteMap } from "svelte/reactivity";
import { ask } from "../../lib/api";
import type { Take } from "../../api/types";
import type { Roll } from "./roll";
import { fileNamed } from "./takes";

/** A roll, or how far it is from being one. */
export type Found = Roll | "loading" | "missing" | "failed";

class Rolls {
  readonly #found = new SvelteMap<string, Found>();

  /** The roll of a take as far as it is known; reading it in an effect or a template follows it. */
  of(take: Take): Found {
    return this.#found.get(take.id) ?? "loading";
  }

  /** Fetch it unless that was done or is under way; `again` after a failure. */
  async fetch(take: Take, again = false): Promise<void> {
    if (this.#found.has(take.id) && !again) return;
    const file = fileNamed(take, "notes.json");
    this.#found.set(take.id, file ? "loading" : "missing");
    if (!file) return;
    try {
      this.#found.set(take.id, (await (await ask(`takes/${encodeURIComponent(take.id)}/files/${file.name}`)).json()) as Roll);
    } catch {
      this.#found.set(take.id, "failed");
    }
  }
}

export const rolls = new Rolls();
