import { beforeEach, describe, expect, test } from "vitest";
import { frame, span } from "../src/lib/time";
import { View } from "../src/state/view.svelte";

const HOURS = 2 * 3600 * 24;
let view: View;
beforeEach(() => {
  view = new View();
  view.resize(1200);
  view.open(HOURS);
});

describe("the axis", () => {
  test("shows the whole reel at first, and again when the window is resized", () => {
    expect(view.left).toBe(0);
    expect(view.shown).toBeCloseTo(HOURS);
    view.resize(800);
    expect(view.shown).toBeCloseTo(HOURS);
    expect(view.whole).toBe(true);
  });

  test("keeps what lies under the pointer there while zooming", () => {
    for (const x of [0, 300, 611, 1199]) {
      view.fitAll();
      for (let n = 0; n < 12; n += 1) {
        const before = view.left + x * view.perPixel;
        view.zoom(1.4, x);
        expect(view.left + x * view.perPixel).toBeCloseTo(before, 6);
      }
    }
  });

  test("ends at a single frame and at the whole reel", () => {
    for (let n = 0; n < 100; n += 1) view.zoom(2, 600);
    expect(1 / view.perPixel).toBeCloseTo(160);
    for (let n = 0; n < 100; n += 1) view.zoom(0.5, 600);
    expect(view.whole).toBe(true);
    expect(view.left).toBe(0);
  });

  test("never leaves the reel", () => {
    view.zoom(50, 600);
    view.scroll(-1e9);
    expect(view.left).toBe(0);
    view.scroll(1e9);
    expect(view.right).toBeCloseTo(HOURS);
  });

  test("turns pixels into frames and back", () => {
    view.zoom(100, 500);
    for (const x of [0, 17, 500, 1199]) {
      const at = view.frameAt(x);
      expect(view.x(at)).toBeLessThanOrEqual(x + 1e-6);
      expect(view.x(at + 1)).toBeGreaterThan(x);
    }
    expect(view.frameAt(-1e9)).toBe(0);
    expect(view.frameAt(1e12)).toBe(HOURS - 1);
    expect(view.boundaryAt(1e12)).toBe(HOURS);
  });

  test("fits a cue with a little air", () => {
    view.fit(span(10_000, 11_000));
    expect(view.left).toBeLessThan(10_000);
    expect(view.right).toBeGreaterThan(11_000);
    expect(view.shown).toBeLessThan(1200);
  });

  test("brings a frame into sight without moving more than needed", () => {
    view.fit(span(10_000, 11_000));
    const before = view.left;
    view.reveal(10_500);
    expect(view.left).toBe(before);
    view.reveal(12_000);
    expect(view.right).toBeGreaterThan(12_000);
    expect(view.left).toBeLessThan(12_000);
  });

  test("turns the page while playing, unless it was told to stay", () => {
    view.fit(span(10_000, 11_000));
    view.turn(10_900);
    const before = view.left;
    view.turn(frame(view.right + 5));
    expect(view.left).toBeGreaterThan(before);
    view.playhead = frame(view.left + 5);
    view.moveTo(50_000); // somebody looks at something else while it plays
    view.turn(view.playhead + 1);
    expect(view.left).toBe(50_000);
    view.reveal(view.playhead);
    view.turn(view.playhead);
    view.follow = false;
    const stay = view.left;
    view.turn(frame(view.right + 500));
    expect(view.left).toBe(stay);
  });
});
