import { need } from "./lib/dom.js";

/** A design file may be dropped anywhere on the page: it goes the way of the form. */

const form = /** @type {HTMLFormElement} */ (need("[data-drop]"));
const field = /** @type {HTMLInputElement} */ (need("input[type=file]", form));
let depth = 0;

const carries = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;

/** @param {number} change how many elements deep the pointer came or went */
function over(change) {
  depth = Math.max(0, depth + change);
  document.body.classList.toggle("dropping", depth > 0);
}

document.addEventListener("dragenter", (event) => carries(event) && over(1));
document.addEventListener("dragleave", (event) => carries(event) && over(-1));
document.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
document.addEventListener("drop", (event) => {
  if (!carries(event) || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  over(-depth);
  field.files = event.dataTransfer.files;
  form.requestSubmit();
});
field.addEventListener("change", () => field.files?.length && form.requestSubmit());
