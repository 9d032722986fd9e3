// Who is looking, in which light, and what the page last had to say to them.
import { ApiError, api } from "../lib/api";
import { Router, link, parse } from "../lib/router.svelte";
import type { Role, Session as Answer } from "../api/types";

export type Light = "dark" | "light" | "system";

/** A sentence at the edge of the page. `act` offers one thing to do about it. */
export interface Message {
  id: number;
  kind: "note" | "problem";
  text: string;
  hint: string;
  act: { label: string; do: () => void } | null;
}

/** A share link that somebody followed who is signed in: whom it would open for, and whether they may see it themselves. */
export interface Offer {
  secret: string;
  guest: Answer;
  member: boolean;
}

const RANK: Record<Role, number> = { viewer: 0, director: 1, editor: 2, composer: 3, owner: 4 };
/** Whether `role` may do what needs at least `least`. */
export const may = (role: Role | null | undefined, least: Role): boolean => role != null && RANK[role] >= RANK[least];

const MESSAGE_MS = 6000;

export class Session {
  who: Answer | null = $state(null);
  state: "asking" | "choosing" | "in" | "out" | "failed" = $state("asking");
  offer: Offer | null = $state.raw(null);
  /** Whether the session ended in a room: that stays as it is behind the sign-in, with all that was typed there. */
  over = $state(false);
  /** How often somebody came back to such a room. */
  returns = $state(0);
  /** Whether a guest has just gone by the door: their link still opens it. */
  left = $state(false);
  problem: ApiError | null = $state(null);
  messages: Message[] = $state([]);
  light: Light = $state("dark");
  readonly router = new Router();
  #next = 1;

  constructor() {
    const kept = read("cuelight.light");
    this.setLight(kept === "light" || kept === "system" ? kept : "dark");
    globalThis.matchMedia?.("(prefers-color-scheme: light)").addEventListener("change", () => this.setLight(this.light));
  }

  /** The light that shows: what "system" comes to. */
  get dark(): boolean {
    return this.light === "dark" || (this.light === "system" && !matchMedia("(prefers-color-scheme: light)").matches);
  }

  setLight(light: Light): void {
    this.light = light;
    keep("cuelight.light", light);
    document.documentElement.dataset["theme"] = this.dark ? "dark" : "light";
  }

  /** Ask who we are; a link that was followed (a token, a share's secret) is exchanged for a cookie first. */
  async begin(): Promise<void> {
    this.state = "asking";
    this.problem = null;
    const route = this.router.route;
    try {
      if (route.name === "sign-in" && route.token) {
        this.#enter(await api.signIn(route.token));
        const next = this.router.wanted;
        this.router.replace(next && parse(next).name !== "sign-in" ? next : link.projects());
      } else if (route.name === "share") {
        await this.#follow(route.secret);
      } else {
        this.#enter(await api.session());
        if (route.name === "sign-in") this.router.replace(link.projects());
        if (route.name === "projects" && this.who?.kind === "share") await this.#openShared(this.who);
      }
    } catch (error) {
      this.problem = error instanceof ApiError ? error : null;
      this.state = this.problem && [400, 401, 403, 404, 410, 422].includes(this.problem.status) ? "out" : "failed";
      if (this.state === "out") this.who = null;
      if (!(error instanceof ApiError)) throw error;
    }
  }

  async signIn(token: string): Promise<void> {
    const who = await api.signIn(token);
    if (this.over) return this.#comeBack(who);
    this.#enter(who);
    this.problem = null;
    // whose session ended in a room goes on there
    if (["sign-in", "share"].includes(this.router.route.name)) this.router.replace(link.projects());
  }

  /** Whether somebody signed in elsewhere, while the session was over here. */
  async look(): Promise<void> {
    const who = this.over ? await api.session().catch(() => null) : null;
    if (who && this.over) this.#comeBack(who);
  }

