import { find, setAttr, setText } from "../lib/dom.js";
import * as format from "../lib/format.js";
import { shapeIcon } from "../lib/shapes.js";

/** The run in one chip: how many requests fail now. */

/** @typedef {import("../stream/live.js").Live} Live */

export class Verdict {
  #health = "";

  constructor() {
    this.chip = find("#verdict");
    this.text = document.createElement("span");
  }

  /** @param {Live | null} live */
  paint(live) {
    if (!this.chip) return;
    this.chip.hidden = !live;
    if (!live) return;
    const { failing, servedRate } = live.totals;
    /** @type {Health} */
    const health = failing >= 0.05 ? "failing" : failing >= 0.01 ? "strained" : "ok";
    if (health !== this.#health) {
      this.#health = health;
      this.chip.replaceChildren(shapeIcon(health), this.text);
      setAttr(this.chip, "class", `chip is-${health}`);
    }
    const served = `${format.rate(servedRate)} served`;
    setText(this.text, failing < 0.0005 ? `${served}, none fail` : `${served}, ${format.percent(failing)} fail`);
  }
}
