import { find, h } from "../lib/dom.js";

/** One sentence at the bottom, at most one action, gone after six seconds; never for what needs a decision. */

const STAY_MS = 6000;
const MOST = 3;

/** @param {string} words @param {{ label: string, run: () => void }} [action] */
export function toast(words, action) {
  const region = find("#toasts");
  if (!region) return;
  const box = h("div", { class: "toast" }, h("span", {}, words));
  if (action) {
    const button = h("button", { class: "btn small", type: "button" }, action.label);
    button.addEventListener("click", () => {
      action.run();
      box.remove();
    });
    box.append(button);
  }
  region.append(box);
  while (region.childElementCount > MOST) region.firstElementChild?.remove();
  let timer = window.setTimeout(() => box.remove(), STAY_MS);
  box.addEventListener("pointerenter", () => clearTimeout(timer));
  box.addEventListener("pointerleave", () => {
    timer = window.setTimeout(() => box.remove(), STAY_MS / 2);
  });
}
