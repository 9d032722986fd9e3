import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Draft } from "../src/panels/project/draft.svelte";
import { Sending, opensItself, uploads } from "../src/panels/project/uploads.svelte";
import { resumedWords } from "../src/panels/words/uploading";
import { keepPage } from "../src/upload/astray";
import { FilmUpload, overXhr, type Answered, type Asked, type Film, type Means, type Order } from "../src/upload/tus";

const BYTES = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 251);
const PROJECT = "project_1";

function film(bytes: Uint8Array<ArrayBuffer> = BYTES, name = "Schnitt ü.mp4"): Film {
  return Object.assign(new Blob([bytes]), { name, lastModified: 5 });
}

class Memory {
  readonly kept = new Map<string, string>();
  getItem = (key: string): string | null => this.kept.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.kept.set(key, value);
  removeItem = (key: string): void => void this.kept.delete(key);
}

/** A service that keeps bytes as tus says, and does whatever a test makes it do. */
class Service {
  uploads = new Map<string, { length: number; bytes: number[]; metadata: Record<string, string>; said: string; refused?: boolean }>();
  asked: Asked[] = [];
  /** Called before each request; an answer replaces the service's own. */
  disturb: (asked: Asked, turn: number) => Answered | null | Promise<Answered | null> = () => null;
  finishing = 0;
  choices: unknown = null;
  #next = 1;

  transport = async (asked: Asked): Promise<Answered> => {
    this.asked.push(asked);
    const disturbed = await this.disturb(asked, this.asked.length);
    if (asked.signal.aborted) return answer(0);
    return disturbed ?? (await this.#serve(asked));
  };

  methods(): string {
    return this.asked.map((one) => one.method).join(" ");
  }

  keep(url: string, bytes: Uint8Array): void {
    this.uploads.get(url)?.bytes.push(...bytes);
  }

  async #serve({ method, url, headers, body, sent }: Asked): Promise<Answered> {
    if (headers["Tus-Resumable"] !== "1.0.0") return answer(412);
    if (method === "POST") return this.#create(headers);
    if (method === "PUT") {
      this.choices = JSON.parse(body as string);
      return answer(200);
    }
    const upload = this.uploads.get(url);
    if (!upload) return answer(404, {}, { code: "not-found", detail: "There is no such upload." });
    const offset = (): Record<string, string> => ({
      "Upload-Offset": String(upload.bytes.length),
      "Upload-Length": String(upload.length),
    });
    if (method === "HEAD") return answer(200, { ...offset(), ...(upload.said ? { "Upload-Metadata": upload.said } : {}) });
    if (method === "DELETE") {
      this.uploads.delete(url);
      return answer(204);
    }
    if (method === "GET") {
      const whole = upload.bytes.length === upload.length && this.finishing-- <= 0;
      const state = upload.refused ? "refused" : whole ? "complete" : "open";
      const problem = upload.refused ? { code: "checksum-wrong", message: "Not the film.", hint: "Again." } : null;
      return answer(200, {}, { id: "upload_1", state, reel: whole ? "reel_1" : null, job: "job_1", problem });
    }
    if (Number(headers["Upload-Offset"]) !== upload.bytes.length) return answer(409);
    const part = new Uint8Array(await (body as Blob).arrayBuffer());
    const promised = headers["Upload-Checksum"];
    if (promised && promised !== `sha256 ${createHash("sha256").update(part).digest("base64")}`) return answer(460);
    sent?.(part.length);
    upload.bytes.push(...part);
    return answer(204, offset());
  }

  #create(headers: Record<string, string>): Answered {
    const metadata = Object.fromEntries(
      (headers["Upload-Metadata"] ?? "").split(",").map((pair) => {
        const [name = "", text = ""] = pair.split(" ");
        return [name, Buffer.from(text, "base64").toString("utf8")];
      }),
    );
    const url = `/v1/uploads/upload_${this.#next++}`;
    this.uploads.set(url, { length: Number(headers["Upload-Length"]), bytes: [], metadata, said: headers["Upload-Metadata"] ?? "" });
    return answer(201, { Location: url, "Upload-Offset": "0" });
  }
}

