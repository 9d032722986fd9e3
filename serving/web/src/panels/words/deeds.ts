/** Who did what, in sentences: the lines of the audit log, with the names of what they are about as the log has them. */
import type { Deed } from "../../api/types";
import { day } from "./amounts";
import { kindName } from "./jobs";
import { when } from "./when";

/** Every action of the audit log, as it goes on behind a name; a test compares the list with the service. */
export const DEEDS: Record<string, string> = {
  "approval.remove": "took back a verdict on {cue} of {reel}",
  "approval.set": "{verdict} {cue} of {reel}",
  "comment.change": "changed or resolved a comment on {reel}",
  "comment.create": "commented on {reel}",
  "comment.delete": "deleted a comment",
  "job.cancel": "stopped {job} for {reel}",
  "job.create.deliver": "asked for an archive of {reel}",
  "job.create.score": "asked for a temp score of {reel}",
  "job.create.spot": "had {reel} spotted again",
  "job.create.themes": "asked for the themes of {reel}",
  "job.retry": "let {job} for {reel} go on",
  "key.create": "made {key} for this project",
  "key.revoke": "took back {key}",
  "member.remove": "took {person} out of the project",
  "member.set": "gave {person} {role}",
  "notes.edit": "changed the notes of {reel}",
  "person.create": "let {person} in",
  "person.invite": "made an invitation for {person}",
  "project.change": "renamed the project{to}",
  "project.create": "made the project",
  "project.delete": "deleted the project",
  "reel.change": "changed the details of {reel}",
  "reel.create": "uploaded {reel}",
  "reel.delete": "deleted {reel}",
  "session.begin": "signed in",
  "session.end": "signed out",
  "share.create": "made a share link for {share}",
  "share.revoke": "took back the share link of {share}",
  "take.accepted": "accepted a take of {cue} of {reel}",
  "take.proposed": "put a take of {cue} of {reel} back among the proposals",
  "take.rejected": "rejected a take of {cue} of {reel}",
  "upload.complete": "finished an upload",
  "upload.create": "began an upload",
  "upload.delete": "dropped an upload",
  "webhook.create": "added a webhook to {webhook}",
  "webhook.resume": "let the webhook to {webhook} go on",
  "webhook.delete": "removed the webhook to {webhook}",
};

/** What stands where the log does not say it. */
const UNNAMED: Record<string, string> = {
  cue: "a cue",
  job: "the work",
  key: "a key",
  person: "somebody",
  reel: "a reel",
  role: "a role",
  share: "somebody",
  to: "",
  verdict: "judged",
  webhook: "a program",
};

/** Names of the reels that are there, by id. */
export type Reels = ReadonlyMap<string, string>;

/** A piece of a sentence; one that names a reel can lead there. */
export interface Part {
  text: string;
  reel?: string;
  frame?: number;
}

/** The same deed of the same person, done so many times in a row. */
export interface Line {
  deed: Deed;
  times: number;
}

/** Deeds further apart than this are told one by one. */
const IN_A_ROW_S = 3600;

/** What somebody did, as it goes on behind their name. */
export function partsOf(deed: Deed, reels: Reels): Part[] {
  const words = DEEDS[deed.action] ?? `did “${deed.action.replaceAll(".", " ")}”`;
  return words.split(/(\{\w+\})/).flatMap((piece) => {
    const slot = /^\{(\w+)\}$/.exec(piece)?.[1];
    const text = slot ? (named(slot, deed, reels) ?? UNNAMED[slot] ?? slot) : piece;
    if (!text) return [];
    const reel = reelOf(deed);
    if (slot !== "reel" || !reels.has(reel)) return [{ text }];
    const frame = deed.data["frame"];
    return [{ text, reel, ...(typeof frame === "number" ? { frame } : {}) }];
  });
}

/** The whole sentence, without its links. */
export const sentenceOf = (deed: Deed, reels: Reels): string =>
  [whoOf(deed), " ", ...partsOf(deed, reels).map((part) => part.text)].join("");

export const whoOf = (deed: Deed): string => deed.actor_name || "Somebody";

const reelOf = ({ action, target, data }: Deed): string => said(data, "reel") ?? (/^(reel|notes)\./.test(action) ? target : "");

const said = (data: Deed["data"], name: string): string | undefined => {
  const value = data[name];
  return typeof value === "string" && value !== "" ? value : undefined;
};

function named(slot: string, deed: Deed, reels: Reels): string | undefined {
  const { data } = deed;
  const name = said(data, "name");
  switch (slot) {
    case "reel": {
      const title = deed.action.startsWith("reel.") ? name : undefined;
      return reels.get(reelOf(deed)) ?? (title && [title, said(data, "cut")].filter(Boolean).join(", "));
    }
    case "cue":
      return said(data, "number");
    case "job":
      return said(data, "kind") && `the ${kindName(said(data, "kind") ?? "").toLowerCase()}`;
    case "key":
      return name && `the key “${name}”`;
    case "role":
      return said(data, "role") && `the role of ${said(data, "role")}`;
    case "to":
      return name && ` to “${name}”`;
    case "verdict":
      return { approved: "approved", changes: "asked for changes to" }[said(data, "verdict") ?? ""];
    default:
      return name;
  }
}

/** Newest first: what was done again and again is one line, and so is an upload whose reel is told of anyway. */
export function gathered(deeds: readonly Deed[], reels: Reels): Line[] {
  const lines: Line[] = [];
  for (const [index, deed] of deeds.entries()) {
    const before = deeds[index + 1];
    if (deed.action === "upload.complete" && before?.action === "reel.create" && before.actor === deed.actor) continue;
    const last = lines.at(-1);
    const after = deeds[index - 1];
    if (last && after && alike(last.deed, deed, reels) && when(after.created) - when(deed.created) < IN_A_ROW_S) last.times += 1;
    else lines.push({ deed, times: 1 });
  }
  return lines;
}

/** Two deeds are one line only if the sentence is true of both. */
const alike = (a: Deed, b: Deed, reels: Reels): boolean =>
  a.actor === b.actor && a.target === b.target && sentenceOf(a, reels) === sentenceOf(b, reels) && day(when(a.created)) === day(when(b.created));

/** Lines under the day they happened on: "Today", "Yesterday", "12 Mar 2026". */
export function byDay(lines: readonly Line[], now: number): { day: string; lines: Line[] }[] {
  const days: { day: string; lines: Line[] }[] = [];
  for (const line of lines) {
    const date = day(when(line.deed.created));
    const name = date === day(now) ? "Today" : date === day(now - 86_400) ? "Yesterday" : date;
    if (days.at(-1)?.day !== name) days.push({ day: name, lines: [] });
    days.at(-1)?.lines.push(line);
  }
  return days;
}
