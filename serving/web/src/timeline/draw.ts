// What is only looked at is drawn on a canvas: cost depends on the width of the screen, not on the length of the reel.
import type { Hit, Lanes } from "../lib/documents";
import { frame, type FrameClock, type Timebase } from "../lib/time";
import type { Waveform } from "../lib/waveform";
import { MOST_PEOPLE, ticks, type Lane } from "./layout";
import type { Palette } from "./palette";
import { nearest, touching, type Series } from "./series";
import type { Thumbnails } from "./thumbnails";

/** The axis, taken once per drawing. */
export interface Axis {
  left: number;
  perPixel: number;
  width: number;
  frames: number;
}

/** A theme's statement in a take. */
export interface Statement {
  from: number;
  to: number;
  label: string;
  theme: string;
  cue: string;
}

export interface Curves {
  arousal: Series;
  valence: Series;
  tension: Series;
  sureness: { arousal: Series; valence: Series; tension: Series };
  loudness: Series;
  /** Lowest value of valence's scale: -1 or 0. */
  valenceFrom: number;
}

export interface Scene {
  context: CanvasRenderingContext2D;
  axis: Axis;
  timebase: Timebase;
  /** When the frames are on the screen: what is known by seconds lies where the picture is then. */
  clock: FrameClock;
  colours: Palette;
  lanes: Lanes;
}

export const xOf = (axis: Axis, at: number): number => (at - axis.left) / axis.perPixel;
const rightOf = (axis: Axis): number => axis.left + axis.width * axis.perPixel;

/** A colour of the tokens, thinner. */
function thin(context: CanvasRenderingContext2D, alpha: number, draw: () => void): void {
  const before = context.globalAlpha;
  context.globalAlpha = before * alpha;
  draw();
  context.globalAlpha = before;
}

/** Text that ends with an ellipsis where it does not fit; nothing where not even a letter would. */
export function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (room < 12) return "";
  if (context.measureText(text).width <= room) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : `${text.slice(0, low).trimEnd()}…`;
}

export function drawRuler({ context, axis, timebase, colours }: Scene, height: number): void {
  const { labelled, bare } = ticks(axis.perPixel, timebase.nominal);
  const first = Math.floor((timebase.start + axis.left) / labelled) * labelled - timebase.start;
  context.strokeStyle = colours.lineStrong;
  context.fillStyle = colours.dim;
  context.font = `400 11px ${colours.mono}`;
  context.textBaseline = "middle";
  context.beginPath();
  for (let at = first; at <= Math.min(rightOf(axis), axis.frames); at += bare) {
    const major = (at - first) % labelled === 0;
    const x = Math.round(xOf(axis, at)) + 0.5;
    context.moveTo(x, major ? height - 16 : height - 6);
    context.lineTo(x, height);
    if (major && at >= 0) context.fillText(timebase.timecode(frame(at)), x + 4, height - 12);
  }
  context.stroke();
}

interface Shot {
  start: number;
  end: number;
}
/** A stretch of the picture lane: one wide shot, or several that are too narrow to be seen alone. */
export interface Stretch extends Shot {
  shots: number;
}

/** Shots as the cuts make them. */
export function shotsOf(lanes: Pick<Lanes, "cuts" | "frames">): Shot[] {
  const shots: Shot[] = [];
  let start = 0; // the reel's first frame
  for (const end of [...lanes.cuts.map((cut) => cut.end), lanes.frames]) {
    if (end > start) shots.push({ start, end });
    start = end;
  }
  return shots;
}

/** Put narrow neighbours together, the same way wherever the view begins, so that nothing shimmers while scrolling. */
export function stretches(shots: readonly Shot[], perPixel: number, narrow = 26, wide = 78): Stretch[] {
  const made: Stretch[] = [];
  for (const shot of shots) {
    const last = made.at(-1);
    const joins = last && (shot.end - shot.start) / perPixel < narrow && (last.end - last.start) / perPixel < wide && (last.shots > 1 || (last.end - last.start) / perPixel < narrow);
    if (joins) {
      last.end = shot.end;
      last.shots += 1;
    } else made.push({ ...shot, shots: 1 });
  }
  return made;
}

