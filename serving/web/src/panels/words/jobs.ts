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
  /** `stages`: those there are, each `done`, `running` or `waiting`; `step` what the running one does just now. */
  progress?: { stage?: string; step?: string; done?: number; total?: number; stages?: unknown } | null;
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

/** The stages of each kind, for a job that has not said yet which it will go through. */
const STAGES: Record<string, readonly string[]> = {
  spot: ["watch", "prepare", "spot", "lanes"],
  themes: ["devise", "demos"],
  score: ["compose", "mix", "take"],
  deliver: ["deliver", "archive"],
};

/** What a stage takes of the whole, roughly; one that is not listed counts like an average one. */
const WEIGHTS: Record<string, number> = {
  watch: 6, prepare: 2, spot: 1.5, lanes: 0.5, devise: 0.3, ledger: 0.1, demos: 6, compose: 6, mix: 1, take: 1, deliver: 2, preview: 4, record: 0.1, archive: 1,
};

const LABELS: Record<string, string> = {
  probe: "Read the file",
  watch: "Watch and listen",
  prepare: "Prepare picture and sound",
  spot: "Spot",
  lanes: "Draw the lanes",
  devise: "Find who has a theme",
  ledger: "Draw where each theme sounds",
  demos: "Play the themes",
  compose: "Compose and perform",
  mix: "Mix under the film's sound",
  take: "Prepare to be heard",
  deliver: "Write the documents",
  preview: "Make the preview film",
  record: "List what there is",
  archive: "Pack the archive",
};

export const ended = (job: JobLike): boolean => ["done", "failed", "cancelled"].includes(job.state);
export const kindName = (kind: string): string => KINDS[kind] ?? capital(kind);
export const stageName = (stage: string): string => LABELS[stage] ?? capital(stage);

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** The stages as the service tells them; before it does, those of the kind up to the one that runs. */
function told(job: JobLike): { name: string; state: string }[] {
  const stages = job.progress?.stages;
  if (Array.isArray(stages) && stages.length > 0) {
    return stages.flatMap((stage: unknown) => {
      const { name, state } = stage as { name?: unknown; state?: unknown };
      return typeof name === "string" ? [{ name, state: String(state) }] : [];
    });
  }
  const plan = STAGES[job.kind] ?? [];
  const at = plan.indexOf(job.progress?.stage ?? "");
  return plan.map((name, index) => ({ name, state: index < at ? "done" : index === at ? "running" : "waiting" }));
}

/** Every stage of a job with its state, in order. */
export function stagesOf(job: JobLike): StageView[] {
  return told(job).map(({ name, state }) => {
    const label = stageName(name);
    if (job.state === "done" || state === "done") return { name, label, state: "done", share: 1 };
    if (state === "running" && !ended(job)) return { name, label, state: "going", share: shareOf(job) };
    return { name, label, state: "waiting", share: 0 };
  });
}

/** How far the running stage is, 0-1; null while its length is unknown. */
export function shareOf(job: JobLike): number | null {
  const { done = 0, total = 0 } = job.progress ?? {};
  return total > 0 ? Math.min(done / total, 1) : null;
}

/** How far the whole job is, 0-1. */
export function wholeShare(job: JobLike): number {
  if (job.state === "done") return 1;
  let done = 0;
  let all = 0;
  for (const stage of stagesOf(job)) {
    const weight = WEIGHTS[stage.name] ?? 3;
    all += weight;
    done += weight * (stage.state === "done" ? 1 : (stage.share ?? 0));
  }
  return all ? done / all : 0;
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
      const step = job.progress?.step;
      const doing = step && step !== stage ? `${stageName(stage ?? "")}, ${step}` : stageName(stage ?? "");
      return stage ? `${name}: ${doing.toLowerCase()}${share}` : `${name}: starts`;
    }
    case "done":
      return `${name}: done${took(job)}`;
    case "cancelled":
      return `${name}: stopped. What was finished is kept: starting again goes on from there.`;
    default: {
      const said = explainProblem(job.problem);
      return [`${name} failed: ${said.detail}`, said.next].filter(Boolean).join(" ");
    }
  }
}

function took(job: JobLike): string {
  return job.started && job.finished ? ` in ${roughly(when(job.finished) - when(job.started))}` : "";
}

/** Of a reel's jobs, what a list should show: those under way, and of each kind the last one if it ended otherwise than wished. */
export function worthShowing<T extends JobLike & { id: string; created: string }>(jobs: readonly T[]): T[] {
  const last = new Map<string, T>();
  for (const job of jobs) {
    const known = last.get(job.kind);
    if (!known || known.created < job.created) last.set(job.kind, job);
  }
  return jobs.filter((job) => !ended(job) || (last.get(job.kind) === job && job.state !== "done"));
}
