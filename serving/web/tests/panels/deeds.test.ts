import { readFileSync, readdirSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Deed } from "../../src/api/types";
import { Names } from "../../src/panels/project/names";
import { DEEDS, byDay, gathered, partsOf, sentenceOf, type Known } from "../../src/panels/words/deeds";

const SERVING = new URL("../../../", import.meta.url);
const python = new Map(
  ["api", "jobs", "store"].flatMap((room) =>
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
const WRITERS = /\b(?:done|audit|_tell)\(\s*(?:session|service)?[\w., ]*?,\s*f?"([a-z]+\.[\w.{}]+)"/g;
const ACTIONS = [
  ...new Set(
    found(WRITERS).flatMap(([, action = ""]) => {
      const slot = /\{.*\}/.exec(action)?.[0];
      return slot ? (SLOTS[slot] ?? [`what is ${slot}?`]).map((value) => action.replace(slot, value)) : [action];
    }),
  ),
].sort();

const deed = (action: string, target = "", more: Partial<Deed> = {}): Deed => ({
  number: 1, project: "p", actor: "ada", actor_name: "Ada", action, target, created: "2026-03-12T12:00:00Z", ...more,
});
const nothing: Known = { names: new Map(), places: new Map(), verdicts: new Map() };
const known: Known = {
  names: new Map([
    ["reel_1", "Reel 1, v2"], ["reel_1/c1", "1m1"], ["ben", "Ben"], ["share_1", "Cleo"], ["webhook_1", "studio.example"], ["job_1", "the temp score"],
  ]),
  places: new Map([
    ["comment_1", { reel: "reel_1", frame: 240 }], ["take_1", { reel: "reel_1", cue: "c1" }], ["job_1", { reel: "reel_1" }],
  ]),
  verdicts: new Map([["reel_1/c1 ada", { verdict: "changes", created: "2026-03-12T12:00:00.100Z" }]]),
};

describe("the audit log in words", () => {
  it("has a sentence for every action the service writes, and for no other", () => {
    expect(ACTIONS.length).toBeGreaterThan(30);
    expect(Object.keys(DEEDS).sort()).toEqual(ACTIONS);
  });
  it("is written by nobody whom the test above does not see", () => {
    const writers = [...python].filter(([, text]) => /(?<!class )\bAudit\((?!Base)/.test(text)).map(([name]) => name);
    expect(writers.sort()).toEqual(["api/deeds.py", "jobs/arrival.py"]);
    const calls = found(/(?<!def )\b(?:done|audit)\(session, [\w.]+, (f?"|action\b)?/g);
    expect(calls.filter(([, action]) => action === undefined)).toEqual([]);
  });
  it("reads as somebody would tell it", () => {
    const told = (action: string, target: string): string => sentenceOf(deed(action, target), known);
    expect([
      told("reel.create", "reel_1"), told("notes.edit", "reel_1"), told("comment.create", "comment_1"), told("take.accepted", "take_1"),
      told("job.create.score", "job_1"), told("job.cancel", "job_1"), told("member.set", "ben"), told("share.create", "share_1"), told("webhook.delete", "webhook_1"),
    ]).toEqual([
      "Ada uploaded Reel 1, v2", "Ada changed the notes of Reel 1, v2", "Ada commented on Reel 1, v2", "Ada accepted a take of 1m1 of Reel 1, v2",
      "Ada asked for a temp score of Reel 1, v2", "Ada stopped the temp score for Reel 1, v2", "Ada gave Ben a role", "Ada made a share link for Cleo", "Ada removed the webhook to studio.example",
    ]);
  });
  it("tells a verdict only where it is still the one that was given then", () => {
    const judged = deed("approval.set", "reel_1/c1");
    expect(sentenceOf(judged, known)).toBe("Ada asked for changes to 1m1 of Reel 1, v2");
    expect(sentenceOf({ ...judged, created: "2026-03-12T11:00:00Z" }, known)).toBe("Ada judged 1m1 of Reel 1, v2");
    expect(sentenceOf({ ...judged, actor: "ben", actor_name: "Ben" }, known)).toBe("Ben judged 1m1 of Reel 1, v2");
  });
  it("leads to the reel, at a comment's frame, and nowhere once the reel is gone", () => {
    expect(partsOf(deed("comment.create", "comment_1"), known).at(-1)).toEqual({ text: "Reel 1, v2", reel: "reel_1", frame: 240 });
    expect(partsOf(deed("approval.remove", "reel_1/c1"), known).at(-1)).toEqual({ text: "Reel 1, v2", reel: "reel_1" });
    expect(partsOf(deed("reel.delete", "reel_2"), known).at(-1)).toEqual({ text: "a reel" });
  });
  it("stays legible where nothing is known", () => {
    for (const action of ACTIONS) expect(sentenceOf(deed(action, "x"), nothing)).not.toMatch(/[{}]|undefined/);
    expect(sentenceOf(deed("cue.lock", "c1", { actor_name: "" }), nothing)).toBe("Somebody did “cue lock”");
  });
  it("gathers what was done in a row, and an upload with its reel", () => {
    const at = (minute: number) => ({ created: new Date(Date.UTC(2026, 2, 12, 12, minute)).toISOString() });
    const log = [
      deed("notes.edit", "reel_1", at(130)), deed("notes.edit", "reel_1", at(50)), deed("notes.edit", "reel_1", at(40)),
      deed("notes.edit", "reel_2", at(39)), deed("notes.edit", "reel_1", { ...at(38), actor: "ben" }),
      deed("upload.complete", "upload_1", at(1)), deed("reel.create", "reel_1", at(1)), deed("upload.complete", "upload_0", at(0)),
    ].map((one, index) => ({ ...one, number: 99 - index }));
    expect(gathered(log, known).map(({ deed: one, times }) => [one.action, one.number, times])).toEqual([
      ["notes.edit", 99, 1], ["notes.edit", 98, 2], ["notes.edit", 96, 1], ["notes.edit", 95, 1], ["reel.create", 93, 1], ["upload.complete", 92, 1],
    ]);
  });
  it("never gathers a verdict with one that may have been another", () => {
    const verdicts = ["12:00:00", "11:59:00", "11:58:00"].map((clock, index) => deed("approval.set", "reel_1/c1", { created: `2026-03-12T${clock}Z`, number: 9 - index }));
    expect(gathered(verdicts, known).map(({ deed: one, times }) => [sentenceOf(one, known), times])).toEqual([
      ["Ada asked for changes to 1m1 of Reel 1, v2", 1], ["Ada judged 1m1 of Reel 1, v2", 2],
    ]);
  });
  it("puts lines under their day", () => {
    const noon = (date: number) => new Date(2026, 2, date, 12);
    const lines = [12, 12, 11, 3].map((date, index) => ({ deed: deed("project.change", "p", { created: noon(date).toISOString(), number: index }), times: 1 }));
    expect(byDay(lines, noon(12).getTime() / 1000).map(({ day, lines: of }) => [day, of.length])).toEqual([["Today", 2], ["Yesterday", 1], ["3 Mar 2026", 1]]);
  });
});

describe("the names of what was done", () => {
  afterEach(() => vi.unstubAllGlobals());
  const LISTS: Record<string, unknown[]> = {
    "/v1/projects/p/members": [{ person: "ben", name: "Ben" }],
    "/v1/projects/p/webhooks": [{ id: "webhook_1", url: "https://studio.example/hooks" }],
    "/v1/reels/reel_1/comments": [{ id: "comment_1", frame: 240 }],
    "/v1/reels/reel_1/takes": [{ id: "take_1", cue: "c1", record: { number: "1m1" } }],
    "/v1/reels/reel_1/approvals": [{ cue: "c2", author: "ada", verdict: "approved", created: "2026-03-12T12:00:00Z" }],
  };
  const NOTES = { notes: { cues: [{ id: "c2", number: "1m2" }] } };
  function names() {
    const fetch = vi.fn(async (url: string) => {
      if (url.endsWith("/notes")) return Response.json(NOTES);
      return url in LISTS ? Response.json({ items: LISTS[url], next: null }) : Response.json({ title: "Gone", status: 404, detail: "Gone.", code: "not-found" }, { status: 404 });
    });
    vi.stubGlobal("fetch", fetch);
    const asked = (): string[] => fetch.mock.calls.map(([url]) => url);
    return { names: new Names("p", [{ id: "reel_1", name: "Reel 1", cut: "v2" }], [{ id: "job_1", kind: "deliver", reel: "reel_1" }]), asked };
  }

  it("are read where a deed needs them, once", async () => {
    const { names: book, asked } = names();
    await book.learn([deed("project.create", "p"), deed("job.cancel", "job_1")]);
    expect([asked(), sentenceOf(deed("job.cancel", "job_1"), book)]).toEqual([[], "Ada stopped the delivery for Reel 1, v2"]);
    const log = [
      deed("member.set", "ben"), deed("webhook.create", "webhook_1"), deed("share.create", "share_1"), deed("comment.change", "comment_1"),
      deed("comment.delete", "comment_0"), deed("take.accepted", "take_1"), deed("approval.set", "reel_1/c2"), deed("approval.set", "reel_0/c1"),
    ];
    await book.learn(log);
    expect(log.map((one) => sentenceOf(one, book).replace("Ada ", ""))).toEqual([
      "gave Ben a role", "added a webhook to studio.example", "made a share link for somebody", "changed or resolved a comment on Reel 1, v2",
      "deleted a comment", "accepted a take of 1m1 of Reel 1, v2", "approved 1m2 of Reel 1, v2", "judged a cue of a reel",
    ]);
    const before = asked().length;
    expect(before).toBe(7);
    await book.learn(log);
    expect(asked().length).toBe(before);
  });
});
