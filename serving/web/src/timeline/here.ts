// What is at the playhead, in words: the lanes that are only drawn say here what they show.
import type { Lanes } from "../lib/documents";
import type { FrameClock, Timebase } from "../lib/time";
import { firstAtLeast, nearest, touching } from "./series";

/** One thing that is there: what it is, what is said of it, and the places it speaks of, if any. */
export interface Fact {
  what: "Shot" | "Scene" | "Dialogue" | "Seen" | "Sound" | "Music in the cut" | "Title" | "Feeling";
  words: string;
  from?: number;
  to?: number;
}

export interface Place {
  lanes: Lanes;
  shots: readonly { start: number; end: number }[];
  timebase: Timebase;
  clock: FrameClock;
}

/** How far around the playhead a sudden sound or a flash is still told of, in seconds. */
const NEAR_S = 0.5;

/** Everything at one frame, from what is seen to what is felt. */
export function whatIsHere(place: Place, at: number): Fact[] {
  return [shot(place, at), scene(place, at), dialogue(place, at), seen(place, at), sound(place, at), ...music(place, at), ...titles(place, at), feeling(place, at)].flatMap((fact) => fact ?? []);
}

/** The same as one sentence after the other, to be said aloud. */
export function spoken(facts: readonly Fact[], timecode: (at: number) => string): string {
  const where = ({ from, to }: Fact): string => (from === undefined ? "" : to === undefined ? `, ${timecode(from)}` : `, ${timecode(from)} to ${timecode(to)}`);
  return facts.map((fact) => `${fact.what}: ${fact.words}${where(fact)}`).map((words) => (/[.!?…]$/.test(words) ? words : `${words}.`)).join(" ");
}

const covering = <T extends { in: number; out: number }>(list: readonly T[], at: number): T[] =>
  touching(list, at, at, (one) => one.in, (one) => one.out).filter((one) => one.in <= at && at < one.out);
const figure = (value: number): string => value.toFixed(2).replace("-", "−");
const sure = (confidence: number): string => `sure ${figure(confidence)}`;

function shot({ lanes, shots, timebase }: Place, at: number): Fact | null {
  const index = firstAtLeast(shots, at + 1, (one) => one.end);
  const one = shots[index];
  if (!one) return null;
  const change = touching(lanes.cuts, at, at, (cut) => cut.start, (cut) => cut.end).find((cut) => cut.start <= at && at < cut.end);
  const begins = at === one.start && index > 0 ? ", its first frame" : at === one.end - 1 && index < shots.length - 1 ? ", its last frame" : "";
  const words = `${index + 1} of ${shots.length}, ${timebase.duration(one.end - one.start)}${change ? `, in a ${change.kind}` : begins}`;
  return { what: "Shot", words, from: one.start, to: one.end };
}

function scene({ lanes }: Place, at: number): Fact | null {
  const one = covering(lanes.scenes, at)[0];
  return one ? { what: "Scene", words: `${one.number}${one.description ? `: ${one.description}` : ""}`, from: one.in, to: one.out } : null;
}

function dialogue({ lanes, timebase }: Place, at: number): Fact | null {
  if (lanes.dialogue.length === 0) return null;
  const now = covering(lanes.dialogue, at);
  const first = now[0];
  if (first) {
    const lines = now.map((line) => `${line.speaker || "somebody"}${line.text ? `: “${line.text}”` : " speaks"} (${sure(line.confidence)})`);
    return { what: "Dialogue", words: lines.join(" "), from: first.in, to: Math.max(...now.map((line) => line.out)) };
  }
  const next = lanes.dialogue[firstAtLeast(lanes.dialogue, at + 1, (line) => line.in)];
  if (!next) return { what: "Dialogue", words: "nobody speaks any more" };
  return { what: "Dialogue", words: `nobody; ${next.speaker || "somebody"} in ${timebase.duration(next.in - at)}`, from: next.in };
}

function seen({ lanes }: Place, at: number): Fact | null {
  if (lanes.people.length === 0) return null;
  const names = lanes.people.filter((person) => covering(person.spans, at).length > 0).map((person) => person.name);
  return { what: "Seen", words: names.join(", ") || "nobody" };
}

/** How loud it is, and what bangs or flashes close by. */
function sound({ lanes, timebase, clock }: Place, at: number): Fact | null {
  const near = NEAR_S * timebase.rate;
  const lufs = lanes.loudness?.lufs[Math.floor(clock.between(at) / lanes.loudness.hop_s)];
  const effect = nearest(lanes.effects, at, (one) => one.frame);
  const flash = nearest(lanes.flashes, at, (frame) => frame);
  const words = [
    lufs === undefined ? "" : lufs === null || lufs <= -70 ? "silent" : `${Math.round(lufs).toFixed(0).replace("-", "−")} LUFS`,
    effect && Math.abs(effect.frame - at) <= near ? `${effect.label || "impact"} ${away(effect.frame - at)} (strength ${figure(effect.strength)})` : "",
    flash !== undefined && Math.abs(flash - at) <= near ? `flash of light ${away(flash - at)}` : "",
  ].filter(Boolean);
  return words.length ? { what: "Sound", words: words.join(" · ") } : null;
}

function away(frames: number): string {
  if (frames === 0) return "here";
  return `${Math.abs(frames)} ${Math.abs(frames) === 1 ? "frame" : "frames"} ${frames > 0 ? "ahead" : "ago"}`;
}

const music = ({ lanes }: Place, at: number): Fact[] =>
  covering(lanes.music, at).map((one) => ({ what: "Music in the cut", words: `${one.label} (${sure(one.confidence)})`, from: one.in, to: one.out }));

const titles = ({ lanes }: Place, at: number): Fact[] => covering(lanes.titles, at).map((one) => ({ what: "Title", words: one.text || "words on the picture", from: one.in, to: one.out }));

function feeling({ lanes, clock }: Place, at: number): Fact | null {
  const index = Math.floor(clock.between(at) / lanes.feeling.hop_s);
  const words = (["arousal", "tension", "valence"] as const).flatMap((name) => {
    const { value, confidence } = lanes.feeling[name];
    const [here, certain] = [value[index], confidence[index]];
    return here === undefined || certain === undefined ? [] : `${name} ${figure(here)} (${sure(certain)})`;
  });
  return words.length ? { what: "Feeling", words: words.join(" · ") } : null;
}
