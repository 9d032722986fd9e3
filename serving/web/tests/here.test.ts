import { describe, expect, test } from "vitest";
import type { Lanes } from "../src/lib/documents";
import { FrameClock, Timebase, frame } from "../src/lib/time";
import { shotsOf } from "../src/timeline/draw";
import { spoken, whatIsHere, type Fact } from "../src/timeline/here";

const span = (from: number, to: number) => ({ in: frame(from), out: frame(to) });
const curve = (value: number[]) => ({ value, confidence: value.map(() => 0.8) });
const lanes = (): Lanes => ({
  schema: "cuelight.lanes/1", rate: "24/1", frames: 480, start: 86400, drop_frame: false, end_s: 20, width: 16, height: 9, frame_us: [],
  cuts: [{ start: frame(100), end: frame(100), kind: "cut" }, { start: frame(200), end: frame(224), kind: "dissolve" }],
  flashes: [frame(310)],
  dialogue: [{ ...span(50, 90), speaker: "Ada", text: "No.", confidence: 0.92 }, { ...span(80, 110), speaker: "", text: "", confidence: 0.5 }, { ...span(148, 160), speaker: "Bo", text: "Why?", confidence: 0.7 }],
  speakers: ["Ada", "Bo"],
  music: [{ ...span(0, 60), label: "strings", confidence: 0.6 }],
  effects: [{ frame: frame(300), strength: 0.75, label: "door" }],
  people: [{ name: "Ada", thumbnail: null, spans: [span(0, 100), span(300, 400)] }, { name: "Bo", thumbnail: null, spans: [span(60, 140)] }],
  titles: [{ ...span(0, 24), text: "The Harbour" }],
  loudness: { hop_s: 1, lufs: [-23.4, -18, null, -75, ...Array.from({ length: 16 }, () => -20)] },
  feeling: { hop_s: 1, arousal: curve([0.1, 0.2, 0.62]), tension: curve([0.3, 0.4, 0.5]), valence: curve([0, -0.25, 0.5]) },
  thumbnails: [],
  scenes: [{ ...span(0, 200), number: 1, description: "the quay at night", people: ["Ada"] }],
});
const base = new Timebase("24/1", 86400);
const here = (at: number, of = lanes(), clock = new FrameClock(base, of.frame_us)): Fact[] => whatIsHere({ lanes: of, shots: shotsOf(of), timebase: base, clock }, at);
const told = (at: number, what: Fact["what"], of = lanes()): string | undefined => here(at, of).find((fact) => fact.what === what)?.words;

describe("what is at the playhead", () => {
  test("is told lane by lane, with where it begins and ends", () => {
    expect(here(55)).toEqual([
      { what: "Shot", words: "1 of 3, 4.2 s", from: 0, to: 100 },
      { what: "Scene", words: "1: the quay at night", from: 0, to: 200 },
      { what: "Dialogue", words: "Ada: “No.” (sure 0.92)", from: 50, to: 90 },
      { what: "Seen", words: "Ada" },
      { what: "Sound", words: "silent" },
      { what: "Music in the cut", words: "strings (sure 0.60)", from: 0, to: 60 },
      { what: "Feeling", words: "arousal 0.62 (sure 0.80) · tension 0.50 (sure 0.80) · valence 0.50 (sure 0.80)" },
    ]);
  });
  test("ends where it ends: the out frame is not in it", () => {
    expect([told(59, "Music in the cut"), told(60, "Music in the cut"), told(23, "Title"), told(24, "Title")]).toEqual(["strings (sure 0.60)", undefined, "The Harbour", undefined]);
    expect([told(99, "Shot"), told(100, "Shot"), told(210, "Shot"), told(223, "Shot"), told(224, "Shot"), told(479, "Shot")].map((words) => words?.replace(/, [\d.]+ s/, ""))).toEqual([
      "1 of 3, its last frame", "2 of 3, its first frame", "2 of 3, in a dissolve", "2 of 3, in a dissolve", "3 of 3, its first frame", "3 of 3",
    ]);
  });
  test("tells of two who speak at once, of nobody, and of who speaks next", () => {
    expect(told(85, "Dialogue")).toBe("Ada: “No.” (sure 0.92) somebody speaks (sure 0.50)");
    expect(here(124).find((fact) => fact.what === "Dialogue")).toEqual({ what: "Dialogue", words: "nobody; Bo in 1.0 s", from: 148 });
    expect(told(160, "Dialogue")).toBe("nobody speaks any more");
    expect([told(70, "Seen"), told(200, "Seen")]).toEqual(["Ada, Bo", "nobody"]);
  });
  test("counts the frames to a sudden sound and to a flash, and leaves far ones out", () => {
    expect([told(295, "Sound"), told(300, "Sound"), told(301, "Sound"), told(320, "Sound"), told(340, "Sound")]).toEqual([
      "−20 LUFS · door 5 frames ahead (strength 0.75)",
      "−20 LUFS · door here (strength 0.75) · flash of light 10 frames ahead",
      "−20 LUFS · door 1 frame ago (strength 0.75) · flash of light 9 frames ahead",
      "−20 LUFS · flash of light 10 frames ago",
      "−20 LUFS",
    ]);
    expect([told(0, "Sound"), told(24, "Feeling")]).toEqual(["−23 LUFS", "arousal 0.20 (sure 0.80) · tension 0.40 (sure 0.80) · valence −0.25 (sure 0.80)"]);
  });
  test("says nothing of lanes that are empty, nor of feeling past its curve", () => {
    const bare = { ...lanes(), dialogue: [], people: [], loudness: null, effects: [], flashes: [], music: [], titles: [], scenes: [], cuts: [] };
    expect(here(400, bare)).toEqual([{ what: "Shot", words: "1 of 1, 20.0 s", from: 0, to: 480 }]);
  });
  test("is read at the frame's own time where the rate varies", () => {
    const of = { ...lanes(), frame_us: Array.from({ length: 480 }, (_, n) => (n < 24 ? 83_334 : 20_000)) };
    expect(told(12, "Feeling", of)).toMatch(/^arousal 0.20/); // one second in: at 24 frames a second it would be half of one
  });
  test("is said aloud as sentences", () => {
    expect(spoken(here(148).slice(0, 4), (at) => base.timecode(frame(at)))).toBe(
      "Shot: 2 of 3, 5.2 s, 01:00:04:04 to 01:00:09:08. Scene: 1: the quay at night, 01:00:00:00 to 01:00:08:08. Dialogue: Bo: “Why?” (sure 0.70), 01:00:06:04 to 01:00:06:16. Seen: nobody.",
    );
  });
});
