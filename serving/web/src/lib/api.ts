// One small client over fetch: JSON in and out, problems as errors that people can read, ETags and idempotency keys.
import type {
  Approval, Comment, Job, NotesDocument, Page, Preview, Problem, Project, Reel, RevisionLine, Session, Share, Take, Themes, Verdict,
} from "../api/types";
import type { Edit, Lanes } from "./documents";

/** An answer that says no. `problem` is the service's own account of it; its `hint` says what to do next. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "ApiError";
  }
  get status(): number {
    return this.problem.status;
  }
  get code(): string {
    return this.problem.code;
  }
  get hint(): string {
    return this.problem.hint ?? "";
  }
}

export interface Asking {
  method?: string;
  body?: unknown;
  /** The version the change begins from: `"r7"`, `"v3"`. */
  match?: string;
  /** Makes a POST safe to send again; give the same key to the same deed. */
  key?: string;
  /** Changes nothing that somebody made, whatever its method. */
  looks?: boolean;
  /** Ask as whoever has this share link, without becoming them. */
  share?: string;
  signal?: AbortSignal | undefined;
}

/** An answer with its ETag. */
export interface Versioned<T> {
  body: T;
  etag: string;
}

/** Where the API is. */
export const address = (path: string): string => `/v1/${path.replace(/^\//, "")}`;

const unreachable = (cause: unknown, changes: boolean): ApiError =>
  new ApiError({
    title: "The service does not answer",
    status: 0,
    detail: "Cuelight cannot be reached just now.",
    hint: changes ? "Your last change was not saved. Check the connection and try again." : "Check the connection and try again.",
    code: "unreachable",
    cause: String(cause),
  });

async function refusal(answer: Response): Promise<ApiError> {
  const fallback: Problem = {
    title: answer.statusText || "The service could not answer",
    status: answer.status,
    detail: `The service answered ${answer.status}.`,
    code: `http-${answer.status}`,
    hint: "Try again; if it stays so, tell whoever runs this Cuelight.",
  };
  const body: unknown = await answer.json().catch(() => null);
  return new ApiError(typeof body === "object" && body !== null ? { ...fallback, ...body } : fallback);
}

export async function ask(path: string, asking: Asking = {}): Promise<Response> {
  const headers = new Headers({ Accept: "application/json" });
  if (asking.body !== undefined) headers.set("Content-Type", "application/json");
  if (asking.match) headers.set("If-Match", asking.match);
  if (asking.key) headers.set("Idempotency-Key", asking.key);
  if (asking.share) headers.set("X-Cuelight-Share", asking.share);
  const init: RequestInit = { method: asking.method ?? "GET", headers, credentials: "same-origin" };
  if (asking.body !== undefined) init.body = JSON.stringify(asking.body);
  if (asking.signal) init.signal = asking.signal;
  const answer = await fetch(address(path), init).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw unreachable(cause, (asking.method ?? "GET") !== "GET" && !asking.looks);
  });
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

export async function versioned<T>(path: string, asking: Asking = {}): Promise<Versioned<T>> {
  const answer = await ask(path, asking);
  const body = answer.status === 204 ? undefined : await answer.json();
  return { body: body as T, etag: answer.headers.get("ETag") ?? "" };
}

export const json = async <T>(path: string, asking: Asking = {}): Promise<T> => (await versioned<T>(path, asking)).body;

/** Every item of a keyset list, page after page; for lists a person can read. */
export async function all<T>(path: string, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const joint: string = path.includes("?") ? "&" : "?";
    const page: Page<T> = await json<Page<T>>(cursor ? `${path}${joint}cursor=${encodeURIComponent(cursor)}` : path, { signal });
    items.push(...page.items);
    cursor = page.next ?? null;
  } while (cursor);
  return items;
}

/** A new idempotency key: one per deed, kept when the deed is sent again. `randomUUID` is there only over https. */
export const newKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const id = encodeURIComponent;

