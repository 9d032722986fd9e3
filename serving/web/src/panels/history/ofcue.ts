/** The history of one cue, out of that of the reel. */

interface Line {
  revision: number;
  edits: Readonly<Record<string, unknown>>[];
}

/**
 * The revisions that changed one cue, newest first: those whose edits name it or its hits, those that spotted
 * everything, and a step back only if it went over one of these.
 */
export function ofCue<T extends Line>(lines: readonly T[], cue: string, hits: readonly string[]): T[] {
  const names = new Set([cue, ...hits]);
  const found: T[] = [];
  for (const line of [...lines].sort((a, b) => a.revision - b.revision)) {
    const touches = line.edits.some((edit) => {
      if (edit["op"] === "restore") return found.some(({ revision }) => revision > Number(edit["revision"]));
      return edit["op"] === "respot" || ["cue", "first", "second", "hit"].some((field) => names.has(String(edit[field])));
    });
    if (touches) found.push(line);
  }
  return found.reverse();
}
