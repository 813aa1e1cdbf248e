import { setAttr } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { clamp } from "../lib/geometry.js";
import { still } from "../lib/tokens.js";

/** Where the canvas looks: screen = world × k + (x, y). Also chooses the level of detail. */

export const ZOOM = { min: 0.08, max: 2.5 };
const SETTLE_MS = 120; // a gesture is over when nothing came for this long
const FIT_MS = 300;

/** @typedef {{ x: number, y: number, k: number }} Camera */
/** @typedef {import("./node_view.js").Lod} Lod */

/** @param {number} k @returns {Lod} */
export const lodOf = (k) => (k >= 0.8 ? "full" : k >= 0.6 ? "reading" : k >= 0.4 ? "far" : k >= 0.2 ? "dial" : "tile");

/** The camera that shows a rectangle whole, in the middle of the free part of the screen. @param {Rect} world @param {Rect} screen @param {number} [most] */
export function fitting(world, screen, most = 1) {
  const k = clamp(Math.min(screen.w / Math.max(1, world.w), screen.h / Math.max(1, world.h)), ZOOM.min, most);
  return {
    k,
    x: screen.x + (screen.w - world.w * k) / 2 - world.x * k,
    y: screen.y + (screen.h - world.h * k) / 2 - world.y * k,
  };
}

/** @extends {Emitter<{ move: Camera, lod: Lod, settled: Camera }>} */
export class Viewport extends Emitter {
  x = 0;
  y = 0;
  k = 1;
  moving = false;
  /** Strips at the edges that panels lie over. */
  cover = { left: 0, right: 0, top: 0, bottom: 0 };
  /** @type {Lod} */
  lod = "full";
  /** @type {Lod | null} for a page that is read from afar */
  always = null;
  #settle = 0;
  #flight = 0;

  /** @param {SVGSVGElement} stage @param {SVGGElement} world */
  constructor(stage, world) {
    super();
    this.stage = stage;
    this.world = world;
    stage.classList.add("lod-full");
  }

  get size() {
    return { w: this.stage.clientWidth, h: this.stage.clientHeight };
  }

  /** The part of the stage that no panel covers, in screen px. @returns {Rect} */
  get free() {
    const { w, h } = this.size;
    const { left, right, top, bottom } = this.cover;
    return { x: left, y: top, w: Math.max(80, w - left - right), h: Math.max(80, h - top - bottom) };
  }

  /** @param {{ clientX: number, clientY: number }} event @returns {Point} */
  toWorld(event) {
    const box = this.stage.getBoundingClientRect();
    return { x: (event.clientX - box.left - this.x) / this.k, y: (event.clientY - box.top - this.y) / this.k };
  }

  /** The part of the world that is in view. @returns {Rect} */
  get view() {
    const { w, h } = this.size;
    return { x: -this.x / this.k, y: -this.y / this.k, w: w / this.k, h: h / this.k };
  }

  /** @param {Camera} camera */
  set({ x, y, k }) {
    [this.x, this.y, this.k] = [x, y, clamp(k, ZOOM.min, ZOOM.max)];
    setAttr(this.world, "transform", `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${this.k.toFixed(4)})`);
    if (!this.moving) {
      this.moving = true;
      this.stage.classList.add("moving");
    }
    clearTimeout(this.#settle);
    this.#settle = window.setTimeout(() => this.#settled(), SETTLE_MS);
    this.emit("move", this);
  }

  /** At once, for a first picture or a test. @param {Camera} camera */
  jump(camera) {
    cancelAnimationFrame(this.#flight);
    this.set(camera);
    clearTimeout(this.#settle);
    this.#settled();
  }

  #settled() {
    this.moving = false;
    this.stage.classList.remove("moving");
    const lod = this.always ?? lodOf(this.k);
    if (lod !== this.lod) {
      this.stage.classList.replace(`lod-${this.lod}`, `lod-${lod}`);
      this.lod = lod;
      this.emit("lod", lod);
    }
    this.emit("settled", this);
  }

  /** @param {number} dx screen px @param {number} dy */
  pan(dx, dy) {
    cancelAnimationFrame(this.#flight);
    this.set({ x: this.x + dx, y: this.y + dy, k: this.k });
  }

  /** Keeps the point under the pointer where it is. @param {number} factor @param {Point} [at] screen px within the stage */
  zoom(factor, at = { x: this.size.w / 2, y: this.size.h / 2 }) {
    cancelAnimationFrame(this.#flight);
    const k = clamp(this.k * factor, ZOOM.min, ZOOM.max);
    const f = k / this.k;
    this.set({ k, x: at.x - (at.x - this.x) * f, y: at.y - (at.y - this.y) * f });
  }

  /** @param {Camera} target */
  fly(target) {
    cancelAnimationFrame(this.#flight);
    if (still()) {
      this.jump(target);
      return;
    }
    const from = { x: this.x, y: this.y, k: this.k };
    const began = performance.now();
    const step = (/** @type {number} */ now) => {
      const f = clamp((now - began) / FIT_MS, 0, 1);
      const e = 1 - (1 - f) ** 3;
      const mix = (/** @type {number} */ a, /** @type {number} */ b) => a + (b - a) * e;
      this.set({ x: mix(from.x, target.x), y: mix(from.y, target.y), k: mix(from.k, target.k) });
      if (f < 1) this.#flight = requestAnimationFrame(step);
    };
    this.#flight = requestAnimationFrame(step);
  }

  /** Moves only as far as needed to bring a rectangle into the free part. @param {Rect} r @param {number} [margin] screen px */
  reveal(r, margin = 40) {
    const { free, k } = this;
    const [left, top] = [r.x * k + this.x, r.y * k + this.y];
    const shift = (
      /** @type {number} */ from,
      /** @type {number} */ size,
      /** @type {number} */ low,
      /** @type {number} */ room,
    ) => (from < low + margin ? low + margin - from : Math.min(0, low + room - margin - from - size));
    const dx = shift(left, r.w * k, free.x, free.w);
    const dy = shift(top, r.h * k, free.y, free.h);
    if (dx || dy) this.fly({ x: this.x + dx, y: this.y + dy, k });
  }
}
