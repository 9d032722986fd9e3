import { describe, expect, test, vi } from "vitest";
import { ApiError } from "../src/lib/api";
import { Listed } from "../src/state/listed.svelte";

const refused = (status: number) => new ApiError({ title: "No", status, detail: `no ${status}`, code: `code-${status}` });

/** A list of what `answers` gives, one after the other; an error is thrown. */
function listing(...answers: (number[] | Error)[]) {
  const complain = vi.fn();
  const ask = vi.fn(async () => {
    const next = answers.shift() ?? [];
    if (next instanceof Error) throw next;
    return next;
  });
  return { list: new Listed<number>({ complain }, ask), complain, ask };
}

describe("a list", () => {
  test("is read, and says why it could not be", async () => {
    const { list, complain } = listing(refused(503), [1, 2]);
    expect(list.reading).toBe("loading");
    await list.read();
    expect([list.reading, list.problem?.status, list.items]).toEqual(["failed", 503, []]);
    const again = list.again();
    expect([list.reading, list.problem]).toEqual(["loading", null]);
    await again;
    expect([list.reading, list.items]).toEqual(["ready", [1, 2]]);
    expect(complain).not.toHaveBeenCalled();
  });

  test("keeps what it has when it cannot be read again", async () => {
    const { list } = listing([1], refused(0));
    await list.read();
    await list.read();
    expect([list.reading, list.items, list.problem?.status]).toEqual(["ready", [1], 0]);
  });

  test("does one deed at a time, says which, and is read after it", async () => {
    const { list, ask } = listing([1], [1, 2], [1, 2]);
    await list.read();
    let finish = (): void => {};
    const deed = list.run("add", () => new Promise<void>((done) => (finish = done)));
    expect(list.busy).toBe("add");
    expect(await list.run("other", () => Promise.reject(new Error("never begun")))).toBe(false);
    finish();
    expect(await deed).toBe(true);
    expect([list.busy, list.items, ask.mock.calls.length]).toEqual(["", [1, 2], 2]);
    expect(await list.run("older")).toBe(true);
    expect(ask).toHaveBeenCalledTimes(3);
  });

  test("tells a refusal in its place until the next deed, but that nobody is signed in to the whole page", async () => {
    const { list, complain } = listing([], [], [], []);
    await list.read();
    expect(await list.run("add", () => Promise.reject(refused(422)))).toBe(false);
    expect([list.problem?.status, list.busy, complain.mock.calls.length]).toEqual([422, "", 0]);
    expect(await list.run("add", () => Promise.reject(refused(401)))).toBe(false);
    expect([list.problem, complain.mock.calls[0]?.[0]]).toEqual([null, expect.objectContaining({ status: 401 })]);
    await list.run("add", () => Promise.reject(new TypeError("a fault of ours")));
    expect(complain).toHaveBeenCalledTimes(2);
  });
});
