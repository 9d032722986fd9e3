import type { Cue, Edit, Notes } from "../src/lib/documents";
import { frame, span, type Frame } from "../src/lib/time";
import { notes as synthetic } from "../perf/synthetic";

/** A service in small: revisions that only ever grow, If-Match, keys, restore, and a second editor. */
export class Service {
  revisions: Notes[] = [small()];
  asked: { edits: Edit[]; match: string | null; key: string | null }[] = [];
  /** What an edit gets instead of its answer. */
  fail: (() => Response | Promise<Response>) | null = null;
  /** What happens to the notes before they are read. */
  reading: (() => void) | null = null;
  /** Whether answers are lost on their way: the edit itself arrives. */
  deaf = false;
  #answered = new Map<string, { match: string | null; revision: number }>();

  get head(): Notes {
    return this.revisions.at(-1) as Notes;
  }
  document(revision = this.revisions.length): unknown {
    return { revision, author: "p", author_name: "Ben", created: "2026-01-01T00:00:00Z", summary: "Ben was here", notes: this.revisions[revision - 1] };
  }
  answer = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = String(input);
    if (!url.includes("/edits")) {
      this.reading?.();
      return Response.json(this.document());
    }
    const body = JSON.parse(String(init?.body)) as { edits: Edit[] };
    const headers = new Headers(init?.headers);
    this.asked.push({ edits: body.edits, match: headers.get("If-Match"), key: headers.get("Idempotency-Key") });
    if (this.fail) return this.fail();
    const key = headers.get("Idempotency-Key") ?? "";
    const before = this.#answered.get(key);
    if (before && before.match !== headers.get("If-Match")) {
      return Response.json({ title: "No", status: 422, detail: "This Idempotency-Key was used for another request.", code: "key-reused" }, { status: 422 });
    }
    if (before) return Response.json(this.document(before.revision), { status: 201 });
    if (headers.get("If-Match") !== `"r${this.revisions.length}"`) {
      return Response.json({ title: "Conflict", status: 412, detail: "Somebody else changed the notes first.", code: "edit-conflict", base: 1, current: this.revisions.length, theirs: [], yours: [], clashes: this.clashes }, { status: 412 });
    }
    this.apply(body.edits);
    this.#answered.set(key, { match: headers.get("If-Match"), revision: this.revisions.length });
    if (this.deaf) throw new TypeError("network");
    return Response.json(this.document(), { status: 201 });
  };
  clashes: unknown[] = [];
  apply(edits: Edit[]): void {
    let next = structuredClone(this.head);
    for (const edit of edits) {
      if (edit.op === "restore") next = structuredClone(this.revisions[edit.revision - 1] as Notes);
      if (edit.op === "move-edge") {
        const cue = next.cues.find((c) => c.id === edit.cue) as Cue;
        cue.span = { ...cue.span, [edit.edge]: edit.frame as Frame };
      }
      if (edit.op === "set-hit") Object.assign(next.hits.find((h) => h.id === edit.hit) ?? {}, edit.fields);
    }
    this.revisions.push(next);
  }
}

function small(): Notes {
  const all = synthetic();
  const cues = all.cues.slice(0, 3).map((cue, n) => ({ ...cue, span: span(100 + 1000 * n, 600 + 1000 * n) }));
  const silences = all.silences.slice(0, 2).map((silence, n) => ({ ...silence, span: span(600 + 1000 * n, 1100 + 1000 * n) }));
  return { ...all, cues, silences, hits: all.hits.slice(0, 2).map((hit, n) => ({ ...hit, frame: frame(200 + n), cue: "cue-0" })) };
}