function answer(status: number, headers: Record<string, string> = {}, body: unknown = ""): Answered {
  const known = new Headers(headers);
  return { status, header: (name) => known.get(name), text: typeof body === "string" ? body : JSON.stringify(body) };
}

let service: Service;
let storage: Memory;

beforeEach(() => {
  service = new Service();
  storage = new Memory();
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

function begin(order: Partial<Order> = {}, means: Means = {}, one: Film = film()): FilmUpload {
  return new FilmUpload(one, { project: PROJECT, ...order }, { transport: service.transport, storage, ...means });
}

async function ended(upload: FilmUpload): Promise<unknown> {
  let over = false;
  const done = upload.start().finally(() => (over = true));
  while (!over) await vi.advanceTimersByTimeAsync(1000);
  return done;
}

const received = (): number[] => [...service.uploads.values()].at(-1)?.bytes ?? [];

describe("a film", () => {
  test("is sent and becomes a reel", async () => {
    const upload = begin({ previous: "reel_0", choices: { coverage: 0.5 } });
    const stages = new Set<string>();
    upload.changed = () => stages.add(upload.stage);
    expect(await ended(upload)).toMatchObject({ state: "complete", reel: "reel_1" });
    expect(received()).toEqual([...BYTES]);
    expect([...stages]).toEqual(["sending", "checking", "done"]);
    expect([upload.sent, upload.kept]).toEqual([1000, 1000]);
    const { metadata } = [...service.uploads.values()][0]!;
    expect(metadata).toEqual({
      project: PROJECT,
      filename: "Schnitt ü.mp4",
      previous: "reel_0",
      choices: '{"coverage":0.5}',
    });
    expect(service.methods()).toBe("POST PATCH GET");
    expect(storage.kept.size).toBe(0);
  });

  test("may be empty", async () => {
    expect(await ended(begin({}, {}, film(new Uint8Array())))).toMatchObject({ reel: "reel_1" });
    expect(service.methods()).toBe("POST GET");
  });

  test("is sent in portions with a checksum each", async () => {
    await ended(begin({ checksum: true }, { portion: 300 }));
    expect(service.methods()).toBe("POST PATCH PATCH PATCH PATCH GET");
    expect(received()).toEqual([...BYTES]);
  });

  test("whose portion was damaged on the way sends it again", async () => {
    service.disturb = ({ headers }, turn) => {
      if (turn === 3) headers["Upload-Checksum"] = "sha256 wrong";
      return null;
    };
    await ended(begin({ checksum: true }, { portion: 300 }));
    expect(service.methods()).toBe("POST PATCH PATCH HEAD PATCH PATCH PATCH GET");
    expect(received()).toEqual([...BYTES]);
  });

  test("waits while the service is still looking at it", async () => {
    service.finishing = 3;
    expect(await ended(begin())).toMatchObject({ reel: "reel_1" });
    expect(service.methods()).toBe("POST PATCH GET HEAD GET HEAD GET HEAD GET");
  });

  test("takes long choices along on their own", async () => {
    const choices = { script: { text: "INT. ROOM\n".repeat(1000), format: "fountain" as const } };
    await ended(begin({ choices }));
    expect(service.choices).toEqual(choices);
    expect(service.methods()).toBe("POST PUT PATCH GET");
  });
});

describe("a lost connection", () => {
  test("goes on from what arrived", async () => {
    service.disturb = ({ method, url }, turn) => {
      if (method !== "PATCH" || turn > 3) return null;
      service.keep(url, BYTES.slice(0, 400));
      return answer(0);
    };
    const upload = begin();
    const stages: string[] = [];
    upload.changed = () => stages.at(-1) === upload.stage || stages.push(upload.stage);
    expect(await ended(upload)).toMatchObject({ reel: "reel_1" });
    expect(service.methods()).toBe("POST PATCH HEAD PATCH GET");
    expect(stages).toEqual(["sending", "interrupted", "sending", "checking", "done"]);
    expect(received()).toEqual([...BYTES]);
  });

  test("that comes again and again still gets there", async () => {
    service.disturb = ({ method, url, headers }) => {
      if (method !== "PATCH") return null;
      const offset = Number(headers["Upload-Offset"]);
      if (offset >= 900) return null;
      service.keep(url, BYTES.slice(offset, offset + 30));
      return answer(0);
    };
    expect(await ended(begin({}, { attempts: 3 }))).toMatchObject({ reel: "reel_1" });
    expect(received()).toEqual([...BYTES]);
  });

  test.each([409, 423, 429, 500, 502, 503])("an answer of %i is tried again after asking", async (status) => {
    service.disturb = ({ method }, turn) => (method === "PATCH" && turn === 2 ? answer(status) : null);
    expect(await ended(begin())).toMatchObject({ reel: "reel_1" });
    expect(service.methods()).toBe("POST PATCH HEAD PATCH GET");
  });

  test("that stays is told, and starting again goes on", async () => {
    let down = true;
    service.disturb = ({ method }) => (down && method !== "POST" ? answer(0) : null);
    const upload = begin({}, { attempts: 4 });
    expect(await ended(upload)).toBeNull();
    expect([upload.stage, upload.problem?.code]).toEqual(["failed", "unreachable"]);
    expect(upload.problem?.hint).toContain("safe");
    down = false;
    expect(await ended(upload)).toMatchObject({ reel: "reel_1" });
    expect(service.uploads.size).toBe(1);
  });

  test("waits longer each time, as long as the service asks, and not once the network is back", async () => {
    const moments: number[] = [];
    service.disturb = ({ method }, turn) => {
      moments.push(Date.now());
      return method === "POST" ? null : answer(turn < 5 ? 0 : 503, turn < 5 ? {} : { "Retry-After": "60" });
    };
    const upload = begin({}, { attempts: 8, delaysMs: [100, 200, 400] });
    void upload.start();
    await vi.advanceTimersByTimeAsync(2000);
    expect(moments.slice(1).map((at, i) => at - (moments[i] ?? 0))).toEqual([0, 200, 400, 400]);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(upload.stage).toBe("interrupted");
    await upload.pause();
  });
});

describe("a refusal", () => {
  test("is told in the service's words", async () => {
    const refused = answer(413, {}, { code: "quota-exceeded", detail: "No room.", hint: "Delete something." });
    service.disturb = ({ method }) => (method === "POST" ? refused : null);
    const upload = begin();
    expect(await ended(upload)).toBeNull();
    expect([upload.stage, upload.problem?.code, upload.problem?.hint]).toEqual([
      "failed",
      "quota-exceeded",
      "Delete something.",
    ]);
  });

  test("of the whole film is told, and it is forgotten", async () => {
    const upload = begin();
    service.disturb = ({ method, url }) => {
      if (method === "GET") service.uploads.get(url)!.refused = true;
      return null;
    };
    expect(await ended(upload)).toBeNull();
    expect([upload.stage, upload.problem?.code]).toEqual(["failed", "checksum-wrong"]);
    expect(storage.kept.size).toBe(0);
  });

  test("an upload that vanished begins anew when started again", async () => {
    service.disturb = ({ method, url }, turn) => {
      if (method === "PATCH" && turn === 2) service.uploads.delete(url);
      return null;
    };
    const upload = begin();
    expect(await ended(upload)).toBeNull();
    expect(upload.problem?.code).toBe("not-found");
    expect(await ended(upload)).toMatchObject({ reel: "reel_1" });
  });
});

describe("a reload", () => {
  test("goes on with the same file", async () => {
    service.disturb = ({ method, url }) => {
      if (method !== "PATCH") return null;
      service.keep(url, BYTES.slice(0, 640));
      return answer(0);
    };
    const first = begin();
    void first.start();
    await vi.advanceTimersByTimeAsync(1);
    service.disturb = () => null;
    const second = begin(); // the page was loaded again, the same file chosen
    expect(second.begun).toBe(true);
    expect(await ended(second)).toMatchObject({ reel: "reel_1" });
    expect(received()).toEqual([...BYTES]);
    expect(service.uploads.size).toBe(1);
    await first.pause();
  });

  /** Begin with `order`, lose the connection after `there` bytes, and choose the same file again with `later`. */
  async function again(order: Partial<Order>, later: Partial<Order>, there = 640): Promise<FilmUpload> {
    service.disturb = ({ method, url }) => {
      if (method !== "PATCH") return null;
      service.keep(url, BYTES.slice(0, there));
      return answer(0);
    };
    const first = begin(order);
    void first.start();
    await vi.advanceTimersByTimeAsync(1);
    void first.pause();
    service.disturb = () => null;
    service.asked = [];
    const second = begin(later);
    expect(await ended(second)).toMatchObject({ reel: "reel_1" });
    expect(service.uploads.size).toBe(1);
    return second;
  }

  test("with other settings tells them, and says so", async () => {
    const second = await again({ choices: { coverage: 0.5 } }, { choices: { cut: "v2" } });
    expect(service.methods()).toBe("HEAD PUT PATCH GET");
    expect(service.choices).toEqual({ cut: "v2" });
    expect(second.resumption).toEqual({ choices: true, otherPrevious: false });
    expect(resumedWords(second.resumption)).toContain("with what you chose now");
  });

  test("without settings leaves those of then", async () => {
    const second = await again({ choices: { coverage: 0.5 }, previous: "reel_ü" }, { choices: {}, previous: "reel_ü" });
    expect(service.methods()).toBe("HEAD PATCH GET");
    expect(second.resumption).toEqual({ choices: null, otherPrevious: false });
    expect(resumedWords(second.resumption)).toContain("with what was chosen then");
  });

  test("says what cannot be changed any more: the reel it follows, and everything once the film is whole", async () => {
    const second = await again({ previous: "reel_0" }, { previous: "reel_2" });
    expect(second.resumption).toEqual({ choices: null, otherPrevious: true });
    expect(resumedWords(second.resumption)).toContain("next version of what was chosen then");
    service = new Service();
    storage = new Memory();
    const whole = begin();
    service.disturb = ({ method, url }) => {
      if (method === "PATCH") service.keep(url, BYTES);
      return method === "PATCH" ? answer(0) : method === "PUT" ? answer(409, {}, { code: "state-conflict" }) : null;
    };
    void whole.start();
    await vi.advanceTimersByTimeAsync(1);
    void whole.pause();
    const late = begin({ choices: { cut: "v2" } });
    expect(await ended(late)).toMatchObject({ reel: "reel_1" });
    expect(late.resumption).toEqual({ choices: false, otherPrevious: false });
    expect(resumedWords(late.resumption)).toContain("not with what you chose now");
  });

  test("in between does not lose long settings, nor begin twice", async () => {
    const choices = { script: { text: "INT. ROOM\n".repeat(1000), format: "fountain" as const } };
    let down = true;
    service.disturb = ({ method }) => (method === "PUT" && down ? ((down = false), answer(0)) : null);
    const upload = begin({ choices });
    expect(await ended(upload)).toMatchObject({ reel: "reel_1" });
    expect(service.methods()).toBe("POST PUT HEAD PUT PATCH GET");
    expect(service.choices).toEqual(choices);
    expect(service.uploads.size).toBe(1);
  });

  test.each([404, 410, 403])("with an upload the service forgot (%i) begins anew", async (status) => {
    storage.setItem(`cuelight.upload:${PROJECT}:Schnitt ü.mp4:1000:5`, "/v1/uploads/upload_old");
    service.disturb = ({ url }) => (url.endsWith("old") ? answer(status) : null);
    expect(await ended(begin())).toMatchObject({ reel: "reel_1" });
    expect(service.methods()).toBe("HEAD POST PATCH GET");
  });

  test("with another file begins another upload", () => {
    storage.setItem(`cuelight.upload:${PROJECT}:Schnitt ü.mp4:1000:5`, "/v1/uploads/upload_old");
    expect(begin({}, {}, film(BYTES.slice(1))).begun).toBe(false);
    expect(begin({ project: "project_2" }).begun).toBe(false);
  });

  test("works without a place to remember", async () => {
    expect(await ended(begin({}, { storage: null }))).toMatchObject({ reel: "reel_1" });
  });
});

describe("people", () => {
  /** Let the first PATCH hang with 400 bytes there until it is aborted. */
  function hang(): void {
    service.disturb = ({ method, url, signal, sent }) => {
      if (method !== "PATCH" || received().length > 0) return null;
      service.keep(url, BYTES.slice(0, 400));
      sent?.(500);
      return new Promise((done) => signal.addEventListener("abort", () => done(answer(0))));
    };
  }

  test("pause and go on", async () => {
    hang();
    const upload = begin();
    const first = upload.start();
    await vi.advanceTimersByTimeAsync(10);
    expect([upload.stage, upload.sent]).toEqual(["sending", 500]);
    await upload.pause();
    expect(await first).toBeNull();
    expect([upload.stage, upload.sent]).toEqual(["paused", 0]);
    expect(await ended(upload)).toMatchObject({ reel: "reel_1" });
    expect(received()).toEqual([...BYTES]);
  });

  test("go on before the pause is over", async () => {
    hang();
    const upload = begin();
    void upload.start();
    await vi.advanceTimersByTimeAsync(10);
    const pausing = upload.pause();
    expect(await ended(upload)).toMatchObject({ reel: "reel_1" });
    await pausing;
    expect([upload.stage, received().length]).toEqual(["done", 1000]);
  });

  test("cancel, and nothing is left", async () => {
    hang();
    const upload = begin();
    void upload.start();
    await vi.advanceTimersByTimeAsync(10);
    await upload.cancel();
    expect([upload.stage, service.uploads.size, storage.kept.size]).toEqual(["cancelled", 0, 0]);
    expect(upload.begun).toBe(false);
  });

  test("pause while it waits to try again", async () => {
    service.disturb = ({ method }) => (method === "PATCH" ? answer(0) : null);
    const upload = begin();
    const first = upload.start();
    await vi.advanceTimersByTimeAsync(10);
    expect(upload.stage).toBe("interrupted");
    await upload.pause();
    expect([await first, upload.stage]).toEqual([null, "paused"]);
  });

  test("start twice and send once", async () => {
    const upload = begin();
    expect(upload.start()).toBe(upload.start());
    await ended(upload);
    expect(service.methods()).toBe("POST PATCH GET");
  });

  test("see how fast it is and how long it will take", async () => {
    let now = 0;
    service.disturb = ({ method, sent }) => {
      if (method === "PATCH") {
        for (const bytes of [0, 100, 200]) {
          now += 500;
          sent?.(bytes);
        }
        expect(upload.bytesPerSecond).toBeCloseTo(200000 / 1500);
        expect(upload.secondsLeft).toBeCloseTo(800 / (200000 / 1500));
      }
      return null;
    };
    const upload = begin({}, { now: () => now });
    expect(upload.secondsLeft).toBeNull();
    await ended(upload);
    expect(upload.stage).toBe("done");
  });
});

describe("XMLHttpRequest", () => {
  class Fake {
    static last: Fake;
    upload: { onprogress?: (event: { loaded: number }) => void } = {};
    status = 0;
    responseText = "";
    onloadend = (): void => {};
    said: unknown[] = [];
    constructor() {
      Fake.last = this;
    }
    open = (...said: unknown[]): void => void this.said.push(...said);
    setRequestHeader = (...said: unknown[]): void => void this.said.push(...said);
    getResponseHeader = (name: string): string => `${name}!`;
    send = (body: unknown): void => void this.said.push(body);
    abort = (): void => this.onloadend();
  }

  beforeEach(() => vi.stubGlobal("XMLHttpRequest", Fake));
  afterEach(() => vi.unstubAllGlobals());

  test("carries headers, body, progress and the answer", async () => {
    const seen: number[] = [];
    const { signal } = new AbortController();
    const sent = (bytes: number): void => void seen.push(bytes);
    const done = overXhr({ method: "PATCH", url: "/u", headers: { A: "b" }, body: "x", sent, signal });
    expect(Fake.last.said).toEqual(["PATCH", "/u", "A", "b", "x"]);
    Fake.last.upload.onprogress?.({ loaded: 7 });
    Object.assign(Fake.last, { status: 204, responseText: "text" }).onloadend();
    const answered = await done;
    expect([answered.status, answered.text, answered.header("Location"), seen]).toEqual([204, "text", "Location!", [7]]);
  });

  test("is aborted", async () => {
    const stop = new AbortController();
    const done = overXhr({ method: "GET", url: "/u", headers: {}, signal: stop.signal });
    stop.abort();
    expect((await done).status).toBe(0);
    expect((await overXhr({ method: "GET", url: "/u", headers: {}, signal: stop.signal })).status).toBe(0);
  });
});

describe("what is said of a film", () => {
  const reels = [{ id: "reel_1", name: "Harbour.mov" }];
  const named = (name: string): Film => film(BYTES, name);
  const drafted = (name: string): Draft<Film> => {
    const draft = new Draft<Film>(() => reels);
    draft.film = named(name);
    return draft;
  };

  test("goes with it and with no other", async () => {
    const first = drafted("Harbour.mov");
    first.start = " 01:00:00:00 ";
    first.coverage = 40;
    first.sides = true;
    first.cut = "v2";
    first.readSubtitles("1\n", "srt");
    first.readScript("INT.", "fountain");
    expect(first.order("p")).toEqual({
      project: "p",
      previous: "reel_1",
      choices: { start_timecode: "01:00:00:00", coverage: 0.4, cut: "v2", sides: true, subtitles: { text: "1\n", format: "srt" }, script: { text: "INT.", format: "fountain" } },
    });
    const second = drafted("Another.mov");
    first.readSubtitles("2\n", "srt"); // a text of the first film that was read late
    expect(second.order("p")).toEqual({ project: "p", choices: {} });
  });

  test("names the reel of the same name as the one before, unless somebody says otherwise", () => {
    const draft = drafted("Another.mov");
    expect(draft.previous).toBe("");
    draft.film = named("Harbour.mov");
    expect(draft.previous).toBe("reel_1");
    draft.previous = "";
    expect(draft.order("p")).toEqual({ project: "p", choices: {} });
  });
});

describe("a film that is there", () => {
  const there = { stage: "done", reel: "reel_1", resumption: null } as const;
  test.each([
    ["opens for who waited for it", "checking", there, true, true],
    ["not while something else is done", "checking", there, false, false],
    ["not when it was there before one came", "done", there, true, false],
    ["not while it is on its way", "sending", { ...there, stage: "checking" }, true, false],
    ["not when something must be read first", "checking", { ...there, resumption: { choices: false, otherPrevious: false } }, true, false],
    ["nor the other thing", "checking", { ...there, resumption: { choices: true, otherPrevious: true } }, true, false],
  ] as const)("%s", (_, before, now, alone, opens) => expect(opensItself(before, now, alone)).toBe(opens));

  test("is forgotten when its screen is left", () => {
    const made = ["p", "p", "q"].map((project) => new Sending(project, film(), { project }, "/v1/uploads"));
    for (const one of made) uploads.add(one);
    for (const one of made.slice(1)) one.stage = "done";
    uploads.clear("p");
    expect(uploads.all).toEqual([made[0], made[2]]);
    uploads.all = [];
  });
});

test("a film let go beside its target leaves the page where it is", () => {
  class Input {
    constructor(readonly type: string) {}
  }
  vi.stubGlobal("HTMLInputElement", Input);
  const event = (types: string[], target: unknown = {}, defaultPrevented = false) => ({
    target, defaultPrevented, dataTransfer: { types, dropEffect: "copy" }, preventDefault: vi.fn(),
  });
  const kept = (one: ReturnType<typeof event>) => {
    keepPage(one as unknown as DragEvent);
    return [one.preventDefault.mock.calls.length, one.dataTransfer.dropEffect];
  };
  expect(kept(event(["Files"]))).toEqual([1, "none"]);
  expect(kept(event(["Files"], {}, true))).toEqual([0, "copy"]); // its own target took it
  expect(kept(event(["text/plain"]))).toEqual([0, "copy"]);
  expect(kept(event(["Files"], new Input("file")))).toEqual([0, "copy"]);
  expect(kept(event(["Files"], new Input("text")))).toEqual([1, "none"]);
  vi.unstubAllGlobals();
});
