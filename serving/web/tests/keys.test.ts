import { describe, expect, test } from "vitest";
import { BINDINGS, command } from "../src/lib/keys";

const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  command({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });

describe("keys", () => {
  test.each([
    [" ", "play"], ["j", "reverse"], ["J", "reverse"], ["k", "pause"], ["l", "forward"], [",", "frame-back"], [".", "frame-on"],
    ["[", "set-in"], ["]", "set-out"], ["s", "split"], ["u", "unite"], ["Delete", "remove"], ["Backspace", "remove"], ["m", "add-hit"], ["n", "add-cue"],
    ["a", "approve"], ["r", "changes"], ["ArrowLeft", "earlier"], ["ArrowRight", "later"], ["z", "zoom-selection"],
  ])("%s is %s", (key, expected) => expect(press(key)).toBe(expected));

  test("shift makes arrows ten frames and never changes a letter", () => {
    expect(press("ArrowLeft", { shiftKey: true })).toBe("ten-earlier");
    expect(press("M", { shiftKey: true })).toBe("add-hit");
    expect(press("?", { shiftKey: true })).toBe("keys");
    expect(press("+", { shiftKey: true })).toBe("zoom-in");
  });

  test("undo and redo, with Ctrl or with Cmd", () => {
    expect(press("z", { ctrlKey: true })).toBe("undo");
    expect(press("Z", { ctrlKey: true, shiftKey: true })).toBe("redo");
    expect(press("z", { metaKey: true })).toBe("undo");
    expect(press("y", { ctrlKey: true })).toBe("redo");
  });

  test("leave the browser its own", () => {
    for (const key of ["r", "l", "s", "c", "a", "p", "f", "n"]) expect(press(key, { ctrlKey: true })).toBeNull();
    expect(press("ArrowLeft", { altKey: true })).toBeNull();
    expect(press("x")).toBeNull();
  });

  test("none means two things", () => {
    const seen = BINDINGS.flatMap((b) => b.keys.map((key) => `${b.ctrl ?? false} ${b.shift ?? false} ${key}`));
    expect(new Set(seen).size).toBe(seen.length);
  });
});
