import { pointAt } from "../lib/geometry.js";
import { still } from "../lib/motion.js";
import { onTheme, token } from "../lib/tokens.js";

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
const TAIL = 13;
const LOST_MS = 600; // how long a ✕ stays
const CHEVRONS = 96;
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

  /** @param {HTMLCanvasElement} canvas @param {Scene} scene */
  constructor(canvas, scene) {
    this.canvas = canvas;
    this.scene = scene;
    this.pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    new ResizeObserver(() => this.#resize()).observe(canvas);
    scene.viewport.on("move", () => this.#clear());
    scene.viewport.on("settled", () => this.draw());
    scene.on("routed", () => this.draw());
    onTheme(() => this.draw());
  }

  /** @param {Live | null} live @param {boolean} flowing whether frames are coming in */
  show(live, flowing) {
    this.live = live;
    if (!live) this.#phase.clear();
    this.flowing = flowing;
    if (still() || !live) this.draw();
    else if (flowing && !this.#request) {
      this.#last = performance.now();
      this.#request = requestAnimationFrame((now) => this.#tick(now));
    }
  }

  /** @param {number} now */
  #tick(now) {
    this.#request = 0;
    if (!this.flowing || still()) return;
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

  #resize() {
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    this.canvas.width = Math.round(this.canvas.clientWidth * ratio);
    this.canvas.height = Math.round(this.canvas.clientHeight * ratio);
    this.ratio = ratio;
    this.draw();
  }

  #clear() {
    this.pen.setTransform(1, 0, 0, 1, 0, 0);
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  draw() {
    const { live, pen } = this;
    const { x, y, k, lod } = this.scene.viewport;
    const ratio = this.ratio ?? 1;
    this.#clear();
    if (!live || lod === "tile" || lod === "dial") return;
    pen.setTransform(ratio * k, 0, 0, ratio * k, ratio * x, ratio * y);
    pen.lineCap = "round";
    let index = 0;
    for (const [id, view] of this.scene.links) {
      const state = live.links.get(id);
      index += 1;
      if (!state || !view.route || state.look === "rest" || state.look === "cut") continue;
      const colour = token(COLOURS[state.look]);
      if (still()) this.#chevrons(view, colour);
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
      if (f <= end) this.#dot(route.points, f * (route.length - 10), colour);
      else if (f - end < stay) this.#cross(place, token("critm"));
    }
  }

  /** @param {Point[]} points @param {number} distance @param {string} colour */
  #dot(points, distance, colour) {
    const { pen } = this;
    const head = pointAt(points, distance);
    const tail = pointAt(points, Math.max(0, distance - TAIL));
    pen.fillStyle = colour;
    pen.strokeStyle = colour;
    // The tail follows the line, so it is left out where it would cut a corner.
    if (tail.x === head.x || tail.y === head.y) {
      pen.globalAlpha = 0.35;
      pen.lineWidth = 3;
      pen.beginPath();
      pen.moveTo(tail.x, tail.y);
      pen.lineTo(head.x, head.y);
      pen.stroke();
      pen.globalAlpha = 1;
    }
    pen.beginPath();
    pen.arc(head.x, head.y, 2.7, 0, 7);
    pen.strokeStyle = token("canvas");
    pen.lineWidth = 2.4;
    pen.stroke();
    pen.fill();
  }

  /** @param {Point} at @param {string} colour */
  #cross({ x, y }, colour) {
    const { pen } = this;
    pen.beginPath();
    pen.moveTo(x - 3.4, y - 3.4);
    pen.lineTo(x + 3.4, y + 3.4);
    pen.moveTo(x + 3.4, y - 3.4);
    pen.lineTo(x - 3.4, y + 3.4);
    for (const [style, width] of /** @type {const} */ ([
      [token("canvas"), 4.6],
      [colour, 2.2],
    ])) {
      pen.strokeStyle = style;
      pen.lineWidth = width;
      pen.stroke();
    }
  }

  /** Direction without motion. @param {LinkView} view @param {string} colour */
  #chevrons(view, colour) {
    const { pen } = this;
    const route = /** @type {import("./router.js").Route} */ (view.route);
    pen.strokeStyle = colour;
    pen.lineWidth = 2;
    for (let at = Math.min(CHEVRONS / 2, route.length / 2); at < route.length - 12; at += CHEVRONS) {
      const [a, b] = [pointAt(route.points, at - 1), pointAt(route.points, at + 1)];
      const [dx, dy] = [Math.sign(b.x - a.x), Math.sign(b.y - a.y)];
      pen.beginPath();
      pen.moveTo(a.x - dx * 3 - dy * 4, a.y - dy * 3 - dx * 4);
      pen.lineTo(a.x + dx * 2, a.y + dy * 2);
      pen.lineTo(a.x - dx * 3 + dy * 4, a.y - dy * 3 + dx * 4);
      pen.stroke();
    }
  }
}