  /** Leave the offered link: as yourself where you may, else to your own projects. */
  async staySelf(): Promise<void> {
    const offer = this.offer;
    await this.#quietly(async () => {
      if (offer?.member) await this.#openShared(offer.guest);
      else this.router.replace(link.projects());
      this.#settle();
    });
  }

  /** Take the offered link: this browser is the guest's then. */
  async becomeGuest(): Promise<void> {
    const secret = this.offer?.secret ?? "";
    await this.#quietly(async () => {
      await api.signOut().catch(unless(401)); // nobody could use the session any more: its cookie is about to go
      this.#enter(await api.openShare(secret));
      await this.#openShared(this.who);
    });
  }

  async signOut(): Promise<void> {
    await api.signOut();
    this.left = this.who?.kind === "share";
    this.who = null;
    this.state = "out";
    this.problem = null;
    this.router.replace(link.signIn());
  }

  say(text: string, hint = "", act: Message["act"] = null): void {
    this.#post({ id: this.#next++, kind: "note", text, hint, act });
  }

  /** Show what went wrong, in the service's words, and what to do next. */
  complain(error: unknown, act: Message["act"] = null): void {
    if (error instanceof DOMException && error.name === "AbortError") return;
    if (error instanceof ApiError && error.status === 401) {
      this.problem = error;
      this.over = this.#inRoom;
      if (!this.over) this.state = "out";
      return;
    }
    const known = error instanceof ApiError;
    const text = known ? error.message : "Something in this page went wrong.";
    this.#post({ id: this.#next++, kind: "problem", text, hint: known ? error.hint : `${String(error)} - reload the page and try again.`, act });
    if (!known) console.error(error);
  }

  dismiss(id: number): void {
    this.messages = this.messages.filter((m) => m.id !== id);
  }

  /** Whether what is open holds what only this page knows; a guest whose link is dead has no way back to it. */
  get #inRoom(): boolean {
    return this.state === "in" && this.who?.kind === "person" && ["reel", "watch"].includes(this.router.route.name);
  }

  /** Go on where the session ended; for somebody else the page begins anew. */
  #comeBack(who: Answer): void {
    if (who.id !== this.who?.id) return location.reload();
    this.who = who;
    this.over = false;
    this.problem = null;
    this.returns += 1;
  }

  #enter(who: Answer): void {
    this.who = who;
    this.left = false;
    this.#settle();
  }

  #settle(): void {
    this.offer = null;
    this.state = "in";
  }

  /** Open a share link; who is signed in is asked first, for it would take the place of their session. */
  async #follow(secret: string): Promise<void> {
    const who = await api.session().catch(unless(401));
    if (who?.kind !== "person") {
      this.#enter(await api.openShare(secret));
      return this.#openShared(this.who);
    }
    const guest = await api.lookThrough(secret);
    const member = (await api.project(guest.projects[0]?.id ?? "").catch(unless(404))) !== null;
    this.who = who;
    this.offer = { secret, guest, member };
    this.state = "choosing";
  }

  /** Go to what a share link shows: its reel or the project's newest; who may edit goes to the room. */
  async #openShared(shared: Answer | null): Promise<void> {
    const project = shared?.projects[0]?.id;
    if (!project) return this.router.replace(link.projects());
    const reel = shared.reel ?? (await api.reels(project))[0]?.id;
    const role = this.who?.projects.find((one) => one.id === project)?.role;
    const open = may(role, "editor") ? link.reel : link.watch;
    this.router.replace(reel ? open(reel) : link.project(project));
  }

  async #quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.complain(error);
    }
  }

  #post(message: Message): void {
    const same = this.messages.filter((m) => m.text !== message.text || m.hint !== message.hint);
    this.messages = [...same, message].slice(-3);
    if (message.kind === "note") setTimeout(() => this.dismiss(message.id), MESSAGE_MS);
  }
}

/** Take one refusal for an answer: null. */
const unless = (status: number) => (error: unknown): null => {
  if (error instanceof ApiError && error.status === status) return null;
  throw error;
};

/** A small choice kept on this machine; a browser that keeps nothing is fine too. */
export function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // private windows may keep nothing: the choice then lasts as long as the page
  }
}
