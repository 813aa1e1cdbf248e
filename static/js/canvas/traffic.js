import { bounds, inflate, pointAt } from "../lib/geometry.js";
import { onTheme, still, token } from "../lib/tokens.js";
import { drawChevrons, drawCross, drawDot } from "./dots.js";

/**
 * Requests as dots on one canvas over the drawing, at 30 pictures a second. How many and how fast follows the
 * numbers of the run; when no frames come, nothing moves.
 *
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./link_view.js").LinkView} LinkView
 * @typedef {import("../stream/link_state.js").LinkState} LinkState
 * @typedef {import("../stream/live.js").Live} Live
 */

const FRAME_MS = 1000 / 30;
const LOST_MS = 600; // how long a ✕ stays
const COLOURS = { healthy: "okm", strained: "warnm", failing: "critm" };

/** How many dots a link carries: 1 to 9 by the logarithm of its rate. @param {number} rate @param {number} length */
export function dotCount(rate, length) {
  if (rate < 0.05) return 0;
  const wanted = Math.max(1, Math.min(9, Math.round(1 + 2 * Math.log10(Math.max(1, rate)))));
  return Math.max(1, Math.min(wanted, Math.floor(length / 22)));
}

/** Seconds for one passage: 0.6 to 4, by the logarithm of the link's latency. @param {number | null} latency ms */
export function passage(latency) {
  const ms = Math.max(0.1, Math.min(10_000, latency ?? 1));
  return 0.6 + (3.4 * (Math.log10(ms) + 1)) / 5;
}

/** A number from 0 to 1 that looks random and is always the same. @param {number} a @param {number} b */
export function chance(a, b) {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return ((h ^ (h >>> 13)) >>> 0) / 2 ** 32;
}

export class Traffic {
  /** @type {Live | null} */
  live = null;
  flowing = false;
  /** @type {Map<string, number>} how far the stream of a link has come, in passages */
  #phase = new Map();
  #last = 0;
  #request = 0;
  #blank = false;
  #place = { left: 0, top: 0, ratio: 1 };

  /** @param {HTMLCanvasElement} canvas @param {Scene} scene */
  constructor(canvas, scene) {
    this.canvas = canvas;
    this.scene = scene;
    this.pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    new ResizeObserver(() => this.#fit()).observe(scene.stage);
    scene.viewport.on("move", () => this.#clear());
    scene.viewport.on("settled", () => this.#fit());
    scene.on("routed", () => this.#fit());
    onTheme(() => this.draw());
  }

  /** Seen from far away there are no dots, and nothing to draw 30 times a second. */
  get #isFar() {
    const { lod } = this.scene.viewport;
    return lod === "tile" || lod === "dial";
  }

  /** @param {Live | null} live @param {boolean} flowing whether frames are coming in */
  show(live, flowing) {
    this.live = live;
    if (!live) this.#phase.clear();
    this.flowing = flowing;
    if (still() || !live || !flowing || this.#isFar) this.draw();
    else if (!this.#request) {
      this.#last = performance.now();
      this.#request = requestAnimationFrame((now) => this.#tick(now));
    }
  }

  /** @param {number} now */
  #tick(now) {
    this.#request = 0;
    if (!this.flowing || still() || this.#isFar) return;
    this.#request = requestAnimationFrame((next) => this.#tick(next));
    const passed = now - this.#last;
    if (passed < FRAME_MS - 4 || document.hidden) return;
    this.#last = now;
    for (const [id, state] of this.live?.links ?? []) {
      this.#phase.set(
        id,
        (this.#phase.get(id) ?? chance(id.length, 7)) + Math.min(passed, 100) / 1000 / passage(state.p50),
      );
    }
    if (!this.scene.viewport.moving) this.draw();
  }

  /** The canvas covers no more than the links in view: what is not there need not be composed 30 times a second. */
  #fit() {
    const { x, y, k, size } = this.scene.viewport;
    const points = [...this.scene.links.values()].flatMap(({ route }) => route?.points ?? []);
    const all = bounds(points.map((p) => ({ x: p.x * k + x, y: p.y * k + y, w: 0, h: 0 })));
    const box = inflate(all ?? { x: 0, y: 0, w: 0, h: 0 }, 8);
    const left = Math.max(0, Math.floor(box.x));
    const top = Math.max(0, Math.floor(box.y));
    const width = Math.max(0, Math.min(size.w, Math.ceil(box.x + box.w)) - left);
    const height = Math.max(0, Math.min(size.h, Math.ceil(box.y + box.h)) - top);
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const { canvas } = this;
    this.#place = { left, top, ratio };
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    for (const [name, value] of Object.entries({ left, top, width, height }))
      canvas.style.setProperty(name, `${value}px`);
    this.draw();
  }

  #clear() {
    if (this.#blank) return;
    this.#blank = true;
    this.pen.setTransform(1, 0, 0, 1, 0, 0);
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  draw() {
    const { live, pen } = this;
    const { x, y, k } = this.scene.viewport;
    const { left, top, ratio } = this.#place;
    this.#clear();
    if (!live || this.#isFar) return;
    this.#blank = false;
    pen.setTransform(ratio * k, 0, 0, ratio * k, ratio * (x - left), ratio * (y - top));
    pen.lineCap = "round";
    let index = 0;
    for (const [id, view] of this.scene.links) {
      const state = live.links.get(id);
      index += 1;
      if (!state || !view.route || state.look === "rest" || state.look === "cut") continue;
      const colour = token(COLOURS[state.look]);
      if (still()) drawChevrons(pen, view.route, colour);
      else this.#dots(view, state, colour, index);
    }
  }

  /** @param {LinkView} view @param {LinkState} state @param {string} colour @param {number} index */
  #dots(view, state, colour, index) {
    const route = /** @type {import("./router.js").Route} */ (view.route);
    const count = dotCount(state.rate ?? 0, route.length);
    const phase = this.#phase.get(view.link.id) ?? 0;
    const stay = LOST_MS / 1000 / passage(state.p50);
    for (let i = 0; i < count; i++) {
      const at = phase + i / count;
      const trip = Math.floor(at);
      const f = at - trip;
      const lost = chance(index * 16 + i, trip) < state.lost;
      const end = lost ? 0.35 + 0.55 * chance(trip, index * 16 + i) : 1;
      const place = pointAt(route.points, Math.min(f, end) * (route.length - 10));
      // A label lies over its line; a dot passes under it.
      if (view.covers(place)) continue;
      if (f <= end) drawDot(this.pen, route.points, f * (route.length - 10), colour);
      else if (f - end < stay) drawCross(this.pen, place);
    }
  }
}
