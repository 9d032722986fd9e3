/** Who did what, in sentences: the lines of the audit log, with the names that could be found for what they are about. */
import type { Deed } from "../../api/types";
import { day } from "./amounts";
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
  "key.create": "made a key for this project",
  "key.revoke": "took back a key",
  "member.remove": "took {person} out of the project",
  "member.set": "gave {person} a role",
  "notes.edit": "changed the notes of {reel}",
  "person.create": "let {person} in",
  "person.invite": "made an invitation for {person}",
  "project.change": "renamed the project",
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
  "webhook.delete": "removed the webhook to {webhook}",
};

/** What stands where no name is known: what it is about was deleted, or could not be read. */
const UNNAMED: Record<string, string> = {
  cue: "a cue",
  job: "the work",
  person: "somebody",
  reel: "a reel",
  share: "somebody",
  verdict: "judged",
  webhook: "a program",
};

/** Where in a reel something is. */
export interface Place {
  reel: string;
  cue?: string | null;
  frame?: number;
}

/** What could be found out about the log's ids. */
export interface Known {
  /** People, shares, webhooks, jobs and reels by id; cues by `reel/cue`. */
  names: ReadonlyMap<string, string>;
  /** Jobs, comments and takes by id. */
  places: ReadonlyMap<string, Place>;
  /** What was last said of a cue, by `reel/cue` and who said it. */
  verdicts: ReadonlyMap<string, { verdict: string; created: string }>;
}

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

/** A verdict belongs to a line that was written in the same moment. */
const SAME_MOMENT_S = 5;
/** Deeds further apart than this are told one by one. */
const IN_A_ROW_S = 3600;

/** What somebody did, as it goes on behind their name. */
export function partsOf(deed: Deed, known: Known): Part[] {
  const words = DEEDS[deed.action] ?? `did “${deed.action.replaceAll(".", " ")}”`;
  const place = placeOf(deed, known);
  return words.split(/(\{\w+\})/).flatMap((piece) => {
    const slot = /^\{(\w+)\}$/.exec(piece)?.[1];
    if (!slot) return piece ? [{ text: piece }] : [];
    const text = named(slot, deed, place, known) ?? UNNAMED[slot] ?? slot;
    if (slot !== "reel" || !place || !known.names.has(place.reel)) return [{ text }];
    return [{ text, reel: place.reel, ...(place.frame === undefined ? {} : { frame: place.frame }) }];
  });
}

/** The whole sentence, without its links. */
export const sentenceOf = (deed: Deed, known: Known): string =>
  [whoOf(deed), " ", ...partsOf(deed, known).map((part) => part.text)].join("");

export const whoOf = (deed: Deed): string => deed.actor_name || "Somebody";

function placeOf({ action, target }: Deed, known: Known): Place | null {
  const [topic] = action.split(".");
  if (topic === "reel" || topic === "notes") return { reel: target };
  if (topic !== "approval") return known.places.get(target) ?? null;
  const [reel = "", cue = ""] = target.split("/");
  return { reel, cue };
}

function named(slot: string, deed: Deed, place: Place | null, known: Known): string | undefined {
  if (slot === "reel") return place ? known.names.get(place.reel) : undefined;
  if (slot === "cue") return place?.cue ? known.names.get(`${place.reel}/${place.cue}`) : undefined;
  if (slot !== "verdict") return known.names.get(deed.target);
  const said = known.verdicts.get(`${deed.target} ${deed.actor}`);
  if (!said || Math.abs(when(said.created) - when(deed.created)) > SAME_MOMENT_S) return undefined;
  return said.verdict === "approved" ? "approved" : "asked for changes to";
}

/** Newest first: what was done again and again is one line, and so is an upload whose reel is told of anyway. */
export function gathered(deeds: readonly Deed[], known: Known): Line[] {
  const lines: Line[] = [];
  for (const [index, deed] of deeds.entries()) {
    const before = deeds[index + 1];
    if (deed.action === "upload.complete" && before?.action === "reel.create" && before.actor === deed.actor) continue;
    const last = lines.at(-1);
    const after = deeds[index - 1];
    if (last && after && alike(last.deed, deed, known) && when(after.created) - when(deed.created) < IN_A_ROW_S) last.times += 1;
    else lines.push({ deed, times: 1 });
  }
  return lines;
}

/** Two deeds are one line only if the sentence is true of both: a verdict may have turned in between. */
const alike = (a: Deed, b: Deed, known: Known): boolean =>
  a.actor === b.actor && a.target === b.target && sentenceOf(a, known) === sentenceOf(b, known) && day(when(a.created)) === day(when(b.created));

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
