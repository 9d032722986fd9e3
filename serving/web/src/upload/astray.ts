// A file that is let go beside its target would take the place of the page, and of every upload under way.

/** For dragover and drop on the window: keep the page, and show beforehand that nothing is taken there. */
export function keepPage(event: DragEvent): void {
  const carried = event.dataTransfer;
  if (event.defaultPrevented || !carried?.types.includes("Files")) return;
  if (event.target instanceof HTMLInputElement && event.target.type === "file") return; // these take files themselves
  event.preventDefault();
  carried.dropEffect = "none";
}
