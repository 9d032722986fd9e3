import { describe, expect, it } from "vitest";
import { Timebase, frame } from "../../src/lib/time";
import { deedsOn } from "../../src/panels/deeds";
import { kindOf } from "../../src/panels/score/files";
import { fitName, fitWords } from "../../src/panels/score/fits";
import { jobsFor, orderOf, unchanged, writes } from "../../src/panels/score/orders";
import { type Parsed, clean } from "../../src/panels/score/pages";
import { boxOf, drawn, strokes, timeAt } from "../../src/panels/score/roll";
import { placeOf } from "../../src/panels/score/takes";
import { barBeat, pagesIn, placeOfBar, soundingOn, timeUnder } from "../../src/panels/score/timemap";
import type { TimeMap } from "../../src/state/times.svelte";

const bar = (number: number, at_s: number, beats: number, beat = 0.5): TimeMap["bars"][number] => ({
  bar: number, at_s, end_s: at_s + beats * beat, bpm: 60 / beat, beats_s: Array.from({ length: beats }, (_, k) => at_s + k * beat),
});
// 4/4, a bar of 3/4, 4/4 again, at 120; two pages
const MAP: TimeMap = {
  start_s: 0.5, end_s: 6, bars: [bar(1, 0.5, 4), bar(2, 2.5, 3), bar(3, 4, 4)], streamers: [], punches: [], flutters: [],
};
const PAGES = [
  {
    file: "pages/1.svg",
    bars: [{ bar: 1, left: 0.1, top: 0.1, right: 0.5, bottom: 0.3 }, { bar: 2, left: 0.5, top: 0.1, right: 0.9, bottom: 0.3 }],
    notes: [{ id: "a", on_s: 0.5, off_s: 1 }, { id: "b", on_s: 1, off_s: 2.5 }],
  },
  { file: "pages/2.svg", bars: [{ bar: 3, left: 0.1, top: 0.1, right: 0.9, bottom: 0.3 }], notes: [] },
];

describe("time map", () => {
  it("counts bars and beats through a change of meter, and nothing outside", () => {
    expect([0, 0.5, 0.9, 1, 2.49, 2.5, 3.9, 4, 5.9, 6, 9].map((at) => barBeat(MAP, at))).toEqual([
      "", "1|1", "1|1", "1|2", "1|4", "2|1", "2|3", "3|1", "3|4", "", "",
    ]);
    expect(barBeat(MAP, 2.4999)).toBe("2|1");
  });
  it("finds bars on pages and pages under the pointer", () => {
    expect(placeOfBar(PAGES, 3)?.page).toBe(1);
    expect(placeOfBar(PAGES, 9)).toBeNull();
    expect(timeUnder(MAP.bars, PAGES[0]!, 0.6, 0.2)).toBe(2.5);
    expect(timeUnder(MAP.bars, PAGES[0]!, 0.6, 0.5)).toBeNull();
  });
  it("has pages only where they were made", () => {
    expect(pagesIn(MAP)).toEqual([]);
    expect(pagesIn({ ...MAP, pages: PAGES } as TimeMap)).toHaveLength(2);
  });
  it("knows which notes sound", () => {
    expect([0.4, 0.5, 0.99, 1, 2.6].map((at) => soundingOn(PAGES[0]!, at).join())).toEqual(["", "a", "a", "b", ""]);
  });
  it("says in which bar and beat a hit fell, from the frames it is off", () => {
    const hit = (at: number, off: number) => ({ id: "h", frame: frame(at), label: "", frames_off: off, landed: true, where: "bar", reason: "" });
    const base = new Timebase("24/1", 0);
    expect(placeOf(MAP, hit(60, 0), base, 24)).toBe("2|1");
    expect(placeOf(MAP, hit(61, -1), base, 24)).toBe("2|1");
    expect(placeOf(MAP, hit(60, -0.4), base, 24)).toBe("1|4");
    expect(placeOf(MAP, hit(0, 0), base, 24)).toBe("");
  });
});

describe("piano roll", () => {
  const roll = {
    on_s: 0.5, off_s: 6.5, lowest: 36, highest: 72,
    parts: [
      { instrument: "flute", name: "Flutes", family: "woodwinds", notes: [[2.5, 3.5, 72, 80, "melody", 0]] as never },
      { instrument: "cello", name: "Cellos", family: "strings", notes: [[0.5, 2.5, 36, 60, "bass", -1]] as never },
      { instrument: "taiko", name: "Taiko", family: "percussion", notes: [[4, 4.2, 41, 100, "rhythm", -1]] as never },
    ],
    statements: [],
  };
  it("draws the tune last, and drums as strokes", () => {
    expect(drawn(roll).map((note) => note.role)).toEqual(["bass", "melody"]);
    expect(strokes(roll)).toEqual([{ at_s: 4, velocity: 100 }]);
  });
  it("places notes and finds the time under the pointer", () => {
    const box = boxOf(roll, drawn(roll)[1]!, 600, 410);
    expect(box).toMatchObject({ x: 200, y: 20, width: 99.5, height: 9.5 });
    expect(timeAt(roll, box.x, 600)).toBeCloseTo(2.5, 9);
  });
});

