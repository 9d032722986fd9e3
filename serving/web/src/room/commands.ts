// What each key does, in the words of the store.
import type { Command } from "../lib/keys";
import { frame, shift } from "../lib/time";
import { asking } from "../panels/cue/asking.svelte";
import type { Review } from "../state/review.svelte";

const ZOOM_STEP = 1.6;
const NEW_CUE_S = 10;
const NEW_HIT_WEIGHT = 3;

export interface Place {
  /** Opens the overlay with all keys. */
  showKeys(): void;
}

/** Do a command; false when there is nothing to do, so that the key stays the browser's. */
export function perform(command: Command, review: Review, place: Place): boolean {
  const deed = DEEDS[command];
  return deed(review, place) !== false;
}

type Deed = (review: Review, place: Place) => unknown;

const nudge = (frames: number): Deed => (review) => {
  const selection = review.view.selection;
  if (selection?.kind === "cue" && review.mayEdit && focusedInTimeline()) {
    const cue = review.notes.cue(selection.id);
    if (!cue) return false;
    if (selection.part === "body") review.moves.moveCue(cue.id, frames);
    else {
      review.moves.moveEdge(cue.id, selection.part, cue.span[selection.part] + frames);
      review.player.seek(review.notes.cue(cue.id)?.span[selection.part] ?? cue.span.in);
    }
    review.moves.soon();
  } else if (selection?.kind === "hit" && review.mayEdit && focusedInTimeline()) {
    const hit = review.notes.hit(selection.id);
    if (!hit) return false;
    review.moves.moveHit(hit.id, hit.frame + frames);
    review.player.seek(review.notes.hit(hit.id)?.frame ?? hit.frame);
    review.moves.soon();
  } else review.player.step(frames);
  return true;
};

/** Arrows move what is selected only while the hand is in the timeline; elsewhere they move the playhead. */
const focusedInTimeline = (): boolean => document.activeElement?.closest("[data-moves]") !== null && document.activeElement !== null;

const setEdge = (edge: "in" | "out"): Deed => (review) => {
  const cue = review.selectedCue;
  if (!cue) return void review.session.say("Select a cue first: the keys [ and ] set where it comes in and goes out.");
  const at = edge === "in" ? review.view.playhead : shift(review.view.playhead, 1);
  const { low, high } = review.moves.room(cue.id, edge);
  if (at < low || at > high) {
    return void review.session.say(
      edge === "in" ? `${cue.number} cannot come in there: it would leave its own span or run into the cue before.` : `${cue.number} cannot go out there: it would end before it begins or run into the next cue.`,
    );
  }
  review.moves.moveEdge(cue.id, edge, at);
  return review.moves.commit();
};

const step = (by: -1 | 1): Deed => (review) => {
  const cues = review.notes.cues;
  const at = review.view.selection?.kind === "cue" ? cues.findIndex((c) => c.id === review.view.selection?.id) : -1;
  const here = at >= 0 ? at + by : cues.findIndex((c) => c.span.out > review.view.playhead) + (by < 0 ? -1 : 0);
  const cue = cues[here];
  if (!cue) return false;
  review.selectCue(cue.id);
  review.view.reveal(cue.span.in);
  return true;
};

const judge = (verdict: "approved" | "changes"): Deed => (review) => {
  const cue = review.selectedCue;
  if (!cue) return void review.session.say("Select a cue first, then A approves it and R asks for changes.");
  if (!review.mayJudge) return void review.session.say("You may look at these notes but not judge them.");
  return review.judge(cue.id, verdict);
};

/** R opens the form that asks what should be different: a wish without words helps nobody. */
const askChanges: Deed = (review) => {
  const cue = review.selectedCue;
  if (!cue || !review.mayJudge) return judge("changes")(review, { showKeys: () => undefined });
  asking.cue = cue.id;
  if (review.selectedHit) review.selectCue(cue.id); // the form is the cue's, not the hit's
  review.view.tab = "cue";
  return true;
};

export function split(review: Review): unknown {
  const at = review.view.playhead;
  const cue = review.notes.cueAt(at);
  if (!cue || at <= cue.span.in) return review.session.say("The playhead is in no cue: there is nothing to split here.");
  return review.edit([{ op: "split-cue", cue: cue.id, frame: at }], `${cue.number} split at ${review.timecode(at)}`);
}

function addCue(review: Review): unknown {
  const at = review.view.playhead;
  const inside = review.notes.cueAt(at);
  if (inside) return review.session.say(`${inside.number} already plays here: S splits it.`);
  const next = review.notes.cues.find((cue) => cue.span.in > at);
  const out = Math.min(at + Math.round(NEW_CUE_S * review.timebase.rate), next?.span.in ?? review.view.frames);
  return review.edit([{ op: "add-cue", in: at, out }], `new cue at ${review.timecode(at)}`);
}

