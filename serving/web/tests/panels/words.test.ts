import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ago, expiry, roughly, size, speed } from "../../src/panels/words/amounts";
import { fitSummary, framesOff, gradeOf, spokenFit, weightOf } from "../../src/panels/words/fit";
import { ended, shareOf, stageName, stagesOf, standing, wholeShare } from "../../src/panels/words/jobs";
import { explain, sentence } from "../../src/panels/words/problems";
import { NEGATIVES, TONES, meaning } from "../../src/panels/words/vocabulary";

describe("amounts", () => {
  it("spells sizes as file managers do", () => {
    expect([0, 999, 1000, 9_940_000, 9_960_000, 312_400_000, 1_400_000_000].map(size)).toEqual([
      "0 B", "999 B", "1.0 kB", "9.9 MB", "10 MB", "312 MB", "1.4 GB",
    ]);
    expect(speed(12_300_000)).toBe("12 MB/s");
  });
  it("rounds waiting times to what a person needs", () => {
    expect([0.2, 7, 43, 54, 56, 200, 4800, 7200].map(roughly)).toEqual([
      "1 s", "7 s", "45 s", "55 s", "1 min", "3 min", "1 h 20 min", "2 h",
    ]);
    expect(roughly(Number.POSITIVE_INFINITY)).toBe("unknown");
  });
  it("says when a link ends, and that it has", () => {
    expect(expiry(1000 + 6 * 86400, 1000)).toBe("expires in 6 days");
    expect(expiry(1000 + 7200, 1000)).toBe("expires in 2 h");
    expect(expiry(1000, 1000 + 7200)).toBe("expired 2 h ago");
    expect(expiry(1000, 1010)).toBe("expired just now");
  });
  it("tells how long ago", () => {
    expect([10, 300, 7200, 86400, 4 * 86400].map((passed) => ago(1e9 - passed, 1e9))).toEqual([
      "just now", "5 min ago", "2 h ago", "yesterday", "4 days ago",
    ]);
  });
});

describe("tempo fit", () => {
  const fits = [
    { frames_off: 0.4, landed: true },
    { frames_off: -1.0, landed: true },
    { frames_off: 1.7, landed: true },
    { frames_off: 4.6, landed: false },
    { frames_off: -9.5, landed: false },
  ];
  it("grades: green within a frame, yellow in the window, red let go", () => {
    expect(fits.map((fit) => gradeOf(fit))).toEqual(["hit", "hit", "near", "miss", "miss"]);
  });
  it("calls near what lies a little beside its own window", () => {
    const beside = { frames_off: -4.5, landed: false };
    expect([gradeOf(beside), gradeOf(beside, { early: 3, late: 4 }), gradeOf({ frames_off: 3.9, landed: false })]).toEqual(["miss", "near", "near"]);
    expect(spokenFit(beside, { early: 3, late: 4 })).toBe("4.5 frames early, near");
  });
  it("prints the sign, with a true minus, and none on the frame", () => {
    expect([0.04, -0.04, 0.4, -1.65].map(framesOff)).toEqual(["0.0 f", "0.0 f", "+0.4 f", "−1.6 f"]);
  });
  it("sums up and speaks", () => {
    expect(fitSummary(fits)).toBe("2 of 5 within a frame, 1 near, 2 missed");
    expect(fitSummary([])).toBe("");
    expect(spokenFit(fits[2]!)).toBe("1.7 frames late, near");
    expect([-1, 0.4, 4.6, 7].map(weightOf)).toEqual([0, 0, 5, 5]);
  });
});

