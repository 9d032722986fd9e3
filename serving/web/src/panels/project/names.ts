/** Names for the ids of the audit log, read where they can be had; what was deleted has none any more. */
import type { Deed, Job, Reel, Share, Webhook } from "../../api/types";
import { ApiError, all, api } from "../../lib/api";
import { kindName } from "../words/jobs";
import type { Known, Place } from "../words/deeds";
import { hostOf } from "../words/topics";

const within = (project: string, list: string): string => `projects/${encodeURIComponent(project)}/${list}`;

export class Names implements Known {
  readonly names = new Map<string, string>();
  readonly places = new Map<string, Place>();
  readonly verdicts = new Map<string, { verdict: string; created: string }>();
  readonly #asked = new Set<string>();
  readonly #reels: readonly string[];

  constructor(
    private readonly project: string,
    reels: readonly Pick<Reel, "id" | "name" | "cut">[],
    jobs: readonly Pick<Job, "id" | "kind" | "reel">[],
  ) {
    this.#reels = reels.map((reel) => reel.id);
    for (const reel of reels) this.names.set(reel.id, `${reel.name}, ${reel.cut}`);
    for (const job of jobs) {
      this.names.set(job.id, `the ${kindName(job.kind).toLowerCase()}`);
      if (job.reel) this.places.set(job.id, { reel: job.reel });
    }
  }

  /** Find out what these deeds are about; each list is read once, and only if a deed needs it. */
  async learn(deeds: readonly Deed[]): Promise<void> {
    for (const deed of deeds) if (deed.actor_name) this.names.set(deed.actor, deed.actor_name);
    const of = (topic: string): Deed[] => deeds.filter((deed) => deed.action.startsWith(`${topic}.`));
    const lost = (topic: string): boolean => of(topic).some((deed) => !this.places.has(deed.target));
    const [comments, takes] = [lost("comment"), lost("take")];
    const judged = new Set(of("approval").map((deed) => deed.target.split("/")[0] ?? ""));
    await Promise.all([
      of("member").length > 0 && this.#once("members", () => this.#people()),
      of("share").length > 0 && this.#once("shares", () => this.#shares()),
      of("webhook").length > 0 && this.#once("webhooks", () => this.#webhooks()),
      ...this.#reels.flatMap((reel) => [
        comments && this.#once(`comments ${reel}`, () => this.#comments(reel)),
        takes && this.#once(`takes ${reel}`, () => this.#takes(reel)),
        judged.has(reel) && this.#once(`approvals ${reel}`, () => this.#approvals(reel)),
        judged.has(reel) && this.#once(`notes ${reel}`, () => this.#cues(reel)),
      ]),
    ]);
  }

  /** A list that cannot be read leaves its sentences without names: the log itself is what matters. */
  async #once(what: string, read: () => Promise<void>): Promise<void> {
    if (this.#asked.has(what)) return;
    this.#asked.add(what);
    try {
      await read();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  async #people(): Promise<void> {
    for (const { person, name } of await all<{ person: string; name: string }>(within(this.project, "members"))) this.names.set(person, name);
  }
  async #shares(): Promise<void> {
    for (const { id, name } of await all<Share>(within(this.project, "shares"))) this.names.set(id, name);
  }
  async #webhooks(): Promise<void> {
    for (const { id, url } of await all<Webhook>(within(this.project, "webhooks"))) this.names.set(id, hostOf(url));
  }
  async #comments(reel: string): Promise<void> {
    for (const { id, frame } of await api.comments(reel)) this.places.set(id, { reel, frame });
  }
  async #takes(reel: string): Promise<void> {
    for (const { id, cue, record } of await api.takes(reel)) {
      this.places.set(id, { reel, cue });
      if (!this.names.has(`${reel}/${cue}`)) this.names.set(`${reel}/${cue}`, record.number);
    }
  }
  async #approvals(reel: string): Promise<void> {
    for (const { cue, author, verdict, created } of await api.approvals(reel)) this.verdicts.set(`${reel}/${cue} ${author}`, { verdict, created });
  }
  async #cues(reel: string): Promise<void> {
    for (const { id, number } of (await api.notes(reel)).body.notes.cues) this.names.set(`${reel}/${id}`, number);
  }
}
