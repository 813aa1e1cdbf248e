import { find } from "../lib/dom.js";

/** Goes back to an old revision by one edit of this page: it is taken back by undo like any other. */

/**
 * @param {Element} button names the revision
 * @param {{ doc: import("../canvas/document.js").DesignDocument, tell: (words: string) => void }} bench
 * @param {import("../lib/urls.js").Urls} urls
 */
export async function restore(button, { doc, tell }, urls) {
  const revision = button.getAttribute("data-revision") ?? "";
  await doc.settled(5000);
  const answer = await fetch(urls.restore(revision)).catch(() => null);
  if (!answer?.ok) {
    tell(`r${revision} could not be read. Try again in a moment.`);
    return;
  }
  const { edit } = await answer.json();
  const popover = find("#history-popover");
  popover?.hidePopover();
  if (edit === null) tell(`Nothing to do: the design is what it was at r${revision}.`);
  else if (doc.submit(edit)) tell(`Back to r${revision}. Undo takes it back.`);
}
