import { afterEach, expect, test, vi } from "vitest";
import { copiedWords, copy } from "../src/lib/clipboard";

afterEach(() => vi.unstubAllGlobals());

class Field {
  done: string[] = [];
  focus = () => this.done.push("focus");
  select = () => this.done.push("select");
}
function browser(clipboard?: { writeText: (text: string) => Promise<void> }) {
  const selectAllChildren = vi.fn();
  vi.stubGlobal("navigator", { clipboard, platform: "Linux x86_64" });
  vi.stubGlobal("HTMLInputElement", Field);
  vi.stubGlobal("HTMLTextAreaElement", class {});
  vi.stubGlobal("getSelection", () => ({ selectAllChildren }));
  return selectAllChildren;
}

test("copies where a page may", async () => {
  const writeText = vi.fn(async () => {});
  browser({ writeText });
  expect(await copy("cs_1", undefined)).toBe("copied");
  expect(writeText).toHaveBeenCalledWith("cs_1");
  expect(copiedWords("copied")).toBe("Copied.");
});

test.each([
  ["over plain http there is no clipboard", undefined],
  ["a page may be refused it", { writeText: () => Promise.reject(new DOMException("no", "NotAllowedError")) }],
])("%s: the text is selected, and the words say how to go on", async (_, clipboard) => {
  const selectAllChildren = browser(clipboard);
  const field = new Field();
  expect(await copy("cs_1", field as unknown as Element)).toBe("selected");
  expect(field.done).toEqual(["focus", "select"]);
  const words = {} as Element;
  await copy("mine", words);
  expect(selectAllChildren).toHaveBeenCalledWith(words);
  expect(copiedWords("selected")).toBe("It is selected: copy it with Ctrl C.");
});
