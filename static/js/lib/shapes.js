import { s } from "./dom.js";

/** The five shapes of health: never colour alone. Path data around the origin, about 10 px. */

/** @type {Record<Health, string>} */
export const SHAPES = {
  ok: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
  strained: "M0 -6L6.2 4.8H-6.2z",
  failing: "M0 -6.6L6.6 0L0 6.6L-6.6 0z",
  down: "M-4.6 -6.2L0 -1.6L4.6 -6.2L6.2 -4.6L1.6 0L6.2 4.6L4.6 6.2L0 1.6L-4.6 6.2L-6.2 4.6L-1.6 0L-6.2 -4.6z",
  idle: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0zM-3.2 0a3.2 3.2 0 1 1 6.4 0a3.2 3.2 0 1 1 -6.4 0z",
};

/** @type {Record<Health, string>} */
export const HEALTH_WORDS = {
  ok: "healthy",
  strained: "strained",
  failing: "failing",
  down: "down",
  idle: "idle",
};

/** A shape for a line of text, from the sprite. @param {Health} health */
export function shapeIcon(health) {
  return s("svg", { class: `shape shape-${health}`, "aria-hidden": "true" }, s("use", { href: `#shape-${health}` }));
}
