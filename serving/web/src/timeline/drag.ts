// One way to drag: the pointer is captured, Escape lets go without a trace.

export interface Dragging {
  /** `dx`: pixels from where the drag began. */
  move(dx: number, event: PointerEvent): void;
  /** `moved` is false for a press that never went anywhere. */
  end(moved: boolean, event: PointerEvent | null): void;
  cancel?(): void;
}

const STILL_PX = 3;

export function drag(down: PointerEvent, dragging: Dragging): void {
  if (down.button !== 0) return;
  const target = down.currentTarget as HTMLElement;
  const from = down.clientX;
  const over = new AbortController();
  let moved = false;
  target.setPointerCapture(down.pointerId);

  const finish = (event: PointerEvent | null, cancelled: boolean): void => {
    over.abort();
    if (target.hasPointerCapture(down.pointerId)) target.releasePointerCapture(down.pointerId);
    if (cancelled) dragging.cancel?.();
    else dragging.end(moved, event);
  };
  target.addEventListener(
    "pointermove",
    (event) => {
      const dx = event.clientX - from;
      moved ||= Math.abs(dx) > STILL_PX;
      if (moved) dragging.move(dx, event);
    },
    { signal: over.signal },
  );
  target.addEventListener("pointerup", (event) => finish(event, false), { signal: over.signal });
  target.addEventListener("pointercancel", () => finish(null, true), { signal: over.signal });
  // what is dragged may be removed from under the hand: then the document hears of it, and what was done stays
  document.addEventListener("lostpointercapture", (event) => event.pointerId === down.pointerId && finish(null, false), { signal: over.signal });
  addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      finish(null, true);
    },
    { signal: over.signal, capture: true },
  );
}
