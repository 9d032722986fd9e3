import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Take } from "../src/api/types";
import type { ApiError } from "../src/lib/api";
import { FrameClock, Timebase, frame, span } from "../src/lib/time";
import { Player } from "../src/player/player.svelte";
import type { Review } from "../src/state/review.svelte";
import { View } from "../src/state/view.svelte";

/** A video whose clock is set by hand. */
class Video extends EventTarget {
  readyState = 4;
  paused = true;
  muted = false;
  seeking = false;
  playbackRate = 1;
  volume = 1;
  sought: number[] = [];
  #time = 0;
  get currentTime(): number {
    return this.#time;
  }
  set currentTime(time: number) {
    this.#time = time;
    this.sought.push(time);
    this.seeking = true;
  }
  run(time: number): void {
    this.#time = time;
  }
  arrive(): void {
    this.seeking = false;
    this.dispatchEvent(new Event("seeked"));
  }
  play(): Promise<void> {
    this.paused = false;
    this.dispatchEvent(new Event("play"));
    this.dispatchEvent(new Event("playing"));
    return Promise.resolve();
  }
  pause(): void {
    this.paused = true;
    this.dispatchEvent(new Event("pause"));
  }
  load(): void {}
  requestVideoFrameCallback(): number {
    return 0;
  }
  closest(): null {
    return null;
  }
}

interface Started {
  when: number;
  offset: number;
  stopped: boolean;
}
let started: Started[];
let heard: number;
const param = () => ({ value: 1, setValueAtTime: vi.fn(), setTargetAtTime: vi.fn(), linearRampToValueAtTime: vi.fn(), exponentialRampToValueAtTime: vi.fn() });
const node = () => ({ gain: param(), connect: (to: unknown) => to });

/** Web Audio whose clock is set by hand; what is written to the speakers is heard 20 ms later. */
class Sound {
  state = "running";
  destination = {};
  outputLatency = 0.02;
  get currentTime(): number {
    return heard + 0.02;
  }
  getOutputTimestamp(): { contextTime: number; performanceTime: number } {
    return { contextTime: heard, performanceTime: performance.now() };
  }
  createGain = node;
  createBufferSource() {
    const one: Started = { when: 0, offset: 0, stopped: false };
    return {
      buffer: null,
      connect: (to: unknown) => to,
      start: (when: number, offset: number) => {
        Object.assign(one, { when, offset });
        started.push(one);
      },
      stop: () => (one.stopped = true),
    };
  }
  decodeAudioData = () => Promise.resolve({ duration: 60 });
  resume = () => Promise.resolve();
  close = () => Promise.resolve();
}

const take = (id: string, cue: string, start: number, more: Partial<Take> = {}): Take =>
  ({ id, cue, reel: "r", job: "j", revision: 1, state: "proposed", created: "2026", files: [{ name: "mix.flac", url: `/${id}`, bytes: 1, media_type: "audio/flac" }, { name: "stems/strings.flac", url: `/${id}/strings`, bytes: 1, media_type: "audio/flac" }, { name: "stems/brass.flac", url: `/${id}/brass`, bytes: 1, media_type: "audio/flac" }], record: { start_s: start, samples: 48000 * 60, levels: null, number: cue } as never, ...more }) as Take;

