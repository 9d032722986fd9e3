/** What a person wishes of a new take, as the parameters of a `score` job. */

export interface Wishes {
  seed: number | null;
  engine: "model" | "rules";
  tone: string[];
  bpm: number | null;
  palette: string[];
  theme: string;
}

/** The parameters of the job: only what was chosen, so that the notes decide the rest. */
export function orderOf(cues: readonly string[], wishes: Wishes): Record<string, unknown> {
  const order: Record<string, unknown> = { cues: [...cues], engine: wishes.engine };
  if (wishes.seed !== null) order["seed"] = Math.round(wishes.seed);
  if (wishes.tone.length > 0) order["tone"] = [...wishes.tone];
  if (wishes.bpm !== null) order["bpm"] = wishes.bpm;
  if (wishes.palette.length > 0) order["palette"] = { instruments: [...wishes.palette] };
  if (wishes.theme) order["theme"] = wishes.theme;
  return order;
}

/** Whether these wishes would only give the music that is there already. */
export function unchanged(wishes: Wishes, seed: number): boolean {
  const { tone, bpm, palette, theme, engine } = wishes;
  return wishes.seed === seed && engine === "model" && tone.length === 0 && bpm === null && palette.length === 0 && theme === "";
}

interface Ordered {
  id: string;
  kind: string;
  state: string;
  params: Record<string, unknown>;
  created: string;
}

/** Whether a `score` job writes this cue: one without a list writes all. */
export function writes(job: Pick<Ordered, "params">, cue: string): boolean {
  const cues = job.params["cues"];
  return !Array.isArray(cues) || cues.length === 0 || cues.includes(cue);
}

/** The jobs to show for a cue: what is under way, and the last failure or stop unless a take came after it. */
export function jobsFor<T extends Ordered>(jobs: readonly T[], cue: string, takes: readonly { created: string }[]): T[] {
  const ours = jobs.filter((job) => writes(job, cue));
  const going = ours.filter((job) => job.state === "queued" || job.state === "running");
  const last = ours.reduce<T | null>((newest, job) => (newest && newest.created >= job.created ? newest : job), null);
  const ill = last && (last.state === "failed" || last.state === "cancelled") && takes.every((take) => take.created < last.created);
  return ill ? [...going, last] : going;
}
