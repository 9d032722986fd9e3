/** Jobs in words: what is being made, how far it is, and what a person can do when it ends otherwise than wished. */

import { roughly } from "./amounts";
import { explainProblem } from "./problems";
import { when } from "./when";

export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";
export type JobKind = "spot" | "themes" | "score" | "deliver";

/** The members of a job that words are made of. */
export interface JobLike {
  kind: string;
  state: string;
  attempt?: number;
  progress?: { stage?: string; done?: number; total?: number; stages?: unknown } | null;
  problem?: unknown;
  started?: string | number | null;
  finished?: string | number | null;
}

export interface StageView {
  name: string;
  label: string;
  state: "waiting" | "going" | "done";
  share: number | null;
}

const KINDS: Record<string, string> = {
  spot: "Spotting",
  themes: "Themes",
  score: "Temp score",
  deliver: "Delivery",
};

/** The stages of each kind in their order; a stage the service names besides them is shown under its own name. */
const STAGES: Record<string, readonly string[]> = {
  spot: ["probe", "watch", "picture", "spot", "lanes"],
  themes: ["devise", "play the themes", "engrave"],
  score: ["compose", "perform", "engrave"],
  deliver: ["collect", "pack"],
};

const LABELS: Record<string, string> = {
  probe: "Read the file",
  watch: "Watch and listen",
  picture: "Prepare picture and sound",
  spot: "Spot",
  lanes: "Draw the lanes",
  devise: "Find who has a theme",
  "play the themes": "Write and play the themes",
  compose: "Compose",
  perform: "Perform",
  engrave: "Engrave",
  mix: "Mix",
  preview: "Preview film",
  deliver: "Write the files",
  collect: "Collect the files",
  pack: "Pack the archive",
};

export const ended = (job: JobLike): boolean => ["done", "failed", "cancelled"].includes(job.state);
export const kindName = (kind: string): string => KINDS[kind] ?? capital(kind);
export const stageName = (stage: string): string => LABELS[stage] ?? capital(stage);

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** The finished stages, as the service lists them: names, or a mapping whose keys are the names. */
function finished(job: JobLike): string[] {
  const stages = job.progress?.stages;
  if (Array.isArray(stages)) {
    return stages.flatMap((stage: unknown) => {
      if (typeof stage === "string") return [stage];
      const one = stage as { name?: unknown; state?: unknown; done?: unknown };
      const done = one.state === undefined ? true : one.state === "done";
      return typeof one.name === "string" && done ? [one.name] : [];
    });
  }
  return stages && typeof stages === "object" ? Object.keys(stages) : [];
}

/** Every stage of a job with its state, in order. */
export function stagesOf(job: JobLike): StageView[] {
  const done = new Set(job.state === "done" ? [...(STAGES[job.kind] ?? []), ...finished(job)] : finished(job));
  const current = ended(job) ? "" : (job.progress?.stage ?? "");
  const names = [...(STAGES[job.kind] ?? [])];
  for (const name of [...done, current]) if (name && !names.includes(name)) names.splice(placeFor(names, current, name), 0, name);
  return names.map((name) => {
    if (name === current) return { name, label: stageName(name), state: "going", share: shareOf(job) };
    return { name, label: stageName(name), state: done.has(name) ? "done" : "waiting", share: done.has(name) ? 1 : 0 };
  });
}

/** A stage of another name goes before the one that runs; the running one itself after what is done. */
function placeFor(names: string[], current: string, name: string): number {
  const at = names.indexOf(current);
  return name !== current && at >= 0 ? at : names.length;
}

/** How far the running stage is, 0-1; null while its length is unknown. */
export function shareOf(job: JobLike): number | null {
  const { done = 0, total = 0 } = job.progress ?? {};
  return total > 0 ? Math.min(done / total, 1) : null;
}

/** How far the whole job is, 0-1, each stage counting alike. */
export function wholeShare(job: JobLike): number {
  if (job.state === "done") return 1;
  const stages = stagesOf(job);
  const sum = stages.reduce((total, stage) => total + (stage.state === "done" ? 1 : (stage.share ?? 0)), 0);
  return stages.length ? sum / stages.length : 0;
}

/** One sentence on where a job stands. */
export function standing(job: JobLike): string {
  const name = kindName(job.kind);
  switch (job.state) {
    case "queued":
      return (job.attempt ?? 0) > 0 ? `${name}: starts again after an interruption` : `${name}: waits for its turn`;
    case "running": {
      const stage = job.progress?.stage;
      const percent = shareOf(job);
      const share = percent === null ? "" : ` ${Math.round(percent * 100)} %`;
      return stage ? `${name}: ${stageName(stage).toLowerCase()}${share}` : `${name}: starts`;
    }
    case "done":
      return `${name}: done${took(job)}`;
    case "cancelled":
      return `${name}: stopped. Nothing half-done was kept; start it again when you like.`;
    default: {
      const said = explainProblem(job.problem);
      return [`${name} failed: ${said.detail}`, said.next].filter(Boolean).join(" ");
    }
  }
}

function took(job: JobLike): string {
  return job.started && job.finished ? ` in ${roughly(when(job.finished) - when(job.started))}` : "";
}