let video: Video;
let player: Player;
let view: View;
let review: { view: View; selectedCue: unknown; notes: { cues: { id: string }[] } } & Record<string, unknown>;
const settled = () => vi.advanceTimersByTimeAsync(20);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  started = [];
  heard = 100;
  vi.stubGlobal("requestAnimationFrame", (tick: (now: number) => void) => setTimeout(() => tick(performance.now()), 16));
  vi.stubGlobal("cancelAnimationFrame", (id: number) => clearTimeout(id));
  vi.stubGlobal("AudioContext", Sound);
  vi.stubGlobal("fetch", vi.fn(async () => new Response(new ArrayBuffer(8))));
  const base = new Timebase("24/1", 0);
  view = new View();
  view.open(24 * 600);
  review = { view, timebase: base, clock: new FrameClock(base), selectedCue: null, notes: { cues: ["1m1", "1m2", "1m3"].map((id) => ({ id })) }, lanes: null, id: "r", session: { complain: vi.fn() } };
  player = new Player(review as unknown as Review);
  video = new Video();
  player.attach(video as unknown as HTMLVideoElement);
  video.arrive();
  video.sought = [];
});
afterEach(() => {
  player.end();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the playhead", () => {
  test("is asked for in the middle of its frame, and only the last wish counts while one is under way", () => {
    player.seek(frame(10));
    player.seek(frame(11));
    player.seek(frame(12));
    expect(video.sought).toEqual([10.5 / 24]);
    video.arrive();
    expect(video.sought).toEqual([10.5 / 24, 12.5 / 24]);
    video.arrive();
    expect(view.playhead).toBe(12);
    player.seek(frame(1e9));
    expect(view.playhead).toBe(24 * 600 - 1);
  });

  test("steps by frames and stops for it", async () => {
    await player.play();
    player.step(3);
    expect([player.playing, video.paused, view.playhead]).toEqual([false, true, 3]);
  });

  test("L doubles and silences, J turns round, K stops", async () => {
    player.shuttle(1);
    await settled();
    expect([player.speed, video.muted, video.playbackRate]).toEqual([1, false, 1]);
    player.shuttle(1);
    expect([player.speed, video.muted, video.playbackRate]).toEqual([2, true, 2]);
    player.shuttle(1);
    player.shuttle(1);
    player.shuttle(1);
    expect(player.speed).toBe(8);
    player.shuttle(-1);
    expect([player.speed, video.paused, player.playing]).toEqual([-1, true, true]);
    player.pause();
    expect([player.speed, player.playing, video.playbackRate]).toEqual([1, false, 1]);
  });

  test("J runs back to the first frame and stops there", async () => {
    video.run(1);
    player.shuttle(-1);
    await vi.advanceTimersByTimeAsync(500);
    expect(view.playhead).toBeGreaterThan(0);
    expect(view.playhead).toBeLessThan(24);
    await vi.advanceTimersByTimeAsync(1500);
    expect([view.playhead, player.playing]).toEqual([0, false]);
  });

  test("a loop begins where the cue does", async () => {
    review.selectedCue = { span: span(240, 480) };
    player.loop = true;
    await player.play();
    expect(video.sought.at(-1)).toBe(240.5 / 24);
  });

  test("a loop of the cue that ends with the reel goes on, also where the player stands on the last frame", async () => {
    review.selectedCue = { span: span(24 * 590, 24 * 600) };
    player.loop = true;
    await player.play();
    video.arrive();
    video.run(600);
    video.pause(); // as browsers do: first it stands, then it says that it is at its end
    video.dispatchEvent(new Event("ended"));
    await settled();
    expect([player.playing, video.paused, video.sought.at(-1)]).toEqual([true, false, (24 * 590 + 0.5) / 24]);
    player.pause();
    video.arrive();
    player.seek(frame(24 * 600 - 1));
    video.arrive();
    await player.play();
    expect(video.sought.at(-1)).toBe((24 * 590 + 0.5) / 24);
  });

  test("at the end of the reel the player stops where the looped cue ends before it, or nothing is looped", async () => {
    for (const cue of [null, { span: span(0, 24 * 300) }]) {
      review.selectedCue = cue;
      player.loop = true;
      await player.play();
      video.arrive();
      video.pause();
      video.dispatchEvent(new Event("ended"));
      await settled();
      expect([player.playing, video.paused]).toEqual([false, true]);
    }
  });

  test("two quick spaces are play and stop, also while the sound wakes up", async () => {
    player.score.setTakes([take("one", "1m1", 0)]);
    vi.spyOn(player.score, "ready").mockImplementation(() => new Promise((done) => setTimeout(done, 300)));
    player.toggle();
    player.toggle();
    await vi.advanceTimersByTimeAsync(400);
    expect([player.playing, video.paused]).toEqual([false, true]);
    player.shuttle(1);
    player.shuttle(1); // the second press is heard as one while the first still waits
    await vi.advanceTimersByTimeAsync(400);
    expect([player.speed, video.playbackRate, video.muted]).toEqual([2, 2, true]);
  });
});

