import { h } from "../lib/dom.js";
import { rename } from "./actions.js";

/** Naming a component where it stands: a field over the card's name. */

/** @typedef {import("./actions.js").Bench} Bench */

/** @param {Bench} bench @param {string} id @param {HTMLElement} surface */
export function renameInPlace(bench, id, surface) {
  const { scene, doc } = bench;
  const node = doc.node(id);
  const view = scene.nodes.get(id);
  const rect = scene.rect(id);
  if (!bench.editable || !node || !view || !rect) return false;
  const { x, y, k } = scene.viewport;
  const field = h("input", {
    class: "rename",
    "aria-label": "Name",
    maxlength: 80,
    autocomplete: "off",
    spellcheck: "false",
  });
  field.value = node.name;
  field.style.setProperty("left", `${rect.x * k + x + 50 * k}px`);
  field.style.setProperty("top", `${rect.y * k + y + 8 * k}px`);
  field.style.setProperty("width", `${Math.max(96, 134 * k)}px`);
  field.style.setProperty("font-size", `${Math.max(12, 13 * k)}px`);
  surface.append(field);
  field.select();
  let open = true;
  const close = (/** @type {boolean} */ keep) => {
    if (!open) return;
    open = false;
    unwatch();
    if (keep) rename(bench, id, field.value);
    field.remove();
    view.g.focus({ preventScroll: true });
  };
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter") close(true);
    if (event.key === "Escape") close(false);
  });
  field.addEventListener("blur", () => close(true));
  const unwatch = scene.viewport.on("move", () => close(true));
  return true;
}
