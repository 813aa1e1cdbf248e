import { fitting } from "../canvas/viewport.js";
import { find, need, setText } from "../lib/dom.js";
import { post, problemText } from "../lib/http.js";

/** Looking at the canvas: fit, zoom value, the dock that folds. */

/** @typedef {import("../canvas/scene.js").Scene} Scene */
/** @typedef {import("../canvas/actions.js").Bench} Bench */
/** @typedef {import("../canvas/viewport.js").Camera} Camera */

const AIR = 72; // screen px round a design that fits

export class View {
  #framed = false;
  /** @type {{ from: Camera, to: Camera } | null} where the camera was before the inspector came */
  #before = null;
  /** @type {DOMRect} */
  #place;
  /** @type {Rect} */
  #size = { x: 0, y: 0, w: 0, h: 0 };

  /** @param {Scene} scene @param {import("../canvas/selection.js").Selection} selection */
  constructor(scene, selection) {
    this.scene = scene;
    this.selection = selection;
    const zoom = find("#zoom");
    scene.viewport.on("move", ({ k }) => zoom && setText(zoom, `${Math.round(k * 100)}\u2009%`));
    this.#place = scene.stage.getBoundingClientRect();
    new ResizeObserver(() => this.#resized()).observe(scene.stage);
    selection.on("change", () => requestAnimationFrame(() => this.#resized()));
  }

  /**
   * A panel came, went, or lies over the canvas now. The drawing stays where it is on the screen; if that cuts off what
   * was whole in view it moves just enough, and back when the panel goes.
   */
  #resized() {
    const { viewport, stage } = this.scene;
    const all = this.scene.bounds();
    const whole = all !== null && this.#sees(all, this.#size);
    const [box, panel] = [stage, need("#inspector")].map((element) => element.getBoundingClientRect());
    if (box.width === 0) return;
    const [dx, dy] = [this.#place.left - box.left, this.#place.top - box.top];
    if (dx || dy) viewport.set({ x: viewport.x + dx, y: viewport.y + dy, k: viewport.k });
    const over = panel.width > 0 && panel.left < box.right - 1 && panel.width < box.width;
    viewport.cover.right = over ? box.right - panel.left : 0;
    const before = this.#size;
    this.#place = box;
    this.#size = viewport.free;
    if (all && this.#size.w < before.w - 1 && whole && !this.#sees(all, this.#size)) {
      const { x, y, k } = viewport;
      const to = fitting(all, this.#area(24), k);
      this.#before = { from: { x, y, k }, to };
      viewport.fly(to);
    } else if (this.#size.w > before.w + 1 && this.#before) {
      const { from, to } = this.#before;
      this.#before = null;
      if (Math.abs(to.x - viewport.x) + Math.abs(to.k - viewport.k) < 1) viewport.fly(from);
    } else if (over && this.selection.only) {
      const rect = this.scene.bounds(this.#ends(this.selection.ids));
      if (rect) viewport.reveal(rect, 24);
    }
  }

  /** Is it whole in view? @param {Rect} r @param {Rect} free the part of the stage that nothing covers */
  #sees(r, free) {
    const { x, y, k } = this.scene.viewport;
    const [left, top] = [r.x * k + x, r.y * k + y];
    const inX = left >= free.x && left + r.w * k <= free.x + free.w;
    return inX && top >= free.y && top + r.h * k <= free.y + free.h;
  }

  /** The free part less some air. @param {number} air @returns {Rect} */
  #area(air) {
    const { x, y, w, h } = this.scene.viewport.free;
    return { x: x + air, y: y + air, w: Math.max(80, w - 2 * air), h: Math.max(80, h - 2 * air) };
  }

  /** Links stand for the two cards that they join. @param {Iterable<string>} ids */
  #ends(ids) {
    return [...ids].flatMap((id) => {
      const link = this.scene.links.get(id)?.link;
      return link ? [link.source, link.target] : [id];
    });
  }

  /** @param {boolean} [glide] */
  fit(glide = true) {
    this.#show(this.scene.bounds(), glide);
  }

  fitSelection() {
    this.#show(this.scene.bounds(this.#ends(this.selection.ids)), true);
  }

  /** @param {Rect | null} rect @param {boolean} glide */
  #show(rect, glide) {
    const { viewport } = this.scene;
    const { x, y, w, h } = viewport.free;
    const camera = rect ? fitting(rect, this.#area(Math.min(AIR, w * 0.06))) : { x: x + w / 2, y: y + h / 2, k: 1 };
    if (glide) viewport.fly(camera);
    else viewport.jump(camera);
  }

  /** Timeline and dock come with the first run and take their room; who saw the whole design sees it whole again. */
  frame() {
    if (this.#framed) return;
    this.#framed = true;
    const all = this.scene.bounds();
    const whole = all !== null && this.#sees(all, this.scene.viewport.free);
    need("#timeline").hidden = false;
    need("#dock").hidden = false;
    if (whole) requestAnimationFrame(() => requestAnimationFrame(() => this.fit()));
  }

  toggleDock() {
    const folded = document.body.classList.toggle("dock-hidden");
    find("[data-action=dock]")?.setAttribute("aria-expanded", String(!folded));
  }
}

/** The server's layout, as one step of undo. @param {Bench} bench @param {import("../lib/urls.js").Urls} urls */
export async function tidy(bench, urls) {
  if (!bench.editable || bench.doc.design.nodes.length === 0) return;
  const answer = await post(urls.layout);
  if (!answer.ok) {
    bench.tell(`Could not tidy: ${answer.problems.map((problem) => problemText(problem)).join(". ")}.`);
    return;
  }
  /** @type {[string, [number, number]][]} */
  const places = Object.entries(answer.data.edit.to);
  const moved = places.filter(([id, [x, y]]) => {
    const node = bench.doc.node(id);
    return node && (node.x !== x || node.y !== y);
  });
  if (moved.length === 0) bench.tell("It is tidy already.");
  else if (bench.doc.submit({ op: "move", to: Object.fromEntries(moved) })) bench.say("Tidied");
}
