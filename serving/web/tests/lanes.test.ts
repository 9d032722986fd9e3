import { describe, expect, test, vi } from "vitest";
import { frame } from "../src/lib/time";
import { Waveform } from "../src/lib/waveform";
import { shotsOf, stretches } from "../src/timeline/draw";
import { curvesOf, overall } from "../src/timeline/curves";
import { layout, ticks } from "../src/timeline/layout";
import { Series, firstAtLeast, nearest, touching } from "../src/timeline/series";
import { landmarks, snapped } from "../src/timeline/snap";
import { Thumbnails } from "../src/timeline/thumbnails";
import { FRAMES, lanes, waveform } from "../perf/synthetic";

const reel = lanes();

describe("the picture lane", () => {
  test("shots fill the reel without a gap", () => {
    const shots = shotsOf(reel);
    expect(shots[0]?.start).toBe(0);
    expect(shots.at(-1)?.end).toBe(FRAMES);
    shots.slice(1).forEach((shot, n) => expect(shot.start).toBe(shots[n]?.end));
  });

  test.each([0.01, 1, 8, 40, 132])("at %s frames a pixel narrow shots are put together, none is lost", (perPixel) => {
    const shots = shotsOf(reel);
    const parts = stretches(shots, perPixel);
    expect(parts.reduce((sum, part) => sum + part.shots, 0)).toBe(shots.length);
    parts.slice(1).forEach((part, n) => expect(part.start).toBe(parts[n]?.end));
    expect(parts.length).toBeLessThan(2 * 1300 * Math.max(1, FRAMES / perPixel / 1300 / 26));
  });
});

describe("rows of numbers", () => {
  test("touching finds what a plain search finds", () => {
    const spans = Array.from({ length: 300 }, (_, n) => ({ in: n * 10, out: n * 10 + 7 }));
    for (const [from, to] of [[0, 5], [8, 9], [995, 1503], [2990, 9999], [-50, -1]] as const) {
      const found = touching(spans, from, to, (s) => s.in, (s) => s.out);
      expect(found).toEqual(spans.filter((s) => s.out >= from && s.in <= to));
    }
  });

  test("nearest and firstAtLeast", () => {
    const list = [1, 5, 9];
    expect(nearest(list, 6.9, (n) => n)).toBe(5);
    expect(nearest(list, 7.1, (n) => n)).toBe(9);
    expect(nearest([], 1, (n: number) => n)).toBeUndefined();
    expect(firstAtLeast(list, 5, (n) => n)).toBe(1);
    expect(firstAtLeast(list, 10, (n) => n)).toBe(3);
  });

  test("a series gives means over any stretch and lines between values", () => {
    const series = new Series([0, 1, 2, 3, null, 5], 0.5);
    expect(series.mean(0, 2)).toBeCloseTo(1.5);
    expect(series.mean(2, 3)).toBe(5); // the gap counts as nothing
    expect(series.mean(0.5, 0.5)).toBeCloseTo(0.5);
    expect(series.mean(0.75, 0.75)).toBeCloseTo(1);
    expect(new Series([], 0.5).mean(0, 1)).toBeNaN();
    expect(new Series([null, null], 0.5).mean(0, 1)).toBeNaN();
  });

  test("a reel without sound has no loudness", () => {
    expect(overall({ ...reel, loudness: null })).toBeNull();
    expect(curvesOf({ ...reel, loudness: null }).loudness.length).toBe(0);
    expect(overall(reel)).toBeGreaterThan(-40);
    expect(curvesOf(reel).valenceFrom).toBe(-1);
  });
});

describe("the waveform", () => {
  test("is read level by level, and the level fits the zoom", () => {
    const wave = Waveform.read(waveform());
    expect(wave.levels.map((l) => l.step)).toEqual([122_880, 30_720, 7_680, 1_920, 480]);
    expect(wave.level(10)?.step).toBe(122_880);
    expect(wave.level(0.02)?.step).toBe(480);
    expect(wave.level(0.0001)?.step).toBe(480);
    expect(wave.levels.at(-1)?.pairs.length).toBe(2 * 7200 * 100);
  });

  test("anything else is refused", () => {
    expect(() => Waveform.read(new ArrayBuffer(4))).toThrow(RangeError);
    expect(() => Waveform.read(new TextEncoder().encode("RIFF............").buffer as ArrayBuffer)).toThrow(RangeError);
    expect(() => Waveform.read(waveform().slice(0, 100))).toThrow(RangeError);
  });
});

