// Copying. Browsers give pages the clipboard only over https and on localhost; elsewhere the text is selected, and
// the words say which keys copy it.

/** What came of it: nothing yet, copied, or only selected. */
export type Copied = "" | "copied" | "selected";

/** Copy `text`; where a page may not, select it where it is `shown`. */
export async function copy(text: string, shown: Element | null | undefined): Promise<Copied> {
  try {
    await navigator.clipboard.writeText(text);
    return "copied";
  } catch {
    if (shown instanceof HTMLInputElement || shown instanceof HTMLTextAreaElement) {
      shown.focus(); // keys copy what is selected only where the focus is
      shown.select();
    } else if (shown) globalThis.getSelection()?.selectAllChildren(shown);
    return "selected";
  }
}

/** What is said beside it; empty before anybody copied. */
export function copiedWords(copied: Copied): string {
  const mac = /mac/i.test(globalThis.navigator?.platform ?? "");
  return { "": "", copied: "Copied.", selected: `It is selected: copy it with ${mac ? "⌘" : "Ctrl"} C.` }[copied];
}
