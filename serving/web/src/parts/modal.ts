/** Attach to a <dialog>: it opens modally, the page behind is inert, and at its end the focus goes back where it was. */
export function modal(node: HTMLDialogElement): () => void {
  const before = document.activeElement;
  node.showModal();
  return () => {
    node.close();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  };
}