/** Thumbnails over the shots; returns the numbers that are in sight, nearest to the middle first. */
export function drawPicture(scene: Scene, lane: Lane, parts: readonly Stretch[], thumbs: Thumbnails): number[] {
  const { context, axis, colours, lanes } = scene;
  const top = lane.top + 1;
  const height = lane.height - 3;
  const wanted: number[] = [];
  for (const part of touching(parts, axis.left, rightOf(axis), (p) => p.start, (p) => p.end)) {
    const x0 = xOf(axis, part.start);
    const x1 = xOf(axis, part.end);
    context.save();
    context.beginPath();
    context.rect(x0, top, Math.max(1, x1 - x0 - 1), height);
    context.fillStyle = colours.raised;
    context.fill();
    context.clip();
    const step = Math.round(height * 1.9);
    const from = x0 + Math.max(0, Math.floor(-x0 / step)) * step;
    for (let x = from; x < Math.min(x1, axis.width); x += step) {
      const middle = Math.min(part.end - 1, axis.left + (x + Math.min(step, x1 - x) / 2) * axis.perPixel);
      const thumb = nearest(lanes.thumbnails, middle, (t) => t.frame);
      if (!thumb) continue;
      wanted.push(thumb.n);
      const picture = thumbs.get(thumb.n);
      if (picture) cover(context, picture, x, top, step, height);
    }
    context.restore();
  }
  return wanted;
}

function cover(context: CanvasRenderingContext2D, picture: ImageBitmap, x: number, y: number, width: number, height: number): void {
  const scale = Math.max(width / picture.width, height / picture.height);
  const [w, h] = [width / scale, height / scale];
  context.drawImage(picture, (picture.width - w) / 2, (picture.height - h) / 2, w, h, x, y, width, height);
}

/** Who speaks when, in the speaker's colour, with the words where there is room. */
export function drawDialogue({ context, axis, colours, lanes }: Scene, lane: Lane): void {
  const [top, height] = [lane.top + 4, lane.height - 8];
  context.font = `700 11px ${colours.font}`;
  context.textBaseline = "middle";
  for (const line of touching(lanes.dialogue, axis.left, rightOf(axis), (l) => l.in, (l) => l.out)) {
    const x0 = xOf(axis, line.in);
    const width = Math.max(2, xOf(axis, line.out) - x0 - 1);
    context.fillStyle = voice(colours, lanes.speakers, line.speaker);
    thin(context, 0.55 + 0.45 * Math.min(1, line.confidence), () => box(context, x0, top, width, height, 3));
    const said = line.text ? `${line.speaker}${line.speaker && ": "}${line.text}` : line.speaker || "somebody";
    const from = Math.max(x0, 0) + 5;
    context.fillStyle = colours.onVoice;
    context.fillText(fitted(context, said, x0 + width - from - 4), from, top + height / 2 + 0.5);
  }
}

export function voice(colours: Palette, speakers: readonly string[], speaker: string): string {
  const index = speakers.indexOf(speaker);
  return (index < 0 ? colours.wave : colours.voices[index % colours.voices.length]) ?? colours.dialogue;
}

