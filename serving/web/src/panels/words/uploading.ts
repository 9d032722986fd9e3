/** An upload in words: how far, how fast, how long still, and what happens when the connection goes. */
import type { Resumption, UploadStage } from "../../upload/tus";
import { roughly, size, speed } from "./amounts";

export interface Sent {
  stage: UploadStage;
  sent: number;
  length: number;
  bytesPerSecond: number;
  secondsLeft: number | null;
}

/** "312 MB of 1.4 GB · 12 MB/s · 2 min left". */
export function uploadWords(of: Sent): string {
  const far = `${size(of.sent)} of ${size(of.length)}`;
  switch (of.stage) {
    case "ready":
      return size(of.length);
    case "sending": {
      const parts = [far];
      if (of.bytesPerSecond > 0) parts.push(speed(of.bytesPerSecond));
      if (of.secondsLeft !== null) parts.push(`${roughly(of.secondsLeft)} left`);
      return parts.join(" · ");
    }
    case "paused":
      return `${far} · paused`;
    case "interrupted":
      return `${far} · waiting for the connection`;
    case "checking":
      return "all there · being checked";
    case "done":
      return `${size(of.length)} · there`;
    case "failed":
      return `stopped at ${far}`;
    default:
      return "cancelled";
  }
}

/** What to tell beside it, so that nobody wonders whether something was lost; empty while all is well. */
export function uploadHelp(stage: UploadStage): string {
  switch (stage) {
    case "interrupted":
      return "The connection was lost. What has arrived is safe, and the upload goes on by itself as soon as the service answers.";
    case "paused":
      return "What has arrived is kept for a week, even if you close this page: choose the same file again and it goes on from there.";
    case "checking":
      return "Every byte has arrived. You may close this page: the work goes on without it.";
    case "done":
      return "The film is there and is being watched. Open it to see how far that is.";
    default:
      return "";
  }
}

/** What to tell of an upload that an earlier visit began, in sentences; empty for one that is new. */
export function resumedWords(how: Resumption | null): string {
  if (!how) return "";
  const held = {
    none: "This file was begun before: it goes on from what has arrived, with what was chosen then.",
    now: "This file was begun before: it goes on from what has arrived, with what you chose now in place of what was chosen then.",
    then: "All of this file had arrived before: it is spotted with what was chosen then, not with what you chose now.",
  }[how.choices === null ? "none" : how.choices ? "now" : "then"];
  return how.otherPrevious ? `${held} It stays the next version of what was chosen then, too; to change that, cancel it and upload it again.` : held;
}

const FRAME = /^(\d{2}):(\d{2}):(\d{2})[:;.](\d{2,3})$/;

/** Whether a start timecode is written as one; empty is fine, the film's own or 01:00:00:00 counts then. */
export function timecodeError(text: string): string {
  if (text.trim() === "") return "";
  const match = FRAME.exec(text.trim());
  const fits = match && Number(match[1]) < 24 && Number(match[2]) < 60 && Number(match[3]) < 60;
  return fits ? "" : "Write it like 01:00:00:00.";
}

/** The format of a subtitle or script file by its name; null for one that is not read. */
export function formatOf<T extends string>(name: string, formats: readonly T[]): T | null {
  const ending = name.toLowerCase().split(".").at(-1) ?? "";
  return formats.find((format) => format === ending) ?? null;
}
