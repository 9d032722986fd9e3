import { describe, expect, it } from "vitest";
import { Follower, type Parsed, clean } from "../../src/panels/score/pages";
import { boxOf, rollOf, timeAt } from "../../src/panels/score/roll";
import { TempoMap, fraction } from "../../src/panels/score/tempo";

// The tempo map of a real take: 4/4, one bar of 3/4, then 4/4 again, with two tempo changes.
const MAP = {
  start_s: "1/2",
  bars: 15,
  tempi: [{ beat: "0/1", bpm: "91/1" }, { beat: "15/1", bpm: "189/2" }, { beat: "40/1", bpm: "183/2" }],
  meters: [{ bar: 0, beats: 4, unit: 4 }, { bar: 1, beats: 3, unit: 4 }, { bar: 2, beats: 4, unit: 4 }],
};

describe("tempo map", () => {
  const map = new TempoMap(MAP);
  it("turns beats into seconds and back", () => {
    expect(fraction("7/2")).toBe(3.5);
    expect(map.seconds(0)).toBe(0.5);
    expect(map.seconds(15)).toBeCloseTo(0.5 + (15 * 60) / 91, 9);
    expect(map.seconds(16)).toBeCloseTo(0.5 + (15 * 60) / 91 + 60 / 94.5, 9);
    expect(map.seconds(-1)).toBeCloseTo(0.5 - 60 / 91, 9);
    for (const beat of [-2, 0, 3.25, 15, 39.99, 40, 57]) expect(map.beat(map.seconds(beat))).toBeCloseTo(beat, 9);
    expect(map.bpm(0.4)).toBe(91);
  });
  it("counts bars through a change of meter", () => {
    expect([0, 3, 4, 6, 7, 11, 15].map((beat) => map.label(beat))).toEqual(["1|1", "1|4", "2|1", "2|3", "3|1", "4|1", "5|1"]);
    expect([0, 1, 2, 3].map((bar) => map.barStart(bar))).toEqual([0, 4, 7, 11]);
    expect(map.label(6.999999999999)).toBe("3|1");
    expect(map.place(-1)).toEqual({ bar: -1, beat: 4 });
  });
  it("counts eighths where the meter does", () => {
    const six = new TempoMap({ ...MAP, meters: [{ bar: 0, beats: 6, unit: 8 }] });
    expect([0, 0.5, 2.5, 3].map((beat) => six.label(beat))).toEqual(["1|1", "1|2", "1|6", "2|1"]);
  });
  it("refuses a map without a beginning", () => {
    expect(() => new TempoMap({ ...MAP, tempi: [] })).toThrow(RangeError);
  });
});

describe("piano roll", () => {
  const roll = rollOf({
    tempo_map: MAP,
    notes: [
      { role: "melody", onset: "4/1", duration: "2/1", pitch: 72, velocity: 80, statement: 0 },
      { role: "bass", onset: "0/1", duration: "4/1", pitch: 36, velocity: 60 },
    ],
    statements: [{ theme: "theme-a", label: "A", start: "4/1", end: "6/1" }],
  });
  it("draws the tune last and on the clock", () => {
    expect(roll.notes.map((note) => note.role)).toEqual(["bass", "melody"]);
    expect(roll.notes[0]?.start).toBe(0.5);
    expect(roll.statements[0]?.start).toBeCloseTo(map(4), 9);
    expect(roll.bars).toHaveLength(16);
    expect([roll.low, roll.high]).toEqual([34, 74]);
  });
  it("places notes and finds the time under the pointer", () => {
    const box = boxOf(roll, roll.notes[1]!, 1000, 410);
    expect(box.y).toBeCloseTo((74 - 72) * 10);
    expect(timeAt(roll, box.x, 1000)).toBeCloseTo(map(4), 6);
    expect(timeAt(roll, 0, 1000)).toBe(0.5);
  });
  const map = (beat: number): number => new TempoMap(MAP).seconds(beat);
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

describe("follower", () => {
  const follow = new Follower([
    { tstamp: 0, qstamp: 0, on: ["a"], measureOn: "m1" },
    { tstamp: 500, qstamp: 1, on: ["b"], off: ["a"] },
    { tstamp: 2000, qstamp: 4, on: ["c"], off: ["b"], measureOn: "m2" },
  ]);
  const at = (beat: number): [string, string[]] => [follow.at(beat).measure, [...follow.at(beat).notes]];
  it("knows what sounds, forwards and backwards", () => {
    expect(at(-1)).toEqual(["", []]);
    expect(at(0.5)).toEqual(["m1", ["a"]]);
    expect(at(1)).toEqual(["m1", ["b"]]);
    expect(at(9)).toEqual(["m2", ["c"]]);
    expect(at(0)).toEqual(["m1", ["a"]]);
  });
  it("finds where to jump", () => {
    expect([follow.startOf("m2"), follow.startOf("b"), follow.startOf("x")]).toEqual([4, 1, null]);
  });
});
