import { describe, expect, it } from "vitest";
import type { Comment, Reel } from "../../src/api/types";
import type { Cue, Edit, Notes } from "../../src/lib/documents";
import { frame } from "../../src/lib/time";
import { filtered, threads } from "../../src/panels/comments/threads";
import { hindrance, usual } from "../../src/panels/delivery/choices";
import { currentCue, leftToJudge, saidBy, whatIsHeard } from "../../src/panels/director/current";
import { families, versionsOf } from "../../src/panels/history/versions";
import { contour, filesOfTheme, statementsOf, themeFacts, type Language } from "../../src/panels/themes/language";
import { type Difference, grouped, spelled, tally } from "../../src/panels/words/changes";
import { worthShowing } from "../../src/panels/words/jobs";
import { nextStep, overview } from "../../src/panels/words/overview";
import { typedWords } from "../../src/panels/words/typed";
import { formatOf, timecodeError, uploadHelp, uploadWords } from "../../src/panels/words/uploading";
import { when } from "../../src/panels/words/when";

const timecode = (at: number): string => `@${at}`;
const change = (kind: string, id: string, label: string, at: number, text: string): Difference => ({ kind, id, label, what: "changed", field: "title", frame: at, text });

describe("differences", () => {
  const changes = [
    change("cue", "b", "1m2", 400, "1m2 comes in 4 frames later"),
    change("cue", "a", "1m1", 10, "1m1, title: you have other words"),
    change("cue", "b", "1m2", 400, "1m2 is now called “X”"),
    change("hit", "h", 'hit "the door"', 20, "A hit was added"),
  ];
  it("stand under what they are about, in the order of the reel, without naming it again", () => {
    expect(grouped(changes).map((group) => [group.label, group.texts])).toEqual([
      ["1m1", ["title: you have other words"]],
      ['hit "the door"', ["A hit was added"]],
      ["1m2", ["comes in 4 frames later", "is now called “X”"]],
    ]);
  });
  it("are counted in words", () => {
    expect(tally(changes)).toBe("4 changes to 2 cues and 1 hit.");
    expect(tally(changes.slice(0, 1))).toBe("1 change to 1 cue.");
    expect(tally([])).toBe("Nothing differs.");
  });
  it("spell values as people write them", () => {
    expect(spelled(["tense", "driving"], "tone", timecode)).toBe("tense, driving");
    expect([spelled(240, "in", timecode), spelled(2.666, "weight", timecode), spelled(null, "tone", timecode), spelled([], "tone", timecode)]).toEqual(["@240", "2.67", "nothing", "nothing"]);
    expect(spelled({ in: 1, out: 2 }, "span", timecode)).toBe("in @1, out @2");
    expect(spelled({ id: "x", number: "1m1", title: "Alone" }, "", timecode)).toBe("1m1 Alone");
  });
});

describe("words that were typed", () => {
  it("are found in every edit, so that none is lost", () => {
    const edits: Edit[] = [
      { op: "set-cue", cue: "a", fields: { title: "Alone", tone: ["tense"], instruction: " Wait. " } },
      { op: "add-hit", frame: 3, kind: "cut", weight: 2, label: "the door" },
      { op: "move-edge", cue: "a", edge: "in", frame: 4 },
      { op: "set-silence", silence: "s", fields: { instruction: "Let it breathe." } },
    ];
    expect(typedWords(edits)).toEqual(["Alone", "Wait.", "the door", "Let it breathe."]);
  });
});

const comment = (id: string, at: number, created: string, resolved = false, cue: string | null = null) =>
  ({ id, frame: frame(at), created, resolved, cue }) as Comment;

describe("comments", () => {
  const all = [comment("3", 50, "2026-03"), comment("2", 10, "2026-02", true, "a"), comment("1", 10, "2026-01", false, "a"), comment("4", 90, "2026-04", true)];
  it("of one frame belong together, the first first", () => {
    expect(threads(all).map((thread) => thread.map((one) => one.id))).toEqual([["1", "2"], ["3"], ["4"]]);
  });
  it("that are open keep their answers", () => {
    expect(filtered(all, "open", "").map((one) => one.id)).toEqual(["3", "2", "1"]);
    expect(filtered(all, "cue", "a").map((one) => one.id)).toEqual(["2", "1"]);
    expect(filtered(all, "all", "")).toHaveLength(4);
  });
});