/** The film's sound, its loudness as a faint line, music that is there already below it, impacts as dots. */
export function drawSound(scene: Scene, lane: Lane, waveform: Waveform | null, curves: Curves): void {
  const { context, axis, colours, lanes } = scene;
  const middle = lane.top + (lane.height - 6) / 2;
  const half = (lane.height - 10) / 2;
  context.fillStyle = colours.wave;
  if (waveform) thin(context, 0.9, () => drawWave(scene, waveform, middle, half));
  context.strokeStyle = colours.dim;
  context.lineWidth = 1;
  thin(context, 0.6, () => line(scene, curves.loudness, (lufs) => middle + half - (2 * half * Math.min(60, Math.max(0, lufs + 60))) / 60));
  context.fillStyle = colours.existing;
  for (const music of touching(lanes.music, axis.left, rightOf(axis), (m) => m.in, (m) => m.out)) {
    const x0 = xOf(axis, music.in);
    thin(context, 0.5 + 0.5 * Math.min(1, music.confidence), () => context.fillRect(x0, lane.top + lane.height - 5, Math.max(2, xOf(axis, music.out) - x0), 3));
  }
  context.fillStyle = colours.effects;
  let last = -Infinity;
  for (const effect of touching(lanes.effects, axis.left, rightOf(axis), (e) => e.frame, (e) => e.frame)) {
    const x = xOf(axis, effect.frame + 0.5);
    if (x - last < 3) continue;
    last = x;
    context.beginPath();
    context.arc(x, middle, 2 + 2.2 * Math.min(1, Math.max(0, effect.strength)), 0, 7);
    context.fill();
  }
}

function drawWave({ context, axis, timebase, clock }: Scene, waveform: Waveform, middle: number, half: number): void {
  const level = waveform.level(axis.perPixel / timebase.rate);
  if (!level) return;
  const pairs = level.pairs;
  const count = pairs.length / 2;
  const pairAt = (x: number): number => Math.floor((clock.between(axis.left + x * axis.perPixel) * waveform.rate) / level.step);
  let next = pairAt(0);
  for (let x = 0; x < axis.width; x += 1) {
    const from = Math.max(0, next);
    next = pairAt(x + 1);
    const to = Math.min(count, Math.max(from + 1, next));
    if (from >= count || axis.left + x * axis.perPixel > axis.frames) break;
    let low = 127;
    let high = -127;
    for (let n = from; n < to; n += 1) {
      low = Math.min(low, pairs[2 * n] as number);
      high = Math.max(high, pairs[2 * n + 1] as number);
    }
    const top = middle - (high / 127) * half;
    context.fillRect(x, top, 1, Math.max(1, middle - (low / 127) * half - top));
  }
}

/** One curve across the screen, a value to every second pixel; dashes are left out of the path, which is cheaper. */
function line({ context, axis, clock }: Scene, series: Series, y: (value: number) => number, dashed = false): void {
  context.beginPath();
  let open = false;
  for (let x = 0; x <= axis.width; x += 2) {
    if (dashed && x % 8 === 6) {
      open = false;
      continue;
    }
    const from = Math.max(0, axis.left + (x - 1) * axis.perPixel);
    const value = series.mean(clock.between(from), clock.between(from + 2 * axis.perPixel));
    const past = axis.left + x * axis.perPixel > axis.frames;
    if (Number.isNaN(value) || past) open = false;
    else if (open) context.lineTo(x, y(value));
    else {
      context.moveTo(x, y(value));
      open = true;
    }
  }
  context.stroke();
}

/** Who is in the picture, a row each, as long as there is room. */
export function drawPeople({ context, axis, colours, lanes }: Scene, lane: Lane): void {
  const rows = Math.min(MOST_PEOPLE, lanes.people.length);
  const height = (lane.height - 4) / Math.max(1, rows);
  context.font = `600 10.5px ${colours.font}`;
  context.textBaseline = "middle";
  lanes.people.slice(0, rows).forEach((person, row) => {
    const colour = colours.voices[row % colours.voices.length] ?? colours.dim;
    const top = lane.top + 2 + row * height;
    let named = -Infinity;
    for (const seen of touching(person.spans, axis.left, rightOf(axis), (s) => s.in, (s) => s.out)) {
      const x0 = xOf(axis, seen.in);
      const width = Math.max(1, xOf(axis, seen.out) - x0);
      context.fillStyle = colour;
      thin(context, 0.35, () => box(context, x0, top, width, height - 1, 2));
      const from = Math.max(2, x0 + 4);
      const name = from > named ? fitted(context, person.name, x0 + width - from) : "";
      if (!name) continue;
      context.fillStyle = colours.text;
      context.fillText(name, from, top + (height - 1) / 2 + 0.5);
      named = from + 160;
    }
  });
}

