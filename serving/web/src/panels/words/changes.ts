/** What changed in the notes, grouped by what it is about: for the history, for two cuts, and for two editors who collide. */

/** One thing that is not as it was, as model/spotting/diff.py tells it. */
export interface Difference {
  kind: string;
  id: string;
  label: string;
  what: string;
  field: string;
  frame: number;
  text: string;
}

/** What two people changed differently. */
export interface Clash {
  kind: string;
  id: string;
  label: string;
  field: string;
  base: unknown;
  mine: unknown;
  theirs: unknown;
  frame: number;
  text: string;
}

export interface Group {
  kind: string;
  id: string;
  label: string;
  frame: number;
  texts: string[];
}

/** A sentence without the name it begins with, where that stands over it already: "1m2 comes in later" is "comes in later". */
function under(label: string, text: string): string {
  const rest = text.startsWith(label) ? text.slice(label.length).replace(/^[,:]? /, "") : text;
  return rest && rest !== text ? rest : text;
}

/** Put what belongs to one cue, hit or silence together, in the order of the reel. */
export function grouped(changes: readonly Difference[]): Group[] {
  const groups = new Map<string, Group>();
  for (const change of changes) {
    const key = `${change.kind} ${change.id}`;
    const group = groups.get(key) ?? { kind: change.kind, id: change.id, label: change.label, frame: change.frame, texts: [] };
    group.texts.push(under(change.label, change.text));
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => a.frame - b.frame);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** A value as people write it: lists with commas, frames as timecodes, nothing as "nothing". */
export function spelled(value: unknown, field: string, timecode: (frame: number) => string): string {
  if (value === null || value === undefined || value === "") return "nothing";
  if (Array.isArray(value)) return value.length > 0 ? value.map((one) => spelled(one, "", timecode)).join(", ") : "nothing";
  if (typeof value === "number") return ["in", "out", "frame"].includes(field) ? timecode(value) : String(Math.round(value * 100) / 100);
  if (!isRecord(value)) return String(value);
  if (typeof value["title"] === "string") return [value["number"], value["title"]].filter(Boolean).join(" ");
  if (typeof value["label"] === "string") return value["label"];
  return Object.entries(value)
    .map(([name, part]) => `${name.replaceAll("_", " ")} ${spelled(part, name, timecode)}`)
    .join(", ");
}

/** "7 changes to 3 cues and 2 hits". */
export function tally(changes: readonly Difference[]): string {
  if (changes.length === 0) return "Nothing differs.";
  const number = (kind: string): number => new Set(changes.filter((change) => change.kind === kind).map((change) => change.id)).size;
  const parts = (["cue", "silence", "hit", "setting"] as const).flatMap((kind) => {
    const found = number(kind);
    return found ? [`${found} ${kind}${found === 1 ? "" : "s"}`] : [];
  });
  const list = parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}` : (parts[0] ?? "");
  return `${changes.length === 1 ? "1 change" : `${changes.length} changes`} to ${list}.`;
}