describe("versions of a cut", () => {
  const reel = (id: string, previous: string | null, created: string) => ({ id, previous, created }) as Reel;
  const reels = [reel("b", null, "2026-02"), reel("a1", null, "2026-01"), reel("a3", "a2", "2026-04"), reel("a2", "a1", "2026-03")];
  it("are found along the chain, newest first", () => {
    expect(families(reels).map((family) => family.map((one) => one.id))).toEqual([["a3", "a2", "a1"], ["b"]]);
    expect(versionsOf(reels, "a2").map((one) => one.id)).toEqual(["a3", "a2", "a1"]);
    expect(versionsOf(reels, "gone")).toEqual([]);
  });
  it("stand by themselves where the one before was deleted, and a ring ends", () => {
    expect(families([reel("c2", "gone", "2026-01")])).toHaveLength(1);
    expect(() => families([reel("x", "y", "1"), reel("y", "x", "2")])).not.toThrow();
  });
});

const cue = (id: string, start: number, end: number) => ({ id, number: id, span: { in: frame(start), out: frame(end) } }) as Cue;

describe("a director", () => {
  const cues = [cue("1m1", 10, 50), cue("1m2", 80, 120)];
  it("sees the cue under the playhead, else the one chosen, else the next", () => {
    expect([20, 60, 60, 119, 500].map((at, index) => currentCue(cues, at, index === 2 ? "1m1" : "", null)?.id)).toEqual(["1m1", "1m2", "1m1", "1m2", "1m2"]);
    expect(currentCue([], 0, "", null)).toBeNull();
  });
  it("keeps the cue they write about, however far the picture runs, as long as it is there", () => {
    expect([20, 60, 100].map((at) => currentCue(cues, at, "1m2", "1m1")?.id)).toEqual(["1m1", "1m1", "1m1"]);
    expect(currentCue(cues, 100, "", "gone")?.id).toBe("1m2");
  });
  it("has as much left to judge as they said nothing of, whatever others said", () => {
    const said = [{ cue: "1m1", role: "editor", verdict: "approved" }, { cue: "1m2", role: "owner", verdict: "changes" }, { cue: "1m2", role: "director", verdict: "approved" }] as never[];
    expect([leftToJudge(cues, said, "director"), leftToJudge(cues, said, "composer"), leftToJudge(cues, [], null)]).toEqual([1, 2, 2]);
    expect([saidBy(said, "1m1", "director"), saidBy(said, "1m2", "director"), saidBy(said, "1m2", "owner")]).toEqual([null, "approved", "changes"]);
  });
  it("is told what they hear, also where it is the cut's own sound", () => {
    const take = { state: "proposed" } as never;
    expect([whatIsHeard(null, "a"), whatIsHeard(take, "a"), whatIsHeard({ state: "accepted" } as never, "a"), whatIsHeard(take, "cut")].map((words) => words.slice(0, 24))).toEqual([
      "No music is written for ", "You hear the newest take", "You hear the composer's ", "You hear the cut's own s",
    ]);
  });
});

describe("the reel at a glance", () => {
  const notes = {
    reel: { frames: 200 }, cues: [cue("a", 0, 50), cue("b", 100, 150)], silences: [{}], hits: [{}, {}], dialogue: [],
  } as unknown as Notes;
  const approval = (id: string, verdict: string, role: string) => ({ cue: id, verdict, role }) as never;
  const take = (id: string, state: string) => ({ cue: id, state }) as never;
  it("counts what there is and what was decided", () => {
    const facts = overview(notes, [approval("a", "approved", "director"), approval("b", "approved", "director"), approval("b", "changes", "editor"), approval("gone", "approved", "owner")], [take("a", "accepted"), take("a", "proposed"), take("gone", "accepted")]);
    expect(facts).toMatchObject({ music: 0.5, cues: 2, hits: 2, approved: 1, changes: 1, scored: 1, accepted: 1 });
  });
  it("says what to do next", () => {
    const step = (...[approvals, takes]: [never[], never[]]): string => nextStep(overview(notes, approvals, takes));
    expect(step([], [])).toContain("ask for a temp score");
    expect(step([approval("a", "changes", "director")], [])).toContain("changes asked for");
    expect(step([], [take("a", "proposed")])).toContain("1 of 2 cues");
    expect(step([], [take("a", "proposed"), take("b", "accepted")])).toContain("accept one for each");
    expect(step([], [take("a", "accepted"), take("b", "accepted")])).toContain("share");
    expect(step([approval("a", "approved", "director"), approval("b", "approved", "director")], [take("a", "accepted"), take("b", "accepted")])).toContain("deliver");
    expect(nextStep(overview({ ...notes, cues: [] }, [], []))).toContain("no music yet");
  });
});

