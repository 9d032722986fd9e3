// What the API's answers look like to the page. Names and shapes follow openapi.json; tests/api.test.ts holds them to it.
import type { Frame } from "../lib/time";
import type { Notes, ScoredCue } from "../lib/documents";

export type Role = "owner" | "composer" | "editor" | "director" | "viewer";
export type JobKind = "spot" | "themes" | "score" | "deliver";
export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";
export type Verdict = "approved" | "changes";
export type TakeState = "proposed" | "accepted" | "rejected";

/** RFC 9457, as serving/problems.py writes it. */
export interface Problem {
  type?: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  hint?: string;
  instance?: string;
  errors?: { field: string; message?: string; [key: string]: unknown }[];
  [key: string]: unknown;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Session {
  name: string;
  role?: Role | null;
  person?: { id: string; name: string; admin?: boolean } | null;
  share?: { id: string; name: string; project: string; reel: string | null; role: Role; expires: number } | null;
  projects?: { id: string; name: string; role: Role }[];
}

export interface Project {
  id: string;
  name: string;
  role: Role;
  version: number;
  created: number;
  reels?: number;
  bytes?: number;
  [key: string]: unknown;
}

export interface Reel {
  id: string;
  project: string;
  name: string;
  cut: string;
  previous: string | null;
  facts: Notes["reel"] | null;
  revision: number;
  version: number;
  created: number;
  ready?: boolean;
  job?: string | null;
  [key: string]: unknown;
}

export interface NotesDocument {
  revision: number;
  author: string;
  author_name?: string;
  created: number;
  summary?: string;
  notes: Notes;
}

export interface RevisionLine {
  revision: number;
  author: string;
  author_name?: string;
  summary: string;
  created: number;
  [key: string]: unknown;
}

export interface Comment {
  id: string;
  reel: string;
  frame: Frame;
  cue: string | null;
  text: string;
  author: string;
  author_name: string;
  author_role: Role;
  resolved: boolean;
  version: number;
  created: number;
}

export interface Approval {
  cue: string;
  role: Role;
  verdict: Verdict;
  text: string;
  author: string;
  author_name: string;
  revision: number;
  take: string | null;
  created: number;
}

export interface TakeFile {
  bytes: number;
  media_type: string;
  sha256?: string;
  url?: string;
}

export interface Take {
  id: string;
  reel: string;
  cue: string;
  job: string;
  revision: number;
  state: TakeState;
  record: ScoredCue;
  files: Record<string, TakeFile>;
  created: number;
}

export interface Job {
  id: string;
  project: string;
  reel: string | null;
  kind: JobKind;
  params: Record<string, unknown>;
  state: JobState;
  attempt: number;
  progress: { stage?: string; done?: number; total?: number; stages?: string[]; [key: string]: unknown };
  result: Record<string, unknown> | null;
  problem: Problem | null;
  created: number;
  started: number | null;
  finished: number | null;
}

export interface Share {
  id: string;
  name: string;
  role: Role;
  reel: string | null;
  created: number;
  expires: number;
  revoked?: boolean;
  url?: string;
  secret?: string;
}

/** A change in a 412: what somebody else, or you, did since the revision you began from. */
export interface Change {
  what?: string;
  id?: string;
  text?: string;
  [key: string]: unknown;
}

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
