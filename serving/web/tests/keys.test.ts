import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BINDINGS, command, typing } from "../src/lib/keys";

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

  test("the brackets are found behind Option and AltGr", () => {
    expect(press("[", { altKey: true })).toBe("set-in");
    expect(press("]", { altKey: true, ctrlKey: true })).toBe("set-out");
    expect(press(",", { altKey: true })).toBeNull();
  });

  test("none means two things", () => {
    const seen = BINDINGS.flatMap((b) => b.keys.map((key) => `${b.ctrl ?? false} ${b.shift ?? false} ${key}`));
    expect(new Set(seen).size).toBe(seen.length);
  });
});

/** As much of an element as keys look at: its tag, and what it lies in. */
class Box extends EventTarget {
  isContentEditable = false;
  constructor(
    readonly tagName: string,
    readonly inside: string[] = [],
  ) {
    super();
  }
  closest(selector: string): Box | null {
    return selector.split(", ").some((one) => one === this.tagName.toLowerCase() || this.inside.includes(one)) ? this : null;
  }
  getAttribute(): null {
    return null;
  }
}

describe("a key", () => {
  let dialog: unknown;
  const body = new Box("BODY");
  beforeEach(() => {
    dialog = null;
    vi.stubGlobal("HTMLElement", Box);
    vi.stubGlobal("HTMLInputElement", class {});
    vi.stubGlobal("document", { body, querySelector: (selector: string) => (selector === "dialog[open]" ? dialog : null) });
  });
  afterEach(() => vi.unstubAllGlobals());

  test.each(["Delete", "Backspace"])("%s removes only from the time axis or with nothing in the hand", (key) => {
    expect(typing(body, key)).toBe(false);
    expect(typing(new Box("BUTTON", ["[data-moves]"]), key)).toBe(false);
    expect(typing(new Box("DIV", ["[data-moves]"]), key)).toBe(false);
    expect(typing(new Box("BUTTON"), key)).toBe(true);
    expect(typing(new Box("SUMMARY"), key)).toBe(true);
    expect(typing(new Box("TEXTAREA"), key)).toBe(true);
  });

  test("does nothing under a dialog, wherever the focus is", () => {
    expect(typing(body, "a")).toBe(false);
    dialog = new Box("DIALOG");
    for (const key of ["a", "Delete", " ", "Escape"]) expect(typing(body, key)).toBe(true);
    expect(typing(new Box("BUTTON"), "a")).toBe(true);
  });

  test("is a letter in a field, and a command on a button", () => {
    expect(typing(new Box("INPUT"), "a")).toBe(true);
    expect(typing(new Box("BUTTON"), "a")).toBe(false);
    expect(typing(new Box("BUTTON"), "Enter")).toBe(true);
  });
});