export const api = {
  session: () => json<Session>("session"),
  signIn: (token: string) => json<Session>("session", { method: "POST", body: { token }, looks: true }),
  lookThrough: (share: string) => json<Session>("session", { share }),
  openShare: (share: string) => json<Session>("session", { method: "POST", body: { share }, looks: true }),
  signOut: () => json<void>("session", { method: "DELETE", looks: true }),

  projects: () => all<Project>("projects"),
  project: (project: string) => versioned<Project>(`projects/${id(project)}`),
  makeProject: (name: string, key: string) => json<Project>("projects", { method: "POST", body: { name }, key }),
  renameProject: (project: string, name: string, match: string) =>
    versioned<Project>(`projects/${id(project)}`, { method: "PATCH", body: { name }, match }),
  deleteProject: (project: string, match: string) => json<void>(`projects/${id(project)}`, { method: "DELETE", match }),
  reels: (project: string) => all<Reel>(`projects/${id(project)}/reels`),
  shares: (project: string) => all<Share>(`projects/${id(project)}/shares`),
  revokeShare: (project: string, share: string) => json<void>(`projects/${id(project)}/shares/${id(share)}`, { method: "DELETE" }),

  reel: (reel: string) => versioned<Reel>(`reels/${id(reel)}`),
  deleteReel: (reel: string, match: string) => json<void>(`reels/${id(reel)}`, { method: "DELETE", match }),
  lanes: (reel: string) => json<Lanes>(`reels/${id(reel)}/lanes`),
  waveform: async (reel: string): Promise<ArrayBuffer> => (await ask(`reels/${id(reel)}/waveform`)).arrayBuffer(),
  /** A picture of a reel at the address that means these very pictures, so that the browser may keep it. */
  thumbnailUrl: (reel: Reel, n: number) => (reel.media.thumbnails ?? "").replace("{n}", String(n)),

  notes: (reel: string, revision?: number) =>
    versioned<NotesDocument>(`reels/${id(reel)}/notes${revision === undefined ? "" : `?revision=${revision}`}`),
  revisions: (reel: string) => all<RevisionLine>(`reels/${id(reel)}/notes/revisions`),
  edit: (reel: string, edits: Edit[], summary: string, match: string, key: string) =>
    versioned<NotesDocument>(`reels/${id(reel)}/notes/edits`, { method: "POST", body: { edits, summary }, match, key }),
  preview: (reel: string, coverage: number, signal?: AbortSignal) =>
    json<Preview>(`reels/${id(reel)}/notes/preview`, { method: "POST", body: { coverage }, looks: true, signal }),
  notesPageUrl: (reel: string) => address(`reels/${id(reel)}/notes/page`),
  notesFileUrl: (reel: string, exporter: string) => address(`reels/${id(reel)}/notes/files/${id(exporter)}`),

  comments: (reel: string) => all<Comment>(`reels/${id(reel)}/comments`),
  comment: (reel: string, body: { frame: number; cue?: string | null; text: string }, key: string) =>
    json<Comment>(`reels/${id(reel)}/comments`, { method: "POST", body, key }),
  changeComment: (comment: Comment, change: { text?: string; resolved?: boolean }) =>
    json<Comment>(`comments/${id(comment.id)}`, { method: "PATCH", body: change, match: `"v${comment.version}"` }),
  deleteComment: (comment: Comment) =>
    json<void>(`comments/${id(comment.id)}`, { method: "DELETE", match: `"v${comment.version}"` }),

  approvals: (reel: string) => all<Approval>(`reels/${id(reel)}/approvals`),
  judge: (reel: string, cue: string, verdict: Verdict, text: string, take?: string) =>
    json<Approval>(`reels/${id(reel)}/cues/${id(cue)}/approval`, {
      method: "PUT",
      body: { verdict, text, ...(take ? { take } : {}) },
    }),
  unjudge: (reel: string, cue: string) => json<void>(`reels/${id(reel)}/cues/${id(cue)}/approval`, { method: "DELETE" }),

  takes: (reel: string, cue?: string) => all<Take>(`reels/${id(reel)}/takes${cue ? `?cue=${id(cue)}` : ""}`),
  acceptTake: (take: string) => json<Take>(`takes/${id(take)}/accept`, { method: "POST" }),
  rejectTake: (take: string) => json<Take>(`takes/${id(take)}/reject`, { method: "POST" }),
  takeFileUrl: (take: string, name: string) => address(`takes/${id(take)}/files/${name.split("/").map(id).join("/")}`),
  themes: (reel: string) => json<Themes>(`reels/${id(reel)}/themes`),

  jobs: (reel: string) => all<Job>(`jobs?reel=${id(reel)}`),
  projectJobs: (project: string) => all<Job>(`jobs?project=${id(project)}`),
  job: (job: string) => json<Job>(`jobs/${id(job)}`),
  start: (kind: Job["kind"], reel: string, params: Record<string, unknown>, key: string) =>
    json<Job>("jobs", { method: "POST", body: { kind, reel, params }, key }),
  cancel: (job: string) => json<Job>(`jobs/${id(job)}/cancel`, { method: "POST" }),
  watchWithout: (reel: Reel, choice: string) =>
    json<Reel>(`reels/${id(reel.id)}`, { method: "PATCH", body: { choices: { [choice]: null } }, match: `"v${reel.version}"` }),
  retry: (job: string) => json<Job>(`jobs/${id(job)}/retry`, { method: "POST" }),
  jobFileUrl: (job: string) => address(`jobs/${id(job)}/file`),
};
