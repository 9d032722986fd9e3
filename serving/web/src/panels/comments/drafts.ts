/** Words that were begun and not sent: they outlive the panel they are written in, which goes when another one is opened. */
import { SvelteMap } from "svelte/reactivity";

export class Drafts {
  readonly #words = new SvelteMap<string, string>();

  /** What was begun under a name: "new", "reply:<comment>", "edit:<comment>". */
  of(name: string): string {
    return this.#words.get(name) ?? "";
  }
  keep(name: string, words: string): void {
    if (words) this.#words.set(name, words);
    else this.#words.delete(name);
  }
  forget(name: string): void {
    this.#words.delete(name);
  }
  /** Which of two pens lies at a comment with words of its own: an answer, or the comment itself changed. */
  begun(comment: { id: string; text: string }): "edit" | "reply" | "" {
    const edited = this.of(`edit:${comment.id}`);
    if (edited && edited !== comment.text) return "edit";
    return this.of(`reply:${comment.id}`) ? "reply" : "";
  }
}

/** Of one visit to a room: whoever signs in after that finds none. */
const kept = new WeakMap<object, Drafts>();

export function draftsOf(review: object): Drafts {
  const drafts = kept.get(review) ?? new Drafts();
  kept.set(review, drafts);
  return drafts;
}
