import { s } from "../lib/dom.js";
import { CARD } from "../lib/geometry.js";

/** A lock on the cards that the rules keep as they are. */

/** @typedef {import("../canvas/scene.js").Scene} Scene */

export class Locks {
  /** @param {Scene} scene @param {{ locked?: string[] }} rules */
  constructor(scene, { locked = [] }) {
    this.scene = scene;
    this.locked = locked;
    scene.on("synced", () => this.#mark());
    this.#mark();
  }

  #mark() {
    for (const id of this.locked) {
      const view = this.scene.nodes.get(id);
      if (view && !view.g.querySelector(".lock-mark")) view.g.append(lock());
    }
  }
}

function lock() {
  const [w, h] = [24, 18];
  const [x, y] = [CARD.w - w - 8, CARD.h - h / 2];
  return s(
    "g",
    { class: "lock-mark" },
    s("title", {}, "Locked in this lab: it stays as it is"),
    s("rect", { x, y, width: w, height: h, rx: 9 }),
    s("use", { href: "#i-lock", x: x + 6, y: y + 3, width: 12, height: 12 }),
  );
}