describe("themes", () => {
  const theme: Language["themes"][number] = {
    id: "theme-the-mystery", label: "B: the mystery", owner: "o", key: { tonic: 10, mode: "minor" }, beats: "8/1", meter: [4, 4], bpm: 103.6, family: "", origin: "written",
    notes: [{ onset: "0/1", duration: "4/1", pitch: 60 }, { onset: "4/1", duration: "4/1", pitch: 70 }],
    character: { contour: "arch", rhythm: "moving", harmony: "functional", register: "low", instrument: "viola" },
  };
  const language: Language = {
    owners: [], themes: [theme], seed: 7, cautions: [],
    ledger: [
      { cue: "b", theme: theme.id, at: 0.5, form: "variation", transform: ["mode:minor"], why: "" },
      { cue: "a", theme: theme.id, at: 0, form: "statement", transform: [], why: "" },
      { cue: "gone", theme: theme.id, at: 0, form: "hint", transform: [], why: "" },
      { cue: "a", theme: "other", at: 0, form: "hint", transform: [], why: "" },
    ],
  };
  it("read at a glance", () => {
    expect(themeFacts(theme)).toBe("B♭ minor · 104 bpm · 4/4 · arch, moving, low");
    expect(contour(theme)).toEqual([{ x: 0, y: 20, width: 49.6 }, { x: 50, y: 0, width: 49.6 }]);
  });
  it("sound where their cues are now", () => {
    expect(statementsOf(language, theme.id, [cue("b", 100, 200), cue("a", 0, 50)]).map((one) => [one.cue.id, one.frame, one.form, one.how])).toEqual([
      ["a", 0, "statement", ""], ["b", 150, "variation", "in minor"],
    ]);
  });
  it("find their own pages and demos, not those of a longer name", () => {
    const named = (name: string) => ({ name, bytes: 1, media_type: "", url: name });
    const files = filesOfTheme("theme-a", ["theme-a.pdf", "theme-a_as_itself.flac", "theme-a_under_threat.flac", "theme-ab_as_itself.flac", "language.json"].map(named));
    expect(files.pages.map((page) => page.name)).toEqual(["theme-a.pdf"]);
    expect(files.demos.map((demo) => demo.mood)).toEqual(["as itself", "under threat"]);
  });
});

describe("delivery", () => {
  it("offers what there is something for, and says what hinders", () => {
    expect(usual(0)).toEqual(["notes"]);
    expect(usual(2)).toEqual(["notes", "score", "stems", "mix", "preview"]);
    expect(hindrance([], 2)).toContain("Choose");
    expect(hindrance(["notes"], 0)).toBe("");
    expect(hindrance(["notes", "stems", "mix"], 0)).toBe("No take is accepted yet: there is nothing for stems, temp mix.");
  });
});

describe("uploads", () => {
  const sent = { stage: "sending" as const, sent: 312_000_000, length: 1_400_000_000, bytesPerSecond: 12_000_000, secondsLeft: 91 };
  it("say how far, how fast and how long still", () => {
    expect(uploadWords(sent)).toBe("312 MB of 1.4 GB · 12 MB/s · 2 min left");
    expect(uploadWords({ ...sent, bytesPerSecond: 0, secondsLeft: null })).toBe("312 MB of 1.4 GB");
    expect(uploadWords({ ...sent, stage: "interrupted" })).toContain("waiting for the connection");
    expect(uploadWords({ ...sent, stage: "done" })).toBe("1.4 GB · there");
  });
  it("say that nothing is lost", () => {
    expect(uploadHelp("interrupted")).toContain("safe");
    expect(uploadHelp("paused")).toContain("choose the same file again");
    expect(uploadHelp("sending")).toBe("");
  });
  it("take timecodes and text files as they are written", () => {
    expect(["", "01:00:00:00", "00:59:58;12", "10:00:00.120"].map(timecodeError)).toEqual(["", "", "", ""]);
    expect(["1:00", "25:00:00:00", "01:60:00:00", "noon"].map((text) => timecodeError(text) !== "")).toEqual([true, true, true, true]);
    expect([formatOf("Reel 1.SRT", ["srt", "vtt"]), formatOf("notes.docx", ["fountain", "fdx"])]).toEqual(["srt", null]);
  });
});

describe("jobs in a list", () => {
  const job = (id: string, kind: string, state: string, created: string) => ({ id, kind, state, created });
  it("are those under way and the last that went wrong", () => {
    const jobs = [job("1", "spot", "failed", "1"), job("2", "spot", "done", "2"), job("3", "score", "cancelled", "3"), job("4", "score", "running", "4"), job("5", "deliver", "failed", "5")];
    expect(worthShowing(jobs).map((one) => one.id)).toEqual(["4", "5"]);
  });
});

describe("moments", () => {
  it("are read as written, whatever way", () => {
    expect([when("2026-11-22T22:00:00Z"), when(12.5)]).toEqual([1795384800, 12.5]);
  });
  it("that are none are no moment in 1970", () => {
    for (const none of ["never", "", Number.NaN]) expect(() => when(none)).toThrow(RangeError);
  });
});
