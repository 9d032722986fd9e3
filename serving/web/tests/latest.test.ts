import { afterEach, describe, expect, test, vi } from "vitest";
import { latest } from "../src/lib/latest";
import { Listed } from "../src/state/listed.svelte";
import { Review } from "../src/state/review.svelte";
import type { Session } from "../src/state/session.svelte";

afterEach(() => vi.unstubAllGlobals());

/** Readings that answer when they are told to. */
function readings() {
  const open: { answer: () => void; fail: () => void }[] = [];
  const read = vi.fn(() => new Promise<void>((done, failed) => open.push({ answer: done, fail: () => failed(new Error("no")) })));
  return { open, read };
}
const turn = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

describe("the latest reading", () => {
  test("is one at a time, and one more for all who asked meanwhile", async () => {
    const { open, read } = readings();
    const ask = latest(read);
    const asked = [ask(), ask(), ask()];
    expect(read).toHaveBeenCalledTimes(1);
    open[0]?.answer();
    await asked[0];
    await turn();
    expect(read).toHaveBeenCalledTimes(2);
    open[1]?.answer();
    await Promise.all(asked);
    void ask();
    expect(read).toHaveBeenCalledTimes(3);
  });

  test("goes on after one that failed", async () => {
    const { open, read } = readings();
    const ask = latest(read);
    const [first, second] = [ask(), ask()];
    open[0]?.fail();
    await expect(first).rejects.toThrow("no");
    await turn();
    open[1]?.answer();
    await expect(second).resolves.toBeUndefined();
  });
});

/** A room on a service whose answers come when they are told to. */
function room() {
  const answers: { url: string; give: (body: unknown) => void }[] = [];
  vi.stubGlobal("AudioContext", class {});
  vi.stubGlobal("fetch", (url: string) => new Promise((done) => answers.push({ url, give: (body) => done(Response.json(body)) })));
  const review = new Review({ complain: vi.fn(), say: vi.fn(), who: null } as unknown as Session, "reel_1");
  return { review, answers };
}

describe("a room", () => {
  test("shows the jobs as they are, though an older answer takes longer", async () => {
    const { review, answers } = room();
    const jobs = (state: string) => ({ items: [{ id: "job_1", kind: "score", state, created: "2026" }], next: null });
    void review.refreshJobs();
    void review.refreshJobs();
    await turn();
    answers[1]?.give(jobs("done"));
    await turn();
    answers[0]?.give(jobs("running"));
    await turn();
    answers[1]?.give(jobs("done"));
    await turn();
    await turn();
    expect(review.jobs.map((job) => job.state)).toEqual(["done"]);
  });

  test("that was left before it opened listens to nothing", async () => {
    const listening = vi.fn();
    vi.stubGlobal("EventSource", class {
      close = vi.fn();
      addEventListener = vi.fn();
      constructor(url: string) {
        listening(url);
      }
    });
    const { review, answers } = room();
    const loading = review.load();
    await turn();
    review.end();
    answers[0]?.give({ id: "reel_1", project: "project_1", revision: 0, media: {} });
    await turn();
    for (const answer of answers.slice(1)) answer.give({ items: [], next: null });
    await loading;
    expect([listening.mock.calls, answers.length]).toEqual([[], 1]);
  });
});

describe("a list", () => {
  test("shows what was read last", async () => {
    const answers: ((items: number[]) => void)[] = [];
    const list = new Listed<number>({ complain: vi.fn() }, () => new Promise((done) => answers.push(done)));
    const both = [list.read(), list.read()];
    answers[1]?.([2]);
    answers[0]?.([1]);
    await turn();
    answers[1]?.([2]);
    await Promise.all(both);
    expect(list.items).toEqual([2]);
  });
});
