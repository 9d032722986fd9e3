// The view part of the room: zoom, playhead, selection. Undo never touches it.
import { clampFrame, frame, type Frame, type Span } from "../lib/time";

export type Selection =
  | { kind: "cue"; id: string; part: "body" | "in" | "out" }
  | { kind: "hit"; id: string }
  | { kind: "silence"; id: string }
  | { kind: "comment"; id: string };

export type Tab = "cue" | "score" | "themes" | "comments" | "history" | "deliver";

/** How wide a single frame may get on the screen. */
const WIDEST_FRAME_PX = 160;
const MARGIN = 0.04;

/** The one axis that every lane shares: which frame lies at the left edge and how many frames a pixel is. */
export class View {
  left = $state(0);
  perPixel = $state(1);
  width = $state(1000);
  frames = $state(1);
  follow = $state(true);
  playhead: Frame = $state(frame(0));
  selection: Selection | null = $state(null);
  tab: Tab = $state("cue");
  #fitted = false;
  /** Whether the playhead was in sight when it last moved or the view did. */
  #seen = true;

  /** Frames that fit on the screen. */
  get shown(): number {
    return this.width * this.perPixel;
  }
  get right(): number {
    return this.left + this.shown;
  }
  get widest(): number {
    return Math.max(this.frames / Math.max(this.width, 1), 1 / WIDEST_FRAME_PX);
  }
  get whole(): boolean {
    return this.perPixel >= this.widest * 0.999;
  }

  x(at: number): number {
    return (at - this.left) / this.perPixel;
  }
  frameAt(x: number): Frame {
    return clampFrame(Math.floor(this.left + x * this.perPixel), 0, this.frames - 1);
  }
  /** The frame boundary nearest to `x`: for edges, which lie between frames. */
  boundaryAt(x: number): Frame {
    return clampFrame(Math.round(this.left + x * this.perPixel), 0, this.frames);
  }

  resize(width: number): void {
    if (width <= 0 || width === this.width) return;
    const whole = !this.#fitted || this.whole;
    this.width = width;
    if (whole) this.fitAll();
    else this.#settle(this.left, this.perPixel);
  }

  /** A reel of `frames` frames: show all of it. */
  open(frames: number): void {
    this.frames = Math.max(1, frames);
    this.fitAll();
    this.#fitted = true;
  }

  fitAll(): void {
    this.#settle(0, this.widest);
  }

  /** Zoom by `factor` (> 1 is closer) so that what lies at `x` stays there. */
  zoom(factor: number, x: number): void {
    const at = this.left + x * this.perPixel;
    const perPixel = Math.min(Math.max(this.perPixel / factor, 1 / WIDEST_FRAME_PX), this.widest);
    this.#settle(at - x * perPixel, perPixel);
  }

  scroll(pixels: number): void {
    this.#settle(this.left + pixels * this.perPixel, this.perPixel);
  }

  moveTo(left: number): void {
    this.#settle(left, this.perPixel);
  }

  fit(span: Span): void {
    const frames = Math.max(span.out - span.in, 1);
    const perPixel = Math.min(Math.max((frames * (1 + 2 * MARGIN)) / this.width, 1 / WIDEST_FRAME_PX), this.widest);
    this.#settle(span.in - (perPixel * this.width - frames) / 2, perPixel);
  }

  /** Bring `at` into sight, moving no further than needed to have some room around it. */
  reveal(at: number): void {
    const room = this.shown * 0.08;
    if (at < this.left + room) this.#settle(at - room, this.perPixel);
    else if (at > this.right - room) this.#settle(at - this.shown + room, this.perPixel);
  }

  /** While playing: turn the page when the playhead leaves it; whoever scrolled away from it is left where they are. */
  turn(at: number): void {
    const inside = at >= this.left && at <= this.right;
    if (inside && at <= this.left + this.shown * 0.92) this.#seen = true;
    else if (this.follow && (this.#seen || inside)) this.#settle(at - this.shown * 0.08, this.perPixel);
  }

  select(selection: Selection | null): void {
    this.selection = selection;
  }
  selected(kind: Selection["kind"], id: string): boolean {
    return this.selection?.kind === kind && this.selection.id === id;
  }

  #settle(left: number, perPixel: number): void {
    this.perPixel = perPixel;
    this.left = Math.min(Math.max(left, 0), Math.max(0, this.frames - this.width * perPixel));
    this.#seen = this.playhead >= this.left && this.playhead <= this.right;
  }
}
