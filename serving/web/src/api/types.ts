// The API's answers by the names the page uses. The shapes come from openapi.json (schema.d.ts, generated); where a
// member is a document of model/, its type is the document's (../lib/documents.ts).
import type { Notes, TakeRecord } from "../lib/documents";
import type { Frame } from "../lib/time";
import type { components } from "./schema";

type Schemas = components["schemas"];
type With<T, More> = Omit<T, keyof More> & More;

/** UTC, as ISO 8601 writes it: comparable as text. */
export type Moment = string;
export type Role = Schemas["Role"];
export type JobKind = Schemas["JobKind"];
export type JobState = Schemas["JobState"];
export type Verdict = Schemas["Verdict"];
export type TakeState = Schemas["TakeState"];

/** RFC 9457, as serving/problems.py writes it; collisions and limits have more members. */
export type Problem = Partial<Schemas["Problem"]> &
  Pick<Schemas["Problem"], "title" | "status" | "detail" | "code"> & { [key: string]: unknown };

export interface Page<T> {
  items: T[];
  next?: string | null;
}

export type Session = Schemas["Session"];
export type Project = Schemas["ProjectOut"];
export type Reel = With<Schemas["ReelOut"], { facts: Notes["reel"] | null }>;
export type NotesDocument = With<Schemas["NotesOut"], { notes: Notes }>;
export type Preview = With<Schemas["PreviewOut"], { notes: Notes }>;
export type RevisionLine = Schemas["RevisionOut"];
export type Comment = With<Schemas["CommentOut"], { frame: Frame }>;
export type Approval = Schemas["ApprovalOut"];
export type TakeFile = Schemas["TakeFile"];
export type Take = With<Schemas["TakeOut"], { record: TakeRecord }>;
export type Themes = Schemas["ThemesOut"];
export type Share = Schemas["ShareOut"] & Partial<Pick<Schemas["ShareMade"], "token" | "url">>;
export type Webhook = Schemas["WebhookOut"] & Partial<Pick<Schemas["WebhookMade"], "secret">>;
export type Topic = NonNullable<Schemas["WebhookNew"]["topics"]>[number];
/** A line of the audit log: who did what to what. */
export type Deed = Schemas["AuditOut"];
export type Upload = Schemas["UploadOut"];

/** Where a job stands: the stage under way, how far it is, and the stages there are. */
export interface JobProgress {
  stage?: string;
  done?: number;
  total?: number;
  stages?: { name: string; state: string }[];
  [key: string]: unknown;
}
/** Why a job failed. */
export interface JobProblem {
  code?: string;
  message?: string;
  hint?: string;
  [key: string]: unknown;
}
export type Job = With<Schemas["JobOut"], { progress: JobProgress; problem: JobProblem | null }>;

/** A difference between two states of the notes, in words and in fields. */
export type Change = Schemas["DifferenceOut"];

/** A 412: what somebody else did since the revision we began from, what we were about to do, and where both cannot be. */
export interface Collision extends Problem {
  base: number;
  current: number;
  theirs: Change[];
  yours: Change[];
  clashes: Change[];
}

export interface ServerEvent {
  id: string;
  topic: string;
  data: Record<string, unknown>;
}