describe("orders", () => {
  const none = { seed: 8, engine: "model" as const, tone: [], bpm: null, palette: [], theme: "" };
  it("say only what was chosen", () => {
    expect(orderOf(["cue-1"], none)).toEqual({ cues: ["cue-1"], engine: "model", seed: 8 });
    expect(orderOf(["cue-1"], { ...none, seed: null, tone: ["tense"], bpm: 96.5, palette: ["harp"], theme: "theme-a" })).toEqual({
      cues: ["cue-1"], engine: "model", tone: ["tense"], bpm: 96.5, palette: { instruments: ["harp"] }, theme: "theme-a",
    });
  });
  it("notice when they would give the same music again", () => {
    expect(unchanged(none, 8)).toBe(true);
    expect(unchanged({ ...none, bpm: 90 }, 8)).toBe(false);
    expect(unchanged(none, 7)).toBe(false);
  });
  const job = (id: string, state: string, created: string, cues?: string[]) => ({ id, kind: "score", state, created, params: cues ? { cues } : {} });
  it("belong to a cue if they name it or name none", () => {
    expect([writes({ params: {} }, "a"), writes({ params: { cues: [] } }, "a"), writes({ params: { cues: ["b"] } }, "a")]).toEqual([true, true, false]);
  });
  it("are shown while under way, and when the last one went wrong", () => {
    const failed = job("1", "failed", "2026-01-01");
    const going = job("2", "running", "2026-01-02", ["a"]);
    expect(jobsFor([failed], "a", []).map((one) => one.id)).toEqual(["1"]);
    expect(jobsFor([failed], "a", [{ created: "2026-01-03" }])).toEqual([]);
    expect(jobsFor([failed, going], "a", []).map((one) => one.id)).toEqual(["2"]);
    expect(jobsFor([job("3", "done", "2026-01-04")], "a", [])).toEqual([]);
  });
});

describe("fits", () => {
  const fit = { kind: "other" as const, bpm: [110, 118.46], hits: 23, near: 13, missed: 0, changes: 2 };
  it("are told by their tempo and what they catch", () => {
    expect(fitName(fit)).toBe("110–118.5 bpm, 2 changes");
    expect(fitName({ ...fit, bpm: [98.5], changes: 0 })).toBe("98.5 bpm");
    expect(fitName({ ...fit, bpm: [] })).toBe("no tempo");
    expect(fitWords(fit)).toBe("23 landed, 13 near");
  });
});

describe("files", () => {
  it("are named by what they hold, and what only the page reads is not offered", () => {
    expect(["mix.flac", "stems/low brass.flac", "short.musicxml", "score.musicxml", "cue.mid", "sketch.json", "timemap.json", "pages/1.svg", "folder/AGENT_1m1.mid", "folder/parts/AGENT_1m1_Scene1_violin_1.musicxml"].map(kindOf)).toEqual([
      "Mix", "Stem: low brass", "Short score (MusicXML)", "Score (MusicXML)", "MIDI", "Sketch (JSON)", "", "", "", "Part: Violins I",
    ]);
  });
});

const SVG = "http://www.w3.org/2000/svg";
const element = (localName: string, attributes: Record<string, string> = {}, ...childNodes: (Parsed | string)[]): Parsed => ({
  namespaceURI: SVG,
  localName,
  attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })),
  childNodes: childNodes.map((child) => (typeof child === "string" ? { nodeType: 3, textContent: child } : child)),
});

describe("pages", () => {
  it("keeps the drawing", () => {
    const page = element("svg", { viewBox: "0 0 10 10" }, element("g", { class: "note", id: "n1" }, element("use", { "xlink:href": "#E0A4" }), element("text", {}, "mf")));
    expect(clean(page)).toEqual({
      name: "svg",
      attributes: [["viewBox", "0 0 10 10"]],
      children: [{
        name: "g",
        attributes: [["class", "note"], ["id", "n1"]],
        children: [
          { name: "use", attributes: [["href", "#E0A4"]], children: [] },
          { name: "text", attributes: [], children: ["mf"] },
        ],
      }],
    });
  });
  it("keeps what is hidden hidden", () => {
    expect(clean(element("g", { visibility: "hidden", "data-bar": "3" }))?.attributes).toEqual([["visibility", "hidden"], ["data-bar", "3"]]);
  });
  it.each([
    ["script", element("script", {}, "alert(1)")],
    ["foreign content", element("foreignObject", {}, { ...element("img"), namespaceURI: "http://www.w3.org/1999/xhtml" })],
    ["an element of another language under a known name", { ...element("text"), namespaceURI: "http://www.w3.org/1999/xhtml" }],
    ["style", element("style", {}, "@import url(//x)")],
    ["a link", element("a", { href: "javascript:alert(1)" }, element("rect"))],
    ["an animation", element("animate", { attributeName: "href", to: "javascript:alert(1)" })],
    ["an image from elsewhere", element("image", { href: "//elsewhere/x.png" })],
  ])("leaves out %s", (_, child) => {
    expect(clean(element("svg", {}, child))?.children).toEqual([]);
  });
  it("leaves out handlers, styles and references that leave the page", () => {
    const kept = clean(element("path", { onclick: "x()", style: "fill:url(//x)", fill: "url(//x#y)", d: "M0 0" }));
    expect(kept?.attributes).toEqual([["d", "M0 0"]]);
    expect(clean(element("use", { href: "//elsewhere#x" }))?.attributes).toEqual([]);
    expect(clean(element("use", { href: "data:image/svg+xml,x" }))?.attributes).toEqual([]);
  });
});

describe("a job's card", () => {
  it("offers nothing that the service would refuse", async () => {
    const done: string[] = [];
    const cancelJob = async (job: string) => void done.push(`cancel ${job}`);
    const retryJob = async (job: string) => void done.push(`retry ${job}`);
    expect(deedsOn({ mayEdit: false, cancelJob, retryJob }, "job_1")).toEqual({});
    const { oncancel, onretry } = deedsOn({ mayEdit: true, cancelJob, retryJob }, "job_1");
    await oncancel?.();
    await onretry?.();
    expect(done).toEqual(["cancel job_1", "retry job_1"]);
  });
});