/** Arousal, valence (dashed) and tension; how far a band reaches is how unsure the observer is. */
export function drawFeeling(scene: Scene, lane: Lane, curves: Curves): void {
  const { context, colours } = scene;
  const [top, height] = [lane.top + 5, lane.height - 10];
  const plain = (value: number): number => top + height * (1 - Math.min(1, Math.max(0, value)));
  const valued = (value: number): number => plain((value - curves.valenceFrom) / (1 - curves.valenceFrom));
  const reach = { arousal: 0.16, tension: 0.22, valence: 0.34 };
  for (const [name, colour, y] of [
    ["valence", colours.valence, valued],
    ["tension", colours.tension, plain],
    ["arousal", colours.arousal, plain],
  ] as const) {
    context.fillStyle = colour;
    thin(context, 0.13, () => band(scene, curves[name], curves.sureness[name], (value, unsure) => {
      const away = unsure * reach[name] * height;
      return [Math.max(top, y(value) - away), Math.min(top + height, y(value) + away)];
    }));
    context.strokeStyle = colour;
    context.lineWidth = name === "arousal" ? 1.8 : 1.4;
    line(scene, curves[name], y, name === "valence");
  }
  context.lineWidth = 1;
}

/** A band as narrow columns on whole pixels: a filled path of the same shape costs ten times as much to smooth. */
function band({ context, axis, clock }: Scene, series: Series, sure: Series, edges: (value: number, unsure: number) => [number, number]): void {
  const step = 3;
  for (let x = 0; x <= axis.width; x += step) {
    const from = clock.between(axis.left + x * axis.perPixel);
    const to = clock.between(axis.left + (x + step) * axis.perPixel);
    if (axis.left + x * axis.perPixel > axis.frames) break;
    const value = series.mean(from, to);
    if (Number.isNaN(value)) continue;
    const known = sure.mean(from, to);
    const [top, bottom] = edges(value, 1 - (Number.isNaN(known) ? 0.5 : known));
    context.fillRect(x, Math.round(top), step, Math.max(1, Math.round(bottom) - Math.round(top)));
  }
}

/** Where the hits are: weight is size and density, a thin line through the cues, the window of the one that is looked at. */
export function drawHits(
  scene: Scene,
  lane: Lane,
  cuesTop: number,
  hits: readonly Hit[],
  marked: { selected: string | null; hovered: string | null },
): void {
  const { context, axis, colours } = scene;
  const seen = touching(hits, axis.left - 12 * axis.perPixel, rightOf(axis), (h) => h.frame, (h) => h.frame);
  const middle = lane.top + lane.height / 2;
  const strongest = [...seen].sort((a, b) => b.weight - a.weight);
  const lines = new Set<number>();
  for (const hit of strongest) {
    const x = Math.round(xOf(axis, hit.frame + 0.5)) + 0.5;
    const shown = marked.selected === hit.id || marked.hovered === hit.id;
    if (shown) drawWindow(scene, lane, hit);
    if (!lines.has(x) && (hit.weight >= 1 || shown || axis.perPixel < 4)) {
      lines.add(x);
      context.strokeStyle = colours.hit;
      thin(context, shown ? 0.9 : 0.18 + 0.08 * Math.min(5, hit.weight), () => stroke(context, x, cuesTop, x, middle));
    }
  }
  for (const hit of strongest.toReversed()) {
    const x = xOf(axis, hit.frame + 0.5);
    const shown = marked.selected === hit.id || marked.hovered === hit.id;
    context.fillStyle = colours.hit;
    thin(context, shown ? 1 : hitAlpha(hit.weight), () => diamond(context, x, middle, hitSize(hit.weight) + (shown ? 1 : 0)));
    if (marked.selected === hit.id) {
      context.strokeStyle = colours.text;
      context.lineWidth = 1.5;
      context.stroke();
      context.lineWidth = 1;
    }
  }
  drawHitLabels(scene, middle, strongest, marked);
}