describe("the score", () => {
  test("is scheduled to the sample: what has begun from where it is now, what comes later at its time", async () => {
    video.run(10);
    player.score.setTakes([take("one", "1m1", 8), take("two", "1m2", 15), take("far", "1m3", 200)]);
    await player.play();
    await settled();
    expect(started).toHaveLength(2);
    // heard at 100 is reel second 10, so the first sample of take one (8 s) was due at 98
    expect(started[0]?.when).toBeCloseTo(100.05, 6);
    expect(started[0]?.offset).toBeCloseTo(2.05, 6);
    expect([started[1]?.when, started[1]?.offset]).toEqual([105, 0]);
  });

  test("is measured, and set anew once it is more than 15 ms from the picture", async () => {
    video.run(10);
    player.score.setTakes([take("one", "1m1", 8)]);
    await player.play();
    await settled();
    for (let n = 0; n < 8; n += 1) {
      video.run(video.currentTime + 0.1);
      heard += 0.11;
      await vi.advanceTimersByTimeAsync(n === 0 ? 80 : 100);
    }
    expect(player.score.resyncs).toBeGreaterThan(0);
    expect(started[0]?.stopped).toBe(true);
    const last = started.at(-1) as Started;
    expect(last.when - last.offset - (heard + 8 - video.currentTime)).toBeLessThan(0.03);
  });

  test("stays as it is while the two agree", async () => {
    video.run(10);
    player.score.setTakes([take("one", "1m1", 8)]);
    await player.play();
    await settled();
    for (let n = 0; n < 12; n += 1) {
      video.run(video.currentTime + 0.1);
      heard += 0.1;
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(player.score.resyncs).toBe(0);
    expect(Math.abs(player.score.driftMs ?? 99)).toBeLessThan(1);
    expect(started).toHaveLength(1);
  });

  test("is silent under the cut's own sound and while shuttling", async () => {
    player.score.setTakes([take("one", "1m1", 0)]);
    await player.play();
    await settled();
    expect(started).toHaveLength(1);
    player.setMonitor("cut");
    expect(started[0]?.stopped).toBe(true);
    player.setMonitor("a");
    await settled();
    expect(started).toHaveLength(2);
    player.shuttle(1);
    await settled();
    expect(started.every((one) => one.stopped)).toBe(true);
  });

  test("plays the stems that are left when one is muted or heard alone", async () => {
    const fetched = vi.mocked(fetch);
    player.score.setTakes([take("one", "1m1", 0)]);
    await player.play();
    await settled();
    player.score.toggleMute("strings");
    await settled();
    player.score.toggleMute("strings");
    player.score.toggleSolo("strings");
    await settled();
    expect(fetched.mock.calls.map(([url]) => String(url))).toEqual(["/one", "/one/brass", "/one/strings"]);
  });

  test("A is the accepted take or the newest, B the next; a choice is kept; rejected ones are not offered", () => {
    const takes = [take("old", "1m1", 0, { created: "2026-01" }), take("new", "1m1", 0, { created: "2026-03" }), take("bad", "1m1", 0, { created: "2026-04", state: "rejected" })];
    player.score.setTakes(takes);
    expect([player.score.take("1m1", "a")?.id, player.score.take("1m1", "b")?.id, player.score.heard("1m1")]).toEqual(["new", "old", "new"]);
    player.score.setTakes(takes.map((t) => (t.id === "old" ? { ...t, state: "accepted" as const } : t)));
    expect([player.score.take("1m1", "a")?.id, player.score.take("1m1", "b")?.id]).toEqual(["old", "new"]);
    player.score.assign("1m1", "a", "bad");
    expect(player.score.take("1m1", "a")?.id).toBe("bad");
    player.setMonitor("cut");
    expect(player.score.heard("1m1")).toBeUndefined();
  });

  test("a take that comes while the picture plays takes over from the one before, and only there", async () => {
    video.run(10);
    player.score.setTakes([take("old", "1m1", 8), take("other", "1m2", 9)]);
    await player.play();
    await settled();
    expect(started).toHaveLength(2);
    player.score.setTakes([take("old", "1m1", 8), take("other", "1m2", 9), take("new", "1m1", 8, { created: "2027" })]);
    await settled();
    expect(started.map((one) => one.stopped)).toEqual([true, false, false]);
    player.score.setTakes([take("old", "1m1", 8, { state: "accepted" }), take("other", "1m2", 9), take("new", "1m1", 8, { created: "2027" })]);
    await settled();
    expect(started.map((one) => one.stopped)).toEqual([true, false, true, false]);
  });

  test("the first take of all is heard as soon as it is there", async () => {
    await player.play();
    await settled();
    player.score.setTakes([take("one", "1m1", 0)]);
    await settled();
    expect(started).toHaveLength(1);
  });

  test("a take of a cue that is gone is heard no more, and the film does not step back for it", async () => {
    const levels = { film_gain_db: -6, music_gain_db: 0, film_duck: [], music_duck: [] };
    const [one] = [take("one", "1m1", 0)];
    player.score.setTakes([{ ...(one as Take), record: { ...(one as Take).record, levels } as never }]);
    await player.play();
    await settled();
    expect(player.score.filmDb(1)).toBe(-6);
    review.notes.cues = [{ id: "1m2" }];
    await vi.advanceTimersByTimeAsync(150);
    expect(started.map((voice) => voice.stopped)).toEqual([true]);
    expect([player.score.under(1), player.score.filmDb(1)]).toEqual([null, 0]);
  });

  test("what is heard alone silences the takes that have nothing of it", async () => {
    const bare = take("two", "1m2", 0);
    player.score.setTakes([take("one", "1m1", 0), { ...bare, files: bare.files.filter((file) => !file.name.includes("brass")) }]);
    player.score.toggleSolo("brass");
    await player.play();
    await settled();
    expect(vi.mocked(fetch).mock.calls.map(([url]) => String(url))).toEqual(["/one/brass"]);
    expect(started).toHaveLength(1);
  });

  test.each(["start_s", "samples", "levels"])("a take whose record lacks its %s is not heard, and that is said once", async (member) => {
    const whole = take("one", "1m1", 8);
    const record = Object.fromEntries(Object.entries(whole.record).filter(([name]) => name !== member)) as never;
    video.run(10);
    player.score.setTakes([{ ...whole, record }, take("two", "1m2", 9)]);
    await player.play();
    await settled();
    await vi.advanceTimersByTimeAsync(300);
    expect(vi.mocked(fetch).mock.calls.map(([url]) => String(url))).toEqual(["/two"]);
    expect(player.score.under(8.5)).toBeNull();
    const complain = (review["session"] as { complain: ReturnType<typeof vi.fn> }).complain;
    expect(complain.mock.calls.map(([error]) => (error as ApiError).code)).toEqual(["take-incomplete"]);
  });

  test("that does not come is told once, and tried again", async () => {
    vi.mocked(fetch).mockResolvedValue(new Response("", { status: 500 }));
    player.score.setTakes([take("one", "1m1", 0)]);
    await player.play();
    await settled();
    player.pause();
    await player.play();
    await settled();
    expect((review["session"] as { complain: ReturnType<typeof vi.fn> }).complain).toHaveBeenCalledTimes(1);
    expect(vi.mocked(fetch)).toHaveBeenCalledTimes(2);
  });
});
