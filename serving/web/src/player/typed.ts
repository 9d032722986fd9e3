// A timecode as people type it: whole, its last fields, or digits alone, as at an editing desk.
import { frame, type Frame, type Timebase } from "../lib/time";

export type Typed = { frame: Frame; problem?: undefined } | { frame?: undefined; problem: string };

const FIELDS = ["hours", "minutes", "seconds", "frames"] as const;
const two = (n: number): string => String(n).padStart(2, "0");

/**
 * The frame somebody means. What they leave out is as at the playhead (`at`), or, where the reel has no such moment, as
 * at the nearest that it has.
 */
export function typedFrame(text: string, base: Timebase, at: Frame, frames: number): Typed {
  const wide = base.nominal > 100 ? 3 : 2;
  const fields = fieldsOf(text, wide);
  if (!fields) return { problem: "Type hours, minutes, seconds and frames, or only the last of them: 12:05 or 1205." };
  const wrong = outOfRange(fields, base);
  if (wrong) return { problem: wrong };
  const labels = [...candidates(fields, base.timecode(at), base, wide)];
  const found = labels.map((label) => base.parse(label)).filter((n): n is Frame => n !== null && n < frames);
  const nearest = found.sort((a, b) => Math.abs(a - at) - Math.abs(b - at))[0];
  const first = base.parse(labels[0] ?? "");
  if (first !== null && first < frames) return { frame: first };
  if (nearest !== undefined) return { frame: nearest };
  if (first === null) return { problem: `${labels[0]} does not exist: drop-frame timecode counts past it, to ${past(labels[0] ?? "", base)}.` };
  return { problem: `${labels[0]} is not in this reel: it runs from ${base.timecode(frame(0))} to ${base.timecode(frame(frames - 1))}.` };
}

/** One to four numbers, the last of them frames; digits alone are taken in pairs from their end. */
function fieldsOf(text: string, wide: number): number[] | null {
  const said = text.trim();
  if (/^\d+$/.test(said)) {
    if (said.length > 6 + wide) return null;
    const pairs = said.slice(0, -wide).match(/\d{1,2}(?=(\d{2})*$)/g) ?? [];
    return [...pairs, said.slice(-wide)].map(Number);
  }
  const parts = said.split(/[:;.,\s]/);
  if (parts.length > 4 || !parts.every((part, n) => /^\d+$/.test(part) && part.length <= (n === parts.length - 1 ? wide : 2))) return null;
  return parts.map(Number);
}

function outOfRange(fields: readonly number[], base: Timebase): string | null {
  const most = { hours: 23, minutes: 59, seconds: 59, frames: base.nominal - 1 };
  for (const [n, value] of fields.entries()) {
    const name = FIELDS[4 - fields.length + n] as (typeof FIELDS)[number];
    if (value > most[name]) return `There are no ${value} ${name}: ${name === "frames" ? `at ${base.name} fps they` : "they"} run from 00 to ${two(most[name])}.`;
  }
  return null;
}

/** Labels that end as typed: first the one that goes on as the playhead's does, then all others. */
function* candidates(fields: readonly number[], now: string, base: Timebase, wide: number): Generator<string> {
  const here = now.split(/[:;]/).map(Number);
  const whole = [...here.slice(0, 4 - fields.length), ...fields] as [number, number, number, number];
  const mark = base.dropFrame ? ";" : ":";
  const label = (h: number, m: number): string => `${two(h)}:${two(m)}:${two(whole[2])}${mark}${String(whole[3]).padStart(wide, "0")}`;
  yield label(whole[0], whole[1]);
  if (fields.length === 4) return;
  for (let hour = 0; hour < 24; hour += 1) {
    if (fields.length === 3) yield label(hour, whole[1]);
    else for (let minute = 0; minute < 60; minute += 1) yield label(hour, minute);
  }
}

/** The label that follows one that is dropped. */
function past(label: string, base: Timebase): string {
  const [head, frames] = [label.slice(0, 9), Number(label.slice(9))];
  for (let n = frames + 1; n < base.nominal; n += 1) {
    const next = `${head}${two(n)}`;
    if (base.parse(next) !== null) return next;
  }
  return label;
}
