// Every key of the room, once: the handler and the overlay read the same table.

export type Command =
  | "play" | "reverse" | "pause" | "forward" | "frame-back" | "frame-on" | "start" | "end"
  | "set-in" | "set-out" | "earlier" | "later" | "ten-earlier" | "ten-later"
  | "split" | "unite" | "remove" | "add-hit" | "add-cue" | "comment" | "undo" | "redo" | "approve" | "changes"
  | "next-cue" | "previous-cue" | "go-to" | "loop" | "streamers" | "fullscreen"
  | "hear-a" | "hear-b" | "hear-cut" | "zoom-in" | "zoom-out" | "zoom-all" | "zoom-selection" | "keys" | "deselect"
  | "timecode" | "here";

interface Binding {
  command: Command;
  /** As KeyboardEvent.key has them; letters in lower case. */
  keys: string[];
  ctrl?: boolean;
  shift?: boolean;
  /** A sign that many keyboards have behind Option or AltGr. */
  behind?: boolean;
  group: "Play" | "Cues and hits" | "Judge and undo" | "Look";
  /** What is printed on the key cap, and what it does. */
  cap: string;
  words: string;
}

export const BINDINGS: readonly Binding[] = [
  { command: "play", keys: [" "], group: "Play", cap: "space", words: "play or pause" },
  { command: "reverse", keys: ["j"], group: "Play", cap: "J", words: "shuttle back, again for faster" },
  { command: "pause", keys: ["k"], group: "Play", cap: "K", words: "stop" },
  { command: "forward", keys: ["l"], group: "Play", cap: "L", words: "shuttle on, again for faster" },
  { command: "frame-back", keys: [",", "<"], group: "Play", cap: ",", words: "one frame back" },
  { command: "frame-on", keys: [".", ">"], group: "Play", cap: ".", words: "one frame on" },
  { command: "start", keys: ["Home"], group: "Play", cap: "Home", words: "to the first frame" },
  { command: "end", keys: ["End"], group: "Play", cap: "End", words: "to the last frame" },
  { command: "timecode", keys: ["t"], group: "Play", cap: "T", words: "go to a typed timecode" },
  { command: "loop", keys: ["o"], group: "Play", cap: "O", words: "loop the selected cue" },
  { command: "hear-a", keys: ["1"], group: "Play", cap: "1", words: "hear take A" },
  { command: "hear-b", keys: ["2"], group: "Play", cap: "2", words: "hear take B" },
  { command: "hear-cut", keys: ["3"], group: "Play", cap: "3", words: "hear the cut's own sound" },
  { command: "streamers", keys: ["p"], group: "Play", cap: "P", words: "streamers and punches on or off" },
  { command: "fullscreen", keys: ["f"], group: "Play", cap: "F", words: "picture full screen" },
  { command: "next-cue", keys: ["PageDown"], group: "Cues and hits", cap: "PgDn", words: "next cue" },
  { command: "previous-cue", keys: ["PageUp"], group: "Cues and hits", cap: "PgUp", words: "cue before" },
  { command: "go-to", keys: ["Enter", "g"], group: "Cues and hits", cap: "G", words: "playhead to what is selected" },
  { command: "set-in", keys: ["["], behind: true, group: "Cues and hits", cap: "[", words: "selected cue comes in at the playhead" },
  { command: "set-out", keys: ["]"], behind: true, group: "Cues and hits", cap: "]", words: "selected cue goes out at the playhead" },
  { command: "earlier", keys: ["ArrowLeft"], group: "Cues and hits", cap: "←", words: "what is selected a frame earlier, else the playhead" },
  { command: "later", keys: ["ArrowRight"], group: "Cues and hits", cap: "→", words: "a frame later" },
  { command: "ten-earlier", keys: ["ArrowLeft"], shift: true, group: "Cues and hits", cap: "⇧ ←", words: "ten frames earlier" },
  { command: "ten-later", keys: ["ArrowRight"], shift: true, group: "Cues and hits", cap: "⇧ →", words: "ten frames later" },
  { command: "split", keys: ["s"], group: "Cues and hits", cap: "S", words: "split the cue at the playhead" },
  { command: "unite", keys: ["u"], group: "Cues and hits", cap: "U", words: "make one cue of the selected and the next" },
  { command: "add-cue", keys: ["n"], group: "Cues and hits", cap: "N", words: "new cue at the playhead" },
  { command: "add-hit", keys: ["m"], group: "Cues and hits", cap: "M", words: "hit at the playhead" },
  { command: "comment", keys: ["c"], group: "Cues and hits", cap: "C", words: "comment at the playhead" },
  { command: "remove", keys: ["Delete", "Backspace"], group: "Cues and hits", cap: "Del", words: "remove what is selected" },
  { command: "approve", keys: ["a"], group: "Judge and undo", cap: "A", words: "approve the cue" },
  { command: "changes", keys: ["r"], group: "Judge and undo", cap: "R", words: "ask for changes" },
  { command: "redo", keys: ["z"], ctrl: true, shift: true, group: "Judge and undo", cap: "Ctrl ⇧ Z", words: "redo" },
  { command: "redo", keys: ["y"], ctrl: true, group: "Judge and undo", cap: "Ctrl Y", words: "redo" },
  { command: "undo", keys: ["z"], ctrl: true, group: "Judge and undo", cap: "Ctrl Z", words: "undo your last change to the notes" },
  { command: "here", keys: ["h"], group: "Look", cap: "H", words: "say and show what is at the playhead" },
  { command: "zoom-in", keys: ["+", "="], group: "Look", cap: "+", words: "closer, down to a frame" },
  { command: "zoom-out", keys: ["-", "_"], group: "Look", cap: "−", words: "further away" },
  { command: "zoom-all", keys: ["0"], group: "Look", cap: "0", words: "the whole reel" },
  { command: "zoom-selection", keys: ["z"], group: "Look", cap: "Z", words: "fill the view with the selected cue" },
  { command: "deselect", keys: ["Escape"], group: "Look", cap: "Esc", words: "let go of the selection" },
  { command: "keys", keys: ["?"], group: "Look", cap: "?", words: "all keys" },
];

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/** What a key means, or null. Shift only matters where a binding says so (arrows, undo). */
export function command(event: Pressed): Command | null {
  if (event.altKey) return BINDINGS.find((b) => b.behind && b.keys.includes(event.key))?.command ?? null;
  const ctrl = event.ctrlKey || event.metaKey;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const fits = BINDINGS.filter((b) => b.keys.includes(key) && (b.ctrl ?? false) === ctrl);
  const exact = fits.find((b) => (b.shift ?? false) === event.shiftKey);
  if (exact) return exact.command;
  const named = key.startsWith("Arrow") || ctrl; // "?" and "+" need shift on many keyboards
  return named ? null : (fits[0]?.command ?? null);
}