export const hitSize = (weight: number): number => 2.5 + 0.8 * Math.min(5, Math.max(0, weight));
const hitAlpha = (weight: number): number => 0.4 + 0.12 * Math.min(5, Math.max(0, weight));

/** Labels of the strongest hits that have room; the one that is looked at comes first. */
function drawHitLabels({ context, axis, colours }: Scene, middle: number, strongest: readonly Hit[], marked: { selected: string | null; hovered: string | null }): void {
  context.font = `400 11px ${colours.font}`;
  context.textBaseline = "middle";
  const taken: [number, number][] = strongest.filter((hit) => hit.weight >= 1).slice(0, 80).map((hit) => {
    const x = xOf(axis, hit.frame + 0.5);
    const size = hitSize(hit.weight);
    return [x - size, x + size];
  });
  const first = strongest.filter((hit) => hit.id === marked.selected || hit.id === marked.hovered);
  for (const hit of [...first, ...strongest.filter((h) => !first.includes(h))].slice(0, 80)) {
    const x = xOf(axis, hit.frame + 0.5);
    const gap = hitSize(hit.weight) + 4;
    const text = fitted(context, hit.label, 150);
    const { width } = context.measureText(text);
    // at the right edge the words stand before the hit, so that none is cut off
    const from = x + gap + width > axis.width ? x - gap - width : x + gap;
    const to = from + width;
    const free = first.includes(hit) || taken.every(([a, b]) => to + 4 < a || from - 2 > b);
    if (!text || !free || x > axis.width + 60) continue;
    taken.push([from, to]);
    // a rim in the colour of the ground keeps the words readable over weaker hits
    context.strokeStyle = colours.ground;
    context.lineWidth = 3;
    context.strokeText(text, from, middle + 0.5);
    context.lineWidth = 1;
    context.fillStyle = colours.hitText;
    context.fillText(text, from, middle + 0.5);
  }
}

function drawWindow({ context, axis, colours }: Scene, lane: Lane, hit: Hit): void {
  const x0 = xOf(axis, hit.frame - hit.early);
  const x1 = xOf(axis, hit.frame + 1 + hit.late);
  context.fillStyle = colours.hit;
  thin(context, 0.22, () => box(context, x0, lane.top + 3, Math.max(3, x1 - x0), lane.height - 6, 3));
}

/** Where the themes are said in the takes that are heard. */
export function drawThemes({ context, axis, colours }: Scene, lane: Lane, statements: readonly Statement[], colourOf: (theme: string) => string): void {
  const [top, height] = [lane.top + 4, lane.height - 8];
  context.font = `600 11px ${colours.font}`;
  context.textBaseline = "middle";
  for (const said of touching(statements, axis.left, rightOf(axis), (s) => s.from, (s) => s.to)) {
    const x0 = xOf(axis, said.from);
    const width = Math.max(3, xOf(axis, said.to) - x0 - 1);
    const colour = colourOf(said.theme);
    context.fillStyle = colour;
    thin(context, 0.22, () => box(context, x0, top, width, height, 4));
    context.fillRect(x0, top, 2.5, height);
    const from = Math.max(x0, 0) + 7;
    context.fillStyle = colours.text;
    context.fillText(fitted(context, said.label, x0 + width - from - 3), from, top + height / 2 + 0.5);
  }
}

/** A sentence in an empty lane. */
export function drawWords({ context, axis, colours }: Scene, lane: Lane, words: string): void {
  context.font = `400 12px ${colours.font}`;
  context.textBaseline = "middle";
  context.fillStyle = colours.dim;
  context.fillText(fitted(context, words, axis.width - 12), 6, lane.top + lane.height / 2);
}

function box(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, radius: number): void {
  if (width < 2 * radius) return context.fillRect(x, y, width, height);
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
  context.fill();
}

function stroke(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

function diamond(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x, y - size);
  context.lineTo(x + size, y);
  context.lineTo(x, y + size);
  context.lineTo(x - size, y);
  context.closePath();
  context.fill();
}
