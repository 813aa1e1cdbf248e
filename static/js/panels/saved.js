import { find, setText } from "../lib/dom.js";

/** Revision, the saved tick, and whether there is something to undo. */

/** @param {import("../canvas/document.js").DesignDocument} doc */
export function wireSaved(doc) {
  const [revision, saved] = [find("#revision"), find("#saved")];
  const [undo, redo] = ["undo", "redo"].map((name) => find(`button[data-action=${name}]`));
  const words = saved && find("span", saved);
  const buttons = () => {
    if (undo instanceof HTMLButtonElement) undo.disabled = !doc.history.canUndo;
    if (redo instanceof HTMLButtonElement) redo.disabled = !doc.history.canRedo;
  };
  doc.on("revision", (number) => revision && setText(revision, `r${number}`));
  doc.on("change", buttons);
  doc.on("refused", buttons);
  doc.on("stuck", buttons);
  doc.on("saving", (saving) => {
    if (!saved || !words) return;
    saved.dataset.state = saving ? "saving" : "saved";
    setText(words, saving ? "Saving" : "Saved");
  });
  doc.on("change", ({ after }) => {
    const name = find("#design-name");
    if (name instanceof HTMLInputElement && document.activeElement !== name) name.value = after.name;
  });
}
