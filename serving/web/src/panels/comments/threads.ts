/** Comments in order: what is pinned to one frame belongs together, the first is answered by the rest. */
import type { Comment } from "../../api/types";

export type Filter = "open" | "all" | "cue";

/** A frame with an open comment shows all that was said there, so that no answer stands alone. */
export function filtered(comments: readonly Comment[], filter: Filter, cue: string): Comment[] {
  if (filter === "all") return [...comments];
  if (filter === "cue") return comments.filter((comment) => comment.cue === cue);
  const open = new Set(comments.filter((comment) => !comment.resolved).map((comment) => comment.frame));
  return comments.filter((comment) => open.has(comment.frame));
}

/** Group comments by frame, frames in order, within a frame by time. */
export function threads(comments: readonly Comment[]): Comment[][] {
  const at = new Map<number, Comment[]>();
  for (const comment of [...comments].sort((a, b) => a.created.localeCompare(b.created))) {
    at.set(comment.frame, [...(at.get(comment.frame) ?? []), comment]);
  }
  return [...at.entries()].sort(([a], [b]) => a - b).map(([, thread]) => thread);
}
