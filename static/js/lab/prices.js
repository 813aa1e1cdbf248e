import { find, setText } from "../lib/dom.js";
import { said } from "./goals.js";

/** What the design costs, asked for again when a revision is new. */

const CALM_MS = 250;

/** @typedef {{ cost: { per_month: number }, goals: Record<string, { value: number, passed: boolean, limit: number }> }} Price */

export class Prices {
  #timer = 0;
  #asked = 0;

  /** @param {string} url @param {(price: Price) => void} tell */
  constructor(url, tell) {
    this.url = url;
    this.tell = tell;
  }

  soon() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#ask(), CALM_MS);
  }

  async #ask() {
    const turn = ++this.#asked;
    const response = await fetch(this.url).catch(() => null);
    if (!response?.ok || turn !== this.#asked) return;
    /** @type {Price} */
    const price = await response.json();
    this.tell(price);
    const box = find("#budget");
    const [goal] = Object.values(price.goals);
    if (!box || !goal) return;
    box.hidden = false;
    box.classList.toggle("is-over", !goal.passed);
    setText(box, `${goal.passed ? "Budget" : "Over budget:"} ${said(goal.value, "$")} of ${said(goal.limit, "$")}`);
  }
}
