/** The words a person typed in edits that may not be kept: shown so that they can be taken along. */
import type { Edit } from "../../lib/documents";

/** Every text of a batch of edits, in order. */
export function typedWords(edits: readonly Edit[]): string[] {
  return edits.flatMap((edit) => {
    const fields = "fields" in edit ? (edit.fields as Record<string, unknown>) : edit;
    return ["title", "instruction", "function", "label"].flatMap((name) => {
      const value = (fields as Record<string, unknown>)[name];
      return typeof value === "string" && value.trim() ? [value.trim()] : [];
    });
  });
}
