/** What a webhook may be told of, and how one is doing, in words. */
import type { Topic, Webhook } from "../../api/types";
import { count } from "./amounts";

/** Each topic by the name a list has room for, and as what goes on behind "Tell when ...". */
export const TOPICS: Record<Topic, { name: string; when: string }> = {
  approval: { name: "verdicts", when: "a cue is approved or sent back" },
  comment: { name: "comments", when: "somebody comments" },
  notes: { name: "notes", when: "the notes change" },
  take: { name: "takes", when: "a take is there, accepted or rejected" },
  job: { name: "work", when: "work is ordered or has ended" },
  upload: { name: "uploads", when: "a film begins to arrive or is there" },
  reel: { name: "reels", when: "a reel is added, renamed or deleted" },
  project: { name: "the project", when: "the project is renamed" },
  member: { name: "members", when: "somebody joins, leaves or changes role" },
  share: { name: "share links", when: "a share link is made or revoked" },
  webhook: { name: "webhooks", when: "a webhook is added or removed" },
};
export const EVERY_TOPIC = Object.keys(TOPICS) as Topic[];

/** "verdicts, comments"; a webhook without topics is told of everything. */
export function toldOf(topics: readonly string[]): string {
  if (topics.length === 0) return "everything";
  return topics.map((topic) => TOPICS[topic as Topic]?.name ?? topic).join(", ");
}

/** How a webhook is doing: well, in doubt, or given up, and why. */
export function health({ active, failures, why }: Pick<Webhook, "active" | "failures" | "why">): { state: "good" | "near" | "bad"; words: string } {
  const times = `${count(failures, "failure")}${failures > 1 ? " in a row" : ""}${why ? ` (${why})` : ""}`;
  if (!active) return { state: "bad", words: `given up after ${times}: nothing is sent to it any more` };
  if (failures > 0) return { state: "near", words: `${times}: it is tried again by itself, later and later` };
  return { state: "good", words: "active" };
}

/** The address as it is sent, or "" for what is none: names and paths in any script are written as the web wants them. */
export function webAddress(typed: string): string {
  const said = typed.trim();
  if (!/^https?:\/\/\S+$/i.test(said) || !URL.canParse(said)) return "";
  return new URL(said).href;
}