describe("jobs", () => {
  const stages = ["probe", "watch", "prepare", "spot", "lanes"].map((name, index) => ({ name, state: ["done", "running"][index] ?? "waiting" }));
  const running = { kind: "spot", state: "running", progress: { stage: "watch", step: "cuts", done: 30, total: 120, stages } };
  it("shows every stage in order with the running one's share", () => {
    expect(stagesOf(running).map((stage) => [stage.name, stage.state, stage.share])).toEqual([
      ["probe", "done", 1], ["watch", "going", 0.25], ["prepare", "waiting", 0], ["spot", "waiting", 0], ["lanes", "waiting", 0],
    ]);
    expect(wholeShare(running)).toBeCloseTo((3 + 6 * 0.25) / (3 + 6 + 2 + 1.5 + 0.5));
    expect(standing(running)).toBe("Spotting: watch and listen, cuts 25 %");
  });
  it("knows the stages of a kind before the service tells them, and does not pretend to know a length", () => {
    const early = { kind: "spot", state: "running", progress: { stage: "prepare", done: 0, total: 0 } };
    expect(stagesOf(early).map((stage) => stage.state)).toEqual(["done", "going", "waiting", "waiting"]);
    expect(shareOf(early)).toBeNull();
    expect(standing(early)).toBe("Spotting: prepare picture and sound");
    expect(stagesOf({ kind: "spot", state: "queued", progress: {} }).every((stage) => stage.state === "waiting")).toBe(true);
  });
  it("names stages it never heard of", () => {
    expect([stageName("compose"), stageName("polish")]).toEqual(["Compose and perform", "Polish"]);
  });
  it("says what failed and what to do", () => {
    const failed = { kind: "spot", state: "failed", problem: { code: "broken-reel", message: "The file ends in the middle." } };
    expect(standing(failed)).toBe(
      "Spotting failed: The file ends in the middle. The file is probably cut off. Export or copy it again, then upload the new file.",
    );
    expect(ended(failed)).toBe(true);
  });
  it("says how long it took, and that a stop is no failure", () => {
    expect(standing({ kind: "score", state: "done", started: 10, finished: 52 })).toBe("Temp score: done in 40 s");
    expect(standing({ kind: "score", state: "cancelled" })).toContain("goes on from there");
    expect(standing({ kind: "spot", state: "queued", attempt: 1 })).toContain("after an interruption");
    expect(wholeShare({ kind: "spot", state: "done" })).toBe(1);
  });
});

describe("problems", () => {
  it("keeps the service's own hint before ours", () => {
    expect(explain({ problem: { code: "disk-full", detail: "No space.", hint: "Delete reel 2.", status: 507 } })?.next).toBe("Delete reel 2.");
    expect(explain({ problem: { code: "disk-full", detail: "No space.", status: 507 } })?.next).toContain("Free some space");
  });
  it("names the fields that do not fit", () => {
    const said = explain({ code: "request-invalid", detail: "1 field.", errors: [{ field: "bpm", message: "20 to 300" }, { other: 1 }, 3] });
    expect(said?.fields).toEqual([{ field: "bpm", detail: "20 to 300" }]);
  });
  it("says nothing of what a person stopped, and something of everything else", () => {
    expect(explain(new DOMException("stop", "AbortError"))).toBeNull();
    expect(sentence(new TypeError("fetch failed"))).toContain("What you typed is still here");
    expect(sentence("odd")).toBe("odd");
    expect(sentence(null)).not.toBe("");
  });
  it("knows what to do about every error the service raises on purpose that a person can mend", () => {
    const codes = readFileSync(new URL("../../../../model/errors.py", import.meta.url), "utf8").matchAll(/code = "([a-z-]+)"/g);
    const general = new Set(["cuelight", "reel", "input", "output", "asset", "sandbox", "service", "cancelled"]);
    const ours = new Set(["rate-invalid", "track-invalid", "notes-invalid", "setting-invalid", "reel-mismatch", "request-invalid", "key-reused"]);
    const operators = new Set(["plugin-invalid", "database-missing", "database-damaged", "database-new", "store", "store-missing", "store-mismatch", "store-incomplete", "sweep-refused"]);
    const without = [...codes].map((match) => match[1] ?? "").filter((code) => !general.has(code) && !ours.has(code) && !operators.has(code) && !explain({ code, detail: "x" })?.next);
    expect(without).toEqual([]);
  });
});

describe("vocabulary", () => {
  it("is the one of docs/vocabulary.md", () => {
    const page = readFileSync(new URL("../../../../docs/vocabulary.md", import.meta.url), "utf8");
    const rows = page.split("\n").map((line) => line.split("|").map((cell) => cell.trim())).filter((cells) => /^\d\.\d\d$/.test(cells[3] ?? ""));
    expect(TONES.map((tone) => [tone.word, tone.means, tone.not.map((not) => `not ${not}`).join(", ")])).toEqual(
      rows.map((cells) => [cells[1], cells[2], cells[6]]),
    );
  });
  it("offers every negative once", () => {
    expect(NEGATIVES).toContain("comic");
    expect(new Set(NEGATIVES).size).toBe(NEGATIVES.length);
    expect(meaning("urgent")).toBe("there is no time");
    expect(meaning("jazzy")).toBe("");
  });
});
