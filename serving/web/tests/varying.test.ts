// A reel whose rate varies: what is known by seconds is drawn under the frames that are on the screen then.
import { describe, expect, test } from "vitest";
import type { Lanes } from "../src/lib/documents";
import { FrameClock, Timebase, frame } from "../src/lib/time";
import { Waveform } from "../src/lib/waveform";
import { curvesOf } from "../src/timeline/curves";
import { drawFeeling, drawSound, type Scene } from "../src/timeline/draw";
import { layout } from "../src/timeline/layout";
import { at as whatIsAt, type Pointed } from "../src/timeline/pointing";
import { lanes } from "../perf/synthetic";

// 100 frames of 10 ms, then 100 of 90 ms: ten seconds, of which frame 100 begins at second 1 and not at 5
const frame_us = Array.from({ length: 200 }, (_, n) => (n < 100 ? 10_000 : 90_000));
const base = new Timebase("20/1", 0);
const clock = new FrameClock(base, frame_us);
const steps = (loud: number) => Array.from({ length: 100 }, (_, n) => (n === loud ? 1 : 0)); // a value each 0.1 s
const still = { value: steps(-1), confidence: steps(-1).map(() => 1) };
const reel: Lanes = {
  ...lanes(), rate: "20/1", frames: 200, frame_us, dialogue: [], music: [], effects: [], people: [], cuts: [],
  loudness: { hop_s: 0.1, lufs: steps(10).map((v) => -60 + 60 * v) },
  feeling: { hop_s: 0.1, arousal: { value: steps(10), confidence: still.confidence }, valence: still, tension: still },
};

/** A canvas that remembers: columns as [x, height], and the points of lines. */
function canvas() {
  const columns: [number, number][] = [];
  const points: [number, number][] = [];
  const noted = { fillRect: (x: number, _y: number, _w: number, h: number) => columns.push([x, h]), lineTo: (x: number, y: number) => points.push([x, y]), moveTo: (x: number, y: number) => points.push([x, y]) };
  const context = new Proxy(noted as Record<string, unknown>, { get: (all, name) => all[String(name)] ?? (name === "globalAlpha" ? 1 : () => undefined), set: () => true });
  return { columns, points, context: context as unknown as CanvasRenderingContext2D };
}
const plan = layout(0);
const lane = (name: string) => plan.lanes.find((one) => one.name === name) as (typeof plan.lanes)[number];
const axis = { left: 0, perPixel: 0.5, width: 400, frames: 200 };
const scene = (context: CanvasRenderingContext2D): Scene => ({ context, axis, timebase: base, clock, colours: {} as Scene["colours"], lanes: reel });

describe("a reel whose rate varies", () => {
  test("has a time also between its frames", () => {
    expect([-3, 0, 50.5, 100, 100.5, 199.5, 200, 900].map((at) => Math.round(1000 * clock.between(at)) / 1000)).toEqual([0, 0, 0.505, 1, 1.045, 9.955, 10, 10]);
    expect(new FrameClock(base).between(10.5)).toBeCloseTo(0.525);
  });

  test("has its waveform under the picture", () => {
    // 1,000 pairs for ten seconds, loud from second 1 to 1.1, which is on the screen with frames 100 and 101
    const pairs = Int8Array.from({ length: 2000 }, (_, n) => (n >> 1 >= 100 && n >> 1 < 110 ? (n % 2 ? 127 : -127) : 0));
    const { columns, context } = canvas();
    drawSound(scene(context), lane("sound"), new Waveform(1000, 10_000, [{ step: 10, pairs }]), curvesOf({ ...reel, loudness: null }));
    const loud = columns.filter(([, height]) => height > 5).map(([x]) => x * axis.perPixel);
    expect([Math.min(...loud), Math.max(...loud)]).toEqual([100, 101]);
  });

  test("has its curves under the picture", () => {
    const { points, context } = canvas();
    drawFeeling(scene(context), lane("feeling"), curvesOf(reel));
    const top = Math.min(...points.map(([, y]) => y));
    const [peak] = points.filter(([, y]) => y < top + 10).map(([x]) => x * axis.perPixel);
    expect(peak).toBeGreaterThanOrEqual(99);
    expect(peak).toBeLessThanOrEqual(103);
  });

  test("tells the feeling of the frame that is pointed at", () => {
    const pointed: Pointed = { axis, plan, hits: [], statements: [], lanes: reel, shots: [], clock, timecode: (at) => base.timecode(frame(at)) };
    const words = [95, 100, 101, 102].map((at) => whatIsAt(pointed, at / axis.perPixel, lane("feeling").top + 5)?.text.split(" (")[0]);
    expect(words).toEqual(["arousal 0.00", "arousal 1.00", "arousal 1.00", "arousal 0.00"]);
  });
});
