import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { drag } from "../src/timeline/drag";

/** An element that takes the pointer. */
class Handle extends EventTarget {
  held = new Set<number>();
  setPointerCapture = (id: number): void => void this.held.add(id);
  hasPointerCapture = (id: number): boolean => this.held.has(id);
  releasePointerCapture = (id: number): void => void this.held.delete(id);
}

const happens = (to: EventTarget, type: string, more: object = {}): Event => {
  const event = Object.assign(new Event(type, { cancelable: true }), { pointerId: 1, ...more });
  to.dispatchEvent(event);
  return event;
};

let handle: Handle;
let page: EventTarget;
let window: EventTarget;
const dragging = { move: vi.fn(), end: vi.fn(), cancel: vi.fn() };
beforeEach(() => {
  [handle, page, window] = [new Handle(), new EventTarget(), new EventTarget()];
  vi.stubGlobal("document", page);
  vi.stubGlobal("addEventListener", window.addEventListener.bind(window));
  vi.clearAllMocks();
  drag({ button: 0, pointerId: 1, clientX: 100, currentTarget: handle } as unknown as PointerEvent, dragging);
});
afterEach(() => vi.unstubAllGlobals());

test("a drag tells how far, and ends once", () => {
  happens(handle, "pointermove", { clientX: 102 });
  happens(handle, "pointermove", { clientX: 130 });
  happens(handle, "pointerup");
  happens(page, "lostpointercapture");
  expect(dragging.move.mock.calls.map(([dx]) => dx as number)).toEqual([30]);
  expect(dragging.end.mock.calls).toEqual([[true, expect.anything()]]);
  expect(handle.held.size).toBe(0);
});

test("Escape lets go without a trace", () => {
  happens(handle, "pointermove", { clientX: 130 });
  happens(window, "keydown", { key: "Escape" });
  happens(handle, "pointerup");
  expect([dragging.cancel.mock.calls.length, dragging.end.mock.calls.length]).toEqual([1, 0]);
});

test("what is removed from under the hand ends its drag, and the next Escape is free again", () => {
  happens(handle, "pointermove", { clientX: 130 });
  happens(page, "lostpointercapture", { pointerId: 2 });
  expect(dragging.end).not.toHaveBeenCalled();
  happens(page, "lostpointercapture");
  happens(window, "keydown", { key: "Escape" });
  expect([dragging.end.mock.calls, dragging.cancel.mock.calls.length]).toEqual([[[true, null]], 0]);
});
