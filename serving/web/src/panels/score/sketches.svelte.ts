/** The written notes of takes, fetched once each: for the piano roll, and for bar and beat of every hit. */
import { SvelteMap } from "svelte/reactivity";
import { ask } from "../../lib/api";
import type { Take } from "../../api/types";
import { type Roll, type SketchDocument, rollOf } from "./roll";
import { fileNamed } from "./takes";

type Found = Roll | "loading" | "missing" | "failed";
const found = new SvelteMap<string, Found>();

/** The roll of a take, as far as it is known: asking for it once begins to fetch it. */
export function rollFor(take: Take | null): Found {
  return (take && found.get(take.id)) ?? "loading";
}

/** Fetch the notes of a take unless that was done or is under way; for effects. */
export async function fetchRoll(take: Take, again = false): Promise<void> {
  if (found.has(take.id) && !again) return;
  const file = fileNamed(take, "sketch.json", "notes.json");
  found.set(take.id, file ? "loading" : "missing");
  if (!file) return;
  try {
    const answer = await ask(`takes/${encodeURIComponent(take.id)}/files/${file.name}`);
    found.set(take.id, rollOf((await answer.json()) as SketchDocument));
  } catch {
    found.set(take.id, "failed");
  }
}