const PRESSABLE = "button, a, [role=tab], summary";
/** What was last pressed with the pointer: it has the focus, but nobody went there by keyboard. */
let pressed: Element | null = null;
globalThis.document?.addEventListener(
  "pointerdown",
  ({ target }) => {
    pressed = target instanceof Element ? target.closest(PRESSABLE) : null;
  },
  { capture: true },
);

const TYPED = new Set(["INPUT", "TEXTAREA", "SELECT"]);
const REMOVES = new Set(["Delete", "Backspace"]);

/** Whether a key belongs to what has the focus: letters typed into a field are not commands, nor is anything under a dialog. */
export function typing(target: EventTarget | null, key: string): boolean {
  if (document.querySelector("dialog[open]")) return true;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement && target.type === "range") return key.startsWith("Arrow") || key === "Home" || key === "End" || key.startsWith("Page");
  if (target instanceof HTMLInputElement && (target.type === "checkbox" || target.type === "radio")) return key === " " || key.startsWith("Arrow");
  if (TYPED.has(target.tagName)) return true;
  // what is selected is removed by the hand that is on the time axis, not by one that happens to be on another button
  if (REMOVES.has(key)) return target !== document.body && !target.closest("[data-moves]");
  const pressable = target.closest(PRESSABLE);
  if (pressable?.getAttribute("role") === "tab" && (key.startsWith("Arrow") || key === "Home" || key === "End")) return true;
  // space plays, also after something was clicked; whoever came to a button by keyboard presses it with space
  if (pressable && key === " ") return !target.closest("[data-moves]") && pressable !== pressed;
  return pressable !== null && key === "Enter";
}