describe("the ruler", () => {
  test("labels keep their distance from a frame to two hours", () => {
    for (let perPixel = 1 / 160; perPixel < 150; perPixel *= 1.3) {
      const { labelled, bare } = ticks(perPixel, 24);
      expect(labelled / perPixel).toBeGreaterThan(117);
      expect(labelled % bare).toBe(0);
      expect(bare).toBeGreaterThanOrEqual(1);
    }
  });

  test("lanes do not overlap, and nobody needs no lane", () => {
    const { lanes: all, height } = layout(2);
    all.slice(1).forEach((lane, n) => expect(lane.top).toBe((all[n]?.top ?? 0) + (all[n]?.height ?? 0)));
    expect(height).toBe((all.at(-1)?.top ?? 0) + (all.at(-1)?.height ?? 0));
    expect(layout(0).lanes.map((l) => l.name)).not.toContain("people");
  });
});

describe("snapping", () => {
  const marks = landmarks({ ...reel, cuts: [{ start: frame(100), end: frame(100), kind: "cut" }], dialogue: [] });
  test("goes to a cut or to the playhead within reach, else stays", () => {
    expect(snapped(103.4, marks, 5000, 4)).toEqual({ frame: 100, on: true });
    expect(snapped(104.6, marks, 5000, 4)).toEqual({ frame: 105, on: false });
    expect(snapped(104.6, marks, 106, 4)).toEqual({ frame: 106, on: true });
  });
});

describe("thumbnails", () => {
  test("a few at once, those in sight first, failures not again, all let go at the end", async () => {
    const open: { n: number; done: (bitmap: ImageBitmap) => void; fail: () => void }[] = [];
    const closed: number[] = [];
    const load = vi.fn((n: number) => new Promise<ImageBitmap>((resolve, reject) => open.push({ n, done: resolve, fail: () => reject(new Error("gone")) })));
    const arrived = vi.fn();
    const thumbs = new Thumbnails(load, arrived);
    thumbs.want([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(open.map((o) => o.n)).toEqual([1, 2, 3, 4, 5, 6]);
    thumbs.want([20]);
    open[0]?.done({ close: () => closed.push(1) } as unknown as ImageBitmap);
    open[1]?.fail();
    await vi.waitFor(() => expect(load).toHaveBeenCalledWith(20));
    expect(load).not.toHaveBeenCalledWith(7);
    expect(thumbs.get(1)).toBeDefined();
    thumbs.want([2]);
    expect(load.mock.calls.filter(([n]) => n === 2)).toHaveLength(1);
    thumbs.end();
    expect(closed).toEqual([1]);
  });

  test("one that failed is asked for again after a while, as long as it is in sight, and not for ever", async () => {
    vi.useFakeTimers();
    const load = vi.fn((_n: number): Promise<ImageBitmap> => Promise.reject(new Error("no network")));
    const thumbs: Thumbnails = new Thumbnails(load, () => thumbs.want([3])); // as the drawing does
    thumbs.want([3]);
    await vi.advanceTimersByTimeAsync(1_000);
    thumbs.want([3]);
    expect(load).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(load).toHaveBeenCalledTimes(2);
    load.mockResolvedValue({ close: () => undefined } as unknown as ImageBitmap);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([load.mock.calls.length, thumbs.get(3) !== undefined]).toEqual([3, true]);
    const missing = vi.fn((_n: number): Promise<ImageBitmap> => Promise.reject(new Error("404")));
    const gone: Thumbnails = new Thumbnails(missing, () => gone.want([4]));
    gone.want([4]);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(missing).toHaveBeenCalledTimes(4);
    vi.useRealTimers();
  });
});
