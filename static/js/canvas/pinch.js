/** Two fingers: the canvas moves and grows with them. */

export class Pinch {
  /** @type {Map<number, Point>} */
  #fingers = new Map();

  /** @param {import("./viewport.js").Viewport} viewport */
  constructor(viewport) {
    this.viewport = viewport;
  }

  /** True when this is the second finger. @param {PointerEvent} event */
  down(event) {
    this.#fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    return this.#fingers.size === 2;
  }

  /** True while two fingers are down: then the event is used up. @param {PointerEvent} event */
  move(event) {
    const before = this.#fingers.get(event.pointerId);
    if (!before || this.#fingers.size !== 2) return false;
    const other = [...this.#fingers].find(([id]) => id !== event.pointerId)?.[1] ?? before;
    const now = { x: event.clientX, y: event.clientY };
    this.#fingers.set(event.pointerId, now);
    const box = this.viewport.stage.getBoundingClientRect();
    const span = (/** @type {Point} */ p) => Math.max(10, Math.hypot(p.x - other.x, p.y - other.y));
    this.viewport.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    const middle = { x: (now.x + other.x) / 2 - box.left, y: (now.y + other.y) / 2 - box.top };
    this.viewport.zoom(span(now) / span(before), middle);
    return true;
  }

  /** @param {PointerEvent} event */
  up(event) {
    this.#fingers.delete(event.pointerId);
  }
}
