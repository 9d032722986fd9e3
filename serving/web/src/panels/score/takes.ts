/** Takes: which one is heard, its files by name, and its settings in words. */
import { ApiError, api } from "../../lib/api";
import type { Landing } from "../../lib/documents";
import type { FrameClock } from "../../lib/time";
import type { Review } from "../../state/review.svelte";
import type { Take } from "../../api/types";
import { soundSpanOf } from "../../player/sound";
import type { TimeMap } from "../../state/times.svelte";
import { barBeat } from "./timemap";

/** The take that counts for a cue just now: the one heard, else A. */
export function heardTake(review: Review, cue: string): Take | null {
  const heard = review.player.score.heard(cue);
  return review.takes.find((take) => take.id === heard) ?? review.player.score.take(cue, "a");
}

/** Why nothing of a take can be played: its record does not say where it sounds; null where it can. */
export function notHeard(take: Take): ApiError | null {
  try {
    soundSpanOf(take);
    return null;
  } catch (reason) {
    if (reason instanceof ApiError) return reason;
    throw reason;
  }
}

export interface NamedFile {
  name: string;
  url: string;
  bytes: number;
}

/** The files of a take with their addresses, pages and numbers in their natural order. */
export function filesOf(take: Take): NamedFile[] {
  return take.files
    .map(({ name, bytes }) => ({ name, bytes, url: api.takeFileUrl(take.id, name) }))
    .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

export const fileNamed = (take: Take, name: string): NamedFile | undefined => filesOf(take).find((file) => file.name === name);

/** Pages of music, in order. */
export const pagesOf = (take: Take): NamedFile[] => filesOf(take).filter((file) => /^pages\/.*\.svg$/.test(file.name));

/** Stems by family. */
export const stemsOf = (take: Take): { family: string; file: NamedFile }[] =>
  filesOf(take).flatMap((file) => {
    const family = /^stems\/([^/.]+)\.[a-z0-9]+$/.exec(file.name)?.[1];
    return family ? [{ family, file }] : [];
  });

/** Where a hit fell, as bar|beat: the place in the music that was meant for it. */
export function placeOf(map: TimeMap, landing: Landing, clock: Pick<FrameClock, "seconds">, rate: number): string {
  return barBeat(map, clock.seconds(landing.frame) + landing.frames_off / rate);
}

/** "seed 7 · 91–94.5 bpm · 15 bars": what a take was made with, at a glance. */
export function takeFacts(take: Take): string {
  const { choice, bpm, bars, engine } = take.record;
  const tempi = bpm.map((tempo) => Math.round(tempo * 10) / 10);
  const slow = Math.min(...tempi);
  const fast = Math.max(...tempi);
  const parts = [`seed ${choice.settings.seed}`];
  parts.push(slow === fast ? `${slow} bpm` : `${slow}–${fast} bpm`);
  parts.push(`${bars} bars`);
  if (engine === "rules") parts.push("by rule");
  if (choice.settings.tone.length > 0) parts.push(choice.settings.tone.join(", "));
  return parts.join(" · ");
}

/** Letters for takes of a cue in the order they were made: Take 1, Take 2. */
export function takeNames(takes: readonly Take[]): Map<string, string> {
  const ordered = [...takes].sort((a, b) => a.created.localeCompare(b.created));
  return new Map(ordered.map((take, index) => [take.id, `Take ${index + 1}`]));
}
