import { readFileSync } from "node:fs";
import openapiTS, { COMMENT_HEADER, astToString } from "openapi-typescript";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ApiError, all, api, ask, newKey } from "../src/lib/api";

afterEach(() => vi.unstubAllGlobals());
const answering = (...answers: (Response | Error)[]) => {
  const fetch = vi.fn(async (_input: string, _init?: RequestInit) => {
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return next ?? Response.json({});
  });
  vi.stubGlobal("fetch", fetch);
  return fetch;
};

describe("the client", () => {
  test("is generated from the API's own description: run `npm run api` when this fails", async () => {
    const ast = await openapiTS(new URL("../openapi.json", import.meta.url), { alphabetize: true });
    expect(`${COMMENT_HEADER}${astToString(ast)}`).toBe(readFileSync(new URL("../src/api/schema.d.ts", import.meta.url), "utf8"));
  }, 30_000);

  test("sends versions and keys, and JSON", async () => {
    const fetch = answering(Response.json({ revision: 8 }, { headers: { ETag: '"r8"' } }));
    const { etag } = await api.edit("reel/1", [{ op: "renumber" }], "renumbered", '"r7"', "k");
    const [url, init] = fetch.mock.calls[0] ?? [];
    const headers = new Headers(init?.headers);
    expect([url, headers.get("If-Match"), headers.get("Idempotency-Key"), etag]).toEqual(["/v1/reels/reel%2F1/notes/edits", '"r7"', "k", '"r8"']);
    expect(JSON.parse(String(init?.body))).toEqual({ edits: [{ op: "renumber" }], summary: "renumbered" });
  });

  test("gives a problem in the service's own words", async () => {
    answering(Response.json({ title: "No", status: 422, detail: "A cue cannot end before it begins.", code: "cue-invalid", hint: "Move the other edge." }, { status: 422 }));
    const error = await ask("x").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect([(error as ApiError).message, (error as ApiError).hint, (error as ApiError).code]).toEqual(["A cue cannot end before it begins.", "Move the other edge.", "cue-invalid"]);
  });

  test("has words where the service has none, and where there is no service", async () => {
    answering(new Response("<html>", { status: 502, statusText: "Bad Gateway" }), new TypeError("network"));
    await expect(ask("x")).rejects.toMatchObject({ status: 502, code: "http-502" });
    await expect(ask("x")).rejects.toMatchObject({ status: 0, code: "unreachable" });
  });

  test("says that a change was not saved only of a change", async () => {
    const hint = async (asking: () => Promise<unknown>): Promise<string> => {
      answering(new TypeError("network"));
      return ((await asking().catch((e: unknown) => e)) as ApiError).hint;
    };
    expect(await hint(() => api.judge("r", "c", "approved", ""))).toContain("not saved");
    for (const look of [() => api.projects(), () => api.preview("r", 0.5), () => api.signIn("t"), () => api.openShare("s")]) {
      expect(await hint(look)).toBe("Check the connection and try again.");
    }
  });

  test("looks through a share link without becoming its guest", async () => {
    const fetch = answering(Response.json({ kind: "share" }));
    await api.lookThrough("cs_1");
    const [url, init] = fetch.mock.calls[0] ?? [];
    expect([url, init?.method, new Headers(init?.headers).get("X-Cuelight-Share")]).toEqual(["/v1/session", "GET", "cs_1"]);
  });

  test("lets go when it is told to", async () => {
    answering(new DOMException("stopped", "AbortError") as unknown as Error);
    await expect(ask("x")).rejects.toThrow("stopped");
  });

  test("reads a list to its end", async () => {
    const fetch = answering(Response.json({ items: [1, 2], next: "a b" }), Response.json({ items: [3], next: null }));
    expect(await all("jobs?reel=r")).toEqual([1, 2, 3]);
    expect(fetch.mock.calls.map(([url]) => url)).toEqual(["/v1/jobs?reel=r", "/v1/jobs?reel=r&cursor=a%20b"]);
  });

  test("makes keys over plain http too, where a page has no randomUUID", () => {
    const { crypto } = globalThis;
    vi.stubGlobal("crypto", { getRandomValues: (into: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(into) });
    const keys = Array.from({ length: 50 }, newKey);
    expect(new Set(keys).size).toBe(50);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
  });
});
