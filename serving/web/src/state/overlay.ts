// Edges and hits that were moved and are not kept yet, laid over the notes as the service has them.
import type { Cue, Hit, Silence } from "../lib/documents";
import { frame, type Frame, type Span } from "../lib/time";

/** Cues and hits as they were moved, by id; of a cue only the edges that were touched. */
export interface Moved {
  cues: Readonly<Record<string, Partial<Span>>>;
  hits: Readonly<Record<string, Frame>>;
}

/** Several moves as one: what came later lies on top. */
export function laid(moves: readonly Moved[]): Moved {
  const cues: Record<string, Partial<Span>> = {};
  const hits: Record<string, Frame> = {};
  for (const move of moves) {
    for (const [id, edges] of Object.entries(move.cues)) cues[id] = { ...cues[id], ...edges };
    Object.assign(hits, move.hits);
  }
  return { cues, hits };
}

export function cuesUnder(moved: Moved, cues: Cue[]): Cue[] {
  if (Object.keys(moved.cues).length === 0) return cues;
  return cues.map((cue) => {
    const edges = moved.cues[cue.id];
    return edges ? { ...cue, span: { ...cue.span, ...edges } } : cue;
  });
}

export function hitsUnder(moved: Moved, hits: Hit[]): Hit[] {
  return Object.keys(moved.hits).length === 0 ? hits : hits.map((hit) => ({ ...hit, frame: moved.hits[hit.id] ?? hit.frame }));
}

/** Silences give way to a cue edge on the move, so that what is seen while dragging is what will be. */
export function silencesUnder(moved: Moved, silences: Silence[], cues: readonly Cue[]): Silence[] {
  const edges = cues.flatMap((cue) => (cue.id in moved.cues ? [{ then: cue.span, now: { ...cue.span, ...moved.cues[cue.id] } }] : []));
  if (edges.length === 0) return silences;
  return silences.map((silence) => {
    let { in: start, out: end } = silence.span;
    for (const { then, now } of edges) {
      if (then.out === silence.span.in) start = now.out;
      if (then.in === silence.span.out) end = now.in;
    }
    return { ...silence, span: { in: start, out: frame(Math.max(start, end)) } };
  });
}
