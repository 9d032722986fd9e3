import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Deed } from "../../src/api/types";
import { DEEDS, byDay, gathered, partsOf, sentenceOf } from "../../src/panels/words/deeds";

const SERVING = new URL("../../../", import.meta.url);
const python = new Map(
  ["api", "jobs", "store", "uploads"].flatMap((room) =>
    readdirSync(new URL(`${room}/`, SERVING), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".py"))
      .map((name) => [`${room}/${name}`, readFileSync(new URL(`${room}/${name}`, SERVING), "utf8")] as const),
  ),
);
const found = (pattern: RegExp): RegExpMatchArray[] => [...python.values()].flatMap((text) => [...text.matchAll(pattern)]);

/** The values of one of the service's enumerations. */
function values(name: string): string[] {
  const body = new RegExp(`class ${name}\\(StrEnum\\):.*?(?=\\nclass )`, "s").exec(python.get("store/tables.py") ?? "")?.[0] ?? "";
  return [...body.matchAll(/^ {4}[A-Z_]+ = "(\w+)"/gm)].map(([, value = ""]) => value);
}
/** What stands for what in the actions that are put together. */
const SLOTS: Record<string, string[]> = {
  "{body.kind}": values("JobKind"),
  "{take.state}": values("TakeState"),
  "{verb}": found(/_change\(service, access, job, "(\w+)"\)/g).map(([, verb = ""]) => verb),
};
const WRITERS = /\b(?:record_change|record_action|_tell)\(\s*(?:session|service)?[\w., ]*?,\s*f?"([a-z]+\.[\w.{}]+)"/g;
const ACTIONS = [
  ...new Set(
    found(WRITERS).flatMap(([, action = ""]) => {
      const slot = /\{.*\}/.exec(action)?.[0];
      return slot ? (SLOTS[slot] ?? [`what is ${slot}?`]).map((value) => action.replace(slot, value)) : [action];
    }),
  ),
].sort();

const deed = (action: string, target = "", data: Deed["data"] = {}, more: Partial<Deed> = {}): Deed => ({
  number: 1, project: "p", actor: "ada", actor_name: "Ada", action, target, data, created: "2026-03-12T12:00:00Z", ...more,
});
const reels = new Map([["reel_1", "Reel 1, v2"]]);
const about = { reel: "reel_1", number: "1m1" };

describe("the audit log in words", () => {
  it("has a sentence for every action the service writes, and for no other", () => {
    expect(ACTIONS.length).toBeGreaterThan(30);
    expect(Object.keys(DEEDS).sort()).toEqual(ACTIONS);
  });
  it("is written by nobody whom the test above does not see", () => {
    const writers = [...python].filter(([, text]) => /(?<!class )\bAudit\((?!Base)/.test(text)).map(([name]) => name);
    expect(writers.sort()).toEqual(["api/changes.py", "uploads/arrival.py"]);
    const calls = found(/(?<!def )\b(?:record_change|record_action)\(session, [\w.]+, (f?"|action\b)?/g);
    expect(calls.filter(([, action]) => action === undefined)).toEqual([]);
  });
  it("reads as somebody would tell it", () => {
    const told = (action: string, target: string, data: Deed["data"] = {}): string => sentenceOf(deed(action, target, data), reels).replace("Ada ", "");
    expect([
      told("reel.create", "reel_1"), told("notes.edit", "reel_1"), told("comment.create", "comment_1", { reel: "reel_1", frame: 9 }),
      told("take.accepted", "take_1", about), told("job.create.score", "job_1", { reel: "reel_1", kind: "score" }), told("job.cancel", "job_1", { reel: "reel_1", kind: "score" }),
      told("member.set", "ben", { name: "Ben", role: "director" }), told("share.create", "share_1", { name: "Cleo" }), told("webhook.resume", "webhook_1", { name: "studio.example" }),
      told("approval.set", "reel_1/c1", { ...about, verdict: "changes" }), told("approval.remove", "reel_1/c1", about), told("project.change", "p", { name: "Harbour" }),
      told("key.create", "key_1", { name: "Render farm" }), told("reel.delete", "reel_2", { name: "Reel 2", cut: "v1" }),
    ]).toEqual([
      "uploaded Reel 1, v2", "changed the notes of Reel 1, v2", "commented on Reel 1, v2",
      "accepted a take of 1m1 of Reel 1, v2", "asked for a temp score of Reel 1, v2", "stopped the temp score for Reel 1, v2",
      "gave Ben the role of director", "made a share link for Cleo", "let the webhook to studio.example go on",
      "asked for changes to 1m1 of Reel 1, v2", "took back a verdict on 1m1 of Reel 1, v2", "renamed the project to “Harbour”",
      "made the key “Render farm” for this project", "deleted Reel 2, v1",
    ]);
  });
  it("leads to the reel, at a comment's frame, and nowhere once the reel is gone", () => {
    expect(partsOf(deed("comment.create", "comment_1", { reel: "reel_1", frame: 240 }), reels).at(-1)).toEqual({ text: "Reel 1, v2", reel: "reel_1", frame: 240 });
    expect(partsOf(deed("approval.remove", "reel_1/c1", about), reels).at(-1)).toEqual({ text: "Reel 1, v2", reel: "reel_1" });
    expect(partsOf(deed("reel.delete", "reel_2"), reels).at(-1)).toEqual({ text: "a reel" });
  });
  it("stays legible where nothing is known", () => {
    for (const action of ACTIONS) expect(sentenceOf(deed(action, "x"), new Map())).not.toMatch(/[{}]|undefined/);
    expect(sentenceOf(deed("cue.lock", "c1", {}, { actor_name: "" }), reels)).toBe("Somebody did “cue lock”");
  });
  it("gathers what was done in a row, and an upload with its reel", () => {
    const at = (minute: number) => ({ created: new Date(Date.UTC(2026, 2, 12, 12, minute)).toISOString() });
    const log = [
      deed("notes.edit", "reel_1", {}, at(130)), deed("notes.edit", "reel_1", {}, at(50)), deed("notes.edit", "reel_1", {}, at(40)),
      deed("notes.edit", "reel_2", {}, at(39)), deed("notes.edit", "reel_1", {}, { ...at(38), actor: "ben" }),
      deed("upload.complete", "upload_1", {}, at(1)), deed("reel.create", "reel_1", {}, at(1)), deed("upload.complete", "upload_0", {}, at(0)),
    ].map((one, index) => ({ ...one, number: 99 - index }));
    expect(gathered(log, reels).map(({ deed: one, times }) => [one.action, one.number, times])).toEqual([
      ["notes.edit", 99, 1], ["notes.edit", 98, 2], ["notes.edit", 96, 1], ["notes.edit", 95, 1], ["reel.create", 93, 1], ["upload.complete", 92, 1],
    ]);
  });
  it("never gathers a verdict with another", () => {
    const verdicts = ["changes", "approved", "approved"].map((verdict, index) =>
      deed("approval.set", "reel_1/c1", { ...about, verdict }, { created: `2026-03-12T11:5${9 - index}:00Z`, number: 9 - index }));
    expect(gathered(verdicts, reels).map(({ deed: one, times }) => [sentenceOf(one, reels), times])).toEqual([
      ["Ada asked for changes to 1m1 of Reel 1, v2", 1], ["Ada approved 1m1 of Reel 1, v2", 2],
    ]);
  });
  it("puts lines under their day", () => {
    const noon = (date: number) => new Date(2026, 2, date, 12);
    const lines = [12, 12, 11, 3].map((date, index) => ({ deed: deed("project.change", "p", {}, { created: noon(date).toISOString(), number: index }), times: 1 }));
    expect(byDay(lines, noon(12).getTime() / 1000).map(({ day, lines: of }) => [day, of.length])).toEqual([["Today", 2], ["Yesterday", 1], ["3 Mar 2026", 1]]);
  });
});
