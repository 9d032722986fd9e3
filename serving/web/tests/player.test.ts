import { afterEach, describe, expect, test, vi } from "vitest";
import type { Take } from "../src/api/types";
import type { Hit } from "../src/lib/documents";
import { FrameClock, Timebase, frame, seconds } from "../src/lib/time";
import { guidesOfHits, guidesOfTake } from "../src/player/guides";
import { duckUnder, gainOf, levelAt } from "../src/player/sound";
import { TakeTimes, placeAt, saidIn, secondsOf, type TimeMap } from "../src/state/times.svelte";

describe("a reel whose rate varies", () => {
  const clock = new FrameClock(new Timebase("24/1", 0), [40_000, 20_000, 60_000, 40_000]);
  test("has every frame at its own time", () => {
    expect([0, 1, 2, 3].map((n) => clock.seconds(frame(n)))).toEqual([0, 0.04, 0.06, 0.12]);
    expect(clock.middle(frame(2))).toBeCloseTo(0.09);
    for (const n of [0, 1, 2, 3]) {
      expect(clock.frame(clock.seconds(frame(n)))).toBe(n);
      expect(clock.frame(clock.middle(frame(n)))).toBe(n);
    }
    expect(clock.frame(seconds(9))).toBe(3);
  });
  test("is as its rate says where it does not vary", () => {
    const plain = new FrameClock(new Timebase("24000/1001", 0));
    expect(plain.middle(frame(100))).toBeCloseTo((100.5 * 1001) / 24000, 9);
  });
});

describe("levels", () => {
  const points = [[1, 0], [2, -8], [4, -8], [5, 0]] as const;
  test("move evenly between points and stay outside", () => {
    expect([0, 1.5, 3, 4.5, 9].map((t) => levelAt(points, t))).toEqual([0, -4, -8, -4, 0]);
    expect(levelAt([], 3)).toBe(0);
    expect(gainOf(-20)).toBeCloseTo(0.1);
  });
  test("the music steps back before a line, and does not pump between two", () => {
    const duck = duckUnder([{ from: 10, to: 12 }, { from: 12.3, to: 14 }, { from: 30, to: 31 }]);
    expect([9.7, 10, 12.15, 14, 14.7, 30.5].map((t) => Math.round(levelAt(duck, t)))).toEqual([0, -8, -8, -8, 0, -8]);
    expect(duck.map(([time]) => time)).toEqual([...duck.map(([time]) => time)].sort((a, b) => a - b));
  });
});

const map: TimeMap = {
  start_s: 1,
  end_s: 5,
  bars: [
    { bar: 1, at_s: 1, end_s: 3, beats_s: [1, 1.5, 2, 2.5], bpm: 120 },
    { bar: 2, at_s: 3, end_s: 5, beats_s: [3, 3.5, 4, 4.5], bpm: 120 },
  ],
  streamers: [{ begin_s: -1, end_s: 1, colour: "green", label: "downbeat" }],
  punches: [{ at_s: 1, colour: "green", label: "downbeat" }],
  flutters: [{ at_s: 4, punches_s: [3.9, 4], label: "soft" }],
};

describe("bar and beat", () => {
  test.each([[0.9, null], [1, [1, 1]], [1.49, [1, 1]], [2.6, [1, 4]], [3, [2, 1]], [4.999, [2, 4]], [5, null]])("at %s", (time, expected) => {
    const place = placeAt(map, time);
    expect(place && [place.bar, place.beat]).toEqual(expected);
  });
  test("without bars there is no place", () => expect(placeAt({ ...map, bars: [] }, 2)).toBeNull());
});

describe("themes", () => {
  const tempo = { start_s: "1/2", tempi: [{ beat: "0/1", bpm: "60/1" }, { beat: "4/1", bpm: "120/1" }] };
  test("lie where the tempo puts them", () => {
    expect([0, 2, 4, 6].map((beat) => secondsOf(tempo, beat))).toEqual([0.5, 2.5, 4.5, 5.5]);
  });
  test("are told as one hears them", () => {
    const [said] = saidIn({ tempo_map: tempo, statements: [{ theme: "t", label: "A: Ada", transform: ["invert:tonal", "head:15", "octave:1"], start: "0/1", end: "4/1" }] });
    expect(said).toEqual({ theme: "t", label: "A: Ada, upside down, its first 15 notes", from_s: 0.5, to_s: 4.5 });
  });
});

describe("the times of a take", () => {
  const take = { id: "t", files: [{ name: "timemap.json", url: "/v1/takes/t/files/timemap.json" }] } as Take;
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
  test("that did not come are fetched again by themselves, then whenever the take is looked at", async () => {
    vi.useFakeTimers();
    let answers = false;
    const asked = vi.fn(async () => {
      if (!answers) throw new TypeError("no network");
      return new Response(JSON.stringify(map), { headers: { "content-type": "application/json" } });
    });
    vi.stubGlobal("fetch", asked);
    const times = new TakeTimes();
    expect(times.of(take)).toBeNull();
    await vi.advanceTimersByTimeAsync(500);
    times.of(take);
    expect(asked).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveBeenCalledTimes(4);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked).toHaveBeenCalledTimes(4);
    times.of(take);
    answers = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(times.of(take)?.map.bars).toHaveLength(2);
  });
});

describe("streamers", () => {
  test("of a take are its own, with the flashes of soft moments", () => {
    expect(guidesOfTake(map).punches.map((p) => p.at_s)).toEqual([1, 3.9, 4]);
  });
  test("of the notes run two seconds into the hits that matter", () => {
    const hit = (at: number, weight: number, must_be = "any") => ({ id: "", frame: frame(at), weight, label: "", must_be }) as Hit;
    const guides = guidesOfHits([hit(240, 4), hit(480, 2), hit(720, 0.5), hit(960, 5, "avoid")], new FrameClock(new Timebase("24/1", 0)));
    expect(guides.streamers.map((s) => [s.begin_s, s.end_s])).toEqual([[8, 10]]);
    expect(guides.punches.map((p) => p.at_s)).toEqual([10, 20]);
  });
});
