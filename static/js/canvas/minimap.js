import { h } from "../lib/dom.js";
import { CARD, centre, inflate } from "../lib/geometry.js";
import { onTheme, token } from "../lib/tokens.js";

/** The whole design in 180 × 116 px, coloured by health; press and drag to look elsewhere. */

const SIZE = { w: 180, h: 116 };
const MARK = { rest: "ctl", idle: "ctl", ok: "flow", strained: "warnm", failing: "critm", down: "down" };

/** @typedef {import("./scene.js").Scene} Scene */

export class Minimap {
  #request = 0;
  #scale = 1;
  #origin = { x: 0, y: 0 };

  /** @param {HTMLElement} parent @param {Scene} scene */
  constructor(parent, scene) {
    this.scene = scene;
    this.canvas = h("canvas", { class: "minimap-canvas", "aria-hidden": "true" });
    this.box = h("div", { class: "float minimap", "aria-hidden": "true" }, this.canvas);
    parent.append(this.box);
    this.canvas.width = SIZE.w * 2;
    this.canvas.height = SIZE.h * 2;
    this.pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    scene.viewport.on("move", () => this.draw());
    scene.on("routed", () => this.draw());
    scene.on("painted", () => this.draw());
    onTheme(() => this.draw());
    const look = (/** @type {PointerEvent} */ event) => event.buttons === 1 && this.#look(event);
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      look(event);
    });
    this.canvas.addEventListener("pointermove", look);
  }

  toggle() {
    this.box.hidden = !this.box.hidden;
    this.draw();
  }

  /** @param {PointerEvent} event */
  #look(event) {
    const box = this.canvas.getBoundingClientRect();
    const { viewport } = this.scene;
    const world = {
      x: (event.clientX - box.left) / this.#scale + this.#origin.x,
      y: (event.clientY - box.top) / this.#scale + this.#origin.y,
    };
    const { w, h: high } = viewport.size;
    viewport.set({ k: viewport.k, x: w / 2 - world.x * viewport.k, y: high / 2 - world.y * viewport.k });
  }

  draw() {
    if (!this.box.hidden) this.#request ||= requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    this.#request = 0;
    const { pen, scene } = this;
    const all = scene.bounds();
    pen.setTransform(2, 0, 0, 2, 0, 0);
    pen.clearRect(0, 0, SIZE.w, SIZE.h);
    if (!all) return;
    const world = inflate(all, 48);
    const scale = Math.min(SIZE.w / world.w, SIZE.h / world.h, 0.2);
    const middle = centre(world);
    this.#scale = scale;
    this.#origin = { x: middle.x - SIZE.w / 2 / scale, y: middle.y - SIZE.h / 2 / scale };
    const at = (/** @type {Point} */ p) => [(p.x - this.#origin.x) * scale, (p.y - this.#origin.y) * scale];
    pen.lineWidth = 1;
    pen.strokeStyle = token("line2");
    for (const { route } of scene.links.values()) {
      pen.beginPath();
      for (const [i, p] of (route?.points ?? []).entries())
        i === 0 ? pen.moveTo(...xy(at(p))) : pen.lineTo(...xy(at(p)));
      pen.stroke();
    }
    for (const [id, rect] of scene.rects) {
      const health = /** @type {keyof typeof MARK} */ (scene.nodes.get(id)?.g.getAttribute("data-health") ?? "rest");
      const [x, y] = at(rect);
      pen.fillStyle = token(MARK[health] ?? "ctl");
      pen.beginPath();
      pen.roundRect(x, y, Math.max(3, CARD.w * scale), Math.max(3, CARD.h * scale), 2);
      pen.fill();
    }
    const view = scene.viewport.view;
    const [x, y] = at(view);
    pen.strokeStyle = token("accent");
    pen.lineWidth = 1.2;
    pen.beginPath();
    const [left, top] = [Math.max(1, x), Math.max(1, y)];
    const right = Math.min(SIZE.w - 1, x + view.w * scale);
    const bottom = Math.min(SIZE.h - 1, y + view.h * scale);
    pen.roundRect(left, top, Math.max(2, right - left), Math.max(2, bottom - top), 4);
    pen.stroke();
  }
}

/** @param {number[]} pair @returns {[number, number]} */
const xy = (pair) => [pair[0], pair[1]];