function addHit(review: Review): unknown {
  const at = review.view.playhead;
  return review.edit(
    [{ op: "add-hit", frame: at, kind: "action", weight: NEW_HIT_WEIGHT, label: "hit" }],
    `hit at ${review.timecode(at)}`,
  );
}

/** Make one cue of the selected one and the one after it; the silence between them goes. */
export function unite(review: Review): unknown {
  const cue = review.selectedCue;
  if (!cue) return review.session.say("Select a cue first: U makes one of it and the next.");
  const next = review.notes.cues.find((other) => other.span.in >= cue.span.out);
  if (!next) return review.session.say(`${cue.number} is the last cue: there is none after it to unite with.`);
  return review.edit([{ op: "merge-cues", first: cue.id, second: next.id }], `${cue.number} and ${next.number} made one`);
}

export async function remove(review: Review): Promise<void> {
  const selection = review.view.selection;
  if (selection?.kind === "cue") {
    const cue = review.notes.cue(selection.id);
    if (!cue) return;
    const kept = await review.edit([{ op: "remove-cue", cue: cue.id }], `${cue.number} removed`);
    const revision = review.notes.revision;
    if (kept) review.session.say(`${cue.number} is gone; its place is silence now.`, "", { label: "Undo", do: () => void review.undo(revision) });
  } else if (selection?.kind === "hit") {
    const hit = review.notes.hit(selection.id);
    if (hit) await review.edit([{ op: "remove-hit", hit: hit.id }], `hit "${hit.label}" removed`);
  }
}

function goTo(review: Review): unknown {
  const selection = review.view.selection;
  if (!selection) return false;
  if (selection.kind === "cue") {
    const cue = review.notes.cue(selection.id);
    return cue && review.goTo(selection.part === "out" ? shift(cue.span.out, -1) : cue.span.in);
  }
  if (selection.kind === "hit") return review.goTo(review.notes.hit(selection.id)?.frame ?? review.view.playhead);
  if (selection.kind === "silence") return review.goTo(review.notes.silence(selection.id)?.span.in ?? review.view.playhead);
  return review.goTo(review.comments.find((c) => c.id === selection.id)?.frame ?? review.view.playhead);
}

const zoom = (factor: number): Deed => ({ view }) => {
  const x = view.x(view.playhead);
  view.zoom(factor, x >= 0 && x <= view.width ? x : view.width / 2);
};

const DEEDS: Record<Command, Deed> = {
  play: ({ player }) => player.toggle(),
  reverse: ({ player }) => player.shuttle(-1),
  pause: ({ player }) => player.pause(),
  forward: ({ player }) => player.shuttle(1),
  "frame-back": ({ player }) => player.step(-1),
  "frame-on": ({ player }) => player.step(1),
  start: (review) => review.goTo(frame(0)),
  end: (review) => review.goTo(frame(review.view.frames - 1)),
  "set-in": setEdge("in"),
  "set-out": setEdge("out"),
  earlier: nudge(-1),
  later: nudge(1),
  "ten-earlier": nudge(-10),
  "ten-later": nudge(10),
  split,
  unite,
  remove,
  "add-hit": addHit,
  "add-cue": addCue,
  comment: (review) => {
    review.commenting = { frame: review.view.playhead, cue: review.notes.cueAt(review.view.playhead)?.id ?? null };
    review.view.tab = "comments";
  },
  undo: (review) => review.undo(),
  redo: (review) => review.redo(),
  approve: judge("approved"),
  changes: askChanges,
  timecode: () => false, // the clock and the ruler's corner listen themselves
  here: () => false,
  "next-cue": step(1),
  "previous-cue": step(-1),
  "go-to": goTo,
  loop: ({ player }) => {
    player.loop = !player.loop;
  },
  streamers: ({ player }) => player.setStreamers(!player.streamers),
  fullscreen: ({ player }) => player.fullscreen(),
  "hear-a": ({ player }) => player.setMonitor("a"),
  "hear-b": ({ player }) => player.setMonitor("b"),
  "hear-cut": ({ player }) => player.setMonitor("cut"),
  "zoom-in": zoom(ZOOM_STEP),
  "zoom-out": zoom(1 / ZOOM_STEP),
  "zoom-all": ({ view }) => view.fitAll(),
  "zoom-selection": ({ view, selectedCue, selectedSilence }) => {
    const span = selectedCue?.span ?? selectedSilence?.span;
    return span ? view.fit(span) : false;
  },
  keys: (_review, place) => place.showKeys(),
  deselect: (review) => {
    review.moves.cancel();
    review.select(null);
  },
};
