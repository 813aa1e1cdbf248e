import { setText } from "../lib/dom.js";
import { HEALTH_WORDS } from "../lib/shapes.js";

/** Says aloud what changed: answers to keys at once, changes of health at most one sentence in five seconds. */

const EVERY_MS = 5000;
const WORST = ["down", "failing", "strained", "ok", "idle"];

/** @typedef {import("../stream/live.js").Live} Live */

export class Announcer {
  /** @type {Map<string, Health>} what was last said, or taken for granted */
  #known = new Map();
  #spoke = -Infinity;
  #again = false;

  /** @param {HTMLElement} region aria-live */
  constructor(region) {
    this.region = region;
  }

  /** @param {string} words */
  say(words) {
    // The same words twice are only read again when the text differs.
    this.#again = this.region.textContent === words && !this.#again;
    setText(this.region, this.#again ? `${words}\u00a0` : words);
    this.#spoke = performance.now();
  }

  /** @param {Live | null} live @param {(id: string) => string} nameOf @param {number} [now] ms */
  watch(live, nameOf, now = performance.now()) {
    if (!live) {
      this.#known.clear();
      return;
    }
    if (now - this.#spoke < EVERY_MS) return;
    const changed = [...live.nodes.values()].filter((node) => this.#differs(node.id, node.health));
    for (const node of live.nodes.values()) this.#known.set(node.id, node.health);
    changed.sort((a, b) => WORST.indexOf(a.health) - WORST.indexOf(b.health));
    if (changed.length === 0) return;
    const [first, ...rest] = changed;
    const others = rest.length > 0 ? `, and ${rest.length} more changed` : "";
    this.say(`${nameOf(first.id)} is ${HEALTH_WORDS[first.health]}${others}.`);
  }

  /** @param {string} id @param {Health} health */
  #differs(id, health) {
    const before = this.#known.get(id) ?? "idle";
    const calm = (/** @type {Health} */ state) => state === "ok" || state === "idle";
    return before !== health && !(calm(before) && calm(health));
  }
}
