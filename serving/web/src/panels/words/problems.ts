/** Errors in words a person understands: what happened, and what to do next. */

/** What is said of an error; `next` is empty where nothing can be done but read. */
export interface Said {
  title: string;
  detail: string;
  next: string;
  code: string;
  status: number;
  fields: { field: string; detail: string }[];
}

/** What to do next, by the service's stable codes; the service's own hint comes first where it gives one. */
const NEXT: Record<string, string> = {
  "reel-missing": "Upload the film again.",
  "input-missing": "Start it again: what is missing is made anew.",
  "not-a-film": "Export the cut as a QuickTime, MP4 or MKV file and upload that.",
  "no-picture": "Upload the film with its picture, not the sound alone.",
  "empty-reel": "Check the export: the file has a picture track without a picture in it.",
  "broken-reel": "The file is probably cut off. Export or copy it again, then upload the new file.",
  "codec-refused": "Export the cut as H.264, H.265, ProRes or DNxHD and upload that.",
  "reel-too-large": "Upload a smaller export: 1080p is enough to spot and to score.",
  "picture-changed": "Export the cut with one picture size from beginning to end.",
  "timecode-invalid": "Write it like 01:00:00:00.",
  "subtitles-invalid": "Open the reel to go on without them, or correct the file and upload again.",
  "script-invalid": "Open the reel to go on without it, or correct the file and upload again.",
  "cue-invalid": "Make the cue longer, or free it from its neighbour, then try again.",
  "tempo-invalid": "Choose a wider tempo range, or make fewer hits mandatory.",
  "theme-invalid": "Use a MIDI, MusicXML or ABC file with one melody.",
  "instrument-unknown": "Choose the instruments from the list.",
  "disk-full": "Free some space on the machine that runs Cuelight, then retry. Nothing was lost.",
  "output-unwritable": "Check that Cuelight may write to its folder, then retry.",
  "asset-missing": "Whoever installed Cuelight has to run `make assets` once. Then retry.",
  "asset-corrupt": "Whoever installed Cuelight has to run `make assets` again. Then retry.",
  "child-died": "Retry. If it happens again, this file upsets the decoder: export it anew.",
  "child-timed-out": "Retry when the machine has less to do, or upload a smaller export.",
  "child-out-of-memory": "Upload a smaller export, or give the machine more memory.",
  "not-signed-in": "Open the link that Cuelight printed when it started, or enter a key.",
  "not-allowed": "Ask an owner of the project for another role.",
  "not-found": "It may have been deleted, or it was never shared with you.",
  "edit-conflict": "Look at both versions and choose.",
  "version-missing": "Reload the page and do it again.",
  "state-conflict": "Reload to see where it stands now.",
  "upload-conflict": "Press resume: the upload goes on from what has arrived.",
  "upload-busy": "Another window is sending this file. Close it, or wait for it.",
  "upload-too-large": "Upload a smaller export, or ask who runs Cuelight to raise the limit.",
  "checksum-wrong": "The file changed on its way. Upload it again.",
  "quota-exceeded": "Delete old versions of the cut to make room, or ask an owner for more.",
  "too-many-requests": "Wait a minute, then go on.",
  "worker-lost": "Retry. If it happens again, the machine is probably short of memory.",
  "service-busy": "Nothing is lost. Try again in a moment.",
  unreachable: "Check the connection. What you typed is still here.",
};

const text = (value: unknown): string => (typeof value === "string" ? value.trim() : "");
const record = (value: unknown): Record<string, unknown> | null =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;

/** Read any error as a sentence and a way on; null for what a person stopped themselves. */
export function explain(error: unknown): Said | null {
  const whole = record(error);
  if (whole?.["name"] === "AbortError") return null;
  const body = record(whole?.["problem"]) ?? whole;
  const code = text(body?.["code"]);
  if (code) return fromProblem(body ?? {}, code);
  if (error instanceof TypeError) return plain("unreachable", "The service cannot be reached.");
  return plain("", text(whole?.["message"]) || text(error) || "Something went wrong that has no name.");
}

/** Read the problem of a job or an upload: the same members, but without a status. */
export function explainProblem(problem: unknown): Said {
  return explain(problem) ?? plain("cancelled", "It was stopped.");
}

function fromProblem(body: Record<string, unknown>, code: string): Said {
  const detail = text(body["detail"]) || text(body["message"]) || text(body["title"]);
  return {
    title: text(body["title"]) || detail,
    detail,
    next: text(body["hint"]) || NEXT[code] || "",
    code,
    status: Number(body["status"] ?? 0),
    fields: fieldsOf(body["errors"]),
  };
}

/** What an error says of one field of what was sent: `body.url`, and what lies in it. */
export function ofField(error: unknown, field: string): string {
  const blamed = explain(error)?.fields.filter((one) => one.field === field || one.field.startsWith(`${field}.`)) ?? [];
  return blamed.map((one) => one.detail).join(" ");
}

function fieldsOf(errors: unknown): Said["fields"] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((entry: unknown) => {
    const one = record(entry);
    const detail = text(one?.["detail"]) || text(one?.["message"]);
    return one && detail ? [{ field: text(one["field"]), detail }] : [];
  });
}

function plain(code: string, detail: string): Said {
  return { title: detail, detail, next: NEXT[code] ?? "", code, status: 0, fields: [] };
}

const OF_THE_FILM = new Set(["not-a-film", "no-picture", "empty-reel", "broken-reel", "codec-refused", "reel-too-large", "picture-changed"]);

/** Whether doing the same again cannot help: the film itself is at fault. */
export const hopeless = (code: string): boolean => OF_THE_FILM.has(code);

/** What was chosen with a film and turned out wrong, by the code that says so; and how to go on without it. */
const WITHOUT: Record<string, { choice: string; label: string }> = {
  "track-invalid": { choice: "sides", label: "Take its sound as one mix" },
  "timecode-invalid": { choice: "start_timecode", label: "Take the film's own timecode" },
  "subtitles-invalid": { choice: "subtitles", label: "Go on without the subtitles" },
  "script-invalid": { choice: "script", label: "Go on without the script" },
};
export const wayWithout = (code: string): { choice: string; label: string } | null => WITHOUT[code] ?? null;

/** One sentence of all of it, for places with little room. */
export function sentence(error: unknown): string {
  const said = explain(error);
  return said ? [said.detail, said.next].filter(Boolean).join(" ") : "";
}
