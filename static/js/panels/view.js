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

  /** @param {Scene} scene @param {import("../canvas/selection.js").Selection} selection */
  constructor(scene, selection) {
    this.scene = scene;
    this.selection = selection;
    const zoom = find("#zoom");
    scene.viewport.on("move", ({ k }) => zoom && setText(zoom, `${Math.round(k * 100)}\u2009%`));
    let { w, h } = scene.viewport.size;
    // What was in the middle stays in the middle when a panel opens or folds.
    new ResizeObserver(() => {
      const now = scene.viewport.size;
      if (now.w > 0 && now.h > 0) scene.viewport.pan((now.w - w) / 2, (now.h - h) / 2);
      ({ w, h } = now);
    }).observe(scene.stage);
    selection.on("change", () => requestAnimationFrame(() => this.#clear()));
  }

  /** The inspector may lie over the canvas: what was in view stays in view, and comes back when it closes. */
  #clear() {
    const { viewport, stage } = this.scene;
    const [box, panel] = [stage, need("#inspector")].map((element) => element.getBoundingClientRect());
    const over = panel.width > 0 && panel.left < box.right - 1 && panel.width < box.width;
    const cover = over ? box.right - panel.left : 0;
    const all = this.scene.bounds();
    if (cover !== viewport.cover.right && all) {
      const whole = this.#sees(all);
      const back = this.#before;
      viewport.cover.right = cover;
      this.#before = null;
      if (over && whole && !this.#sees(all)) {
        const { x, y, k } = viewport;
        const moved = fitting(all, this.#area(24), k);
        this.#before = { from: { x, y, k }, to: moved };
        viewport.fly(moved);
        return;
      }
      if (!over && back && Math.abs(back.to.x - viewport.x) + Math.abs(back.to.k - viewport.k) < 0.01)
        viewport.fly(back.from);
    }
    const rect = this.selection.only ? this.scene.bounds(this.#ends(this.selection.ids)) : null;
    if (rect && over) viewport.reveal(rect, 24);
  }

  /** Is it whole in the free part of the canvas? @param {Rect} r */
  #sees(r) {
    const { x, y, k, free } = this.scene.viewport;
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
    const camera = rect ? fitting(rect, this.#area(AIR)) : { x: x + w / 2, y: y + h / 2, k: 1 };
    if (glide) viewport.fly(camera);
    else viewport.jump(camera);
  }

  /** Timeline and dock appear with the first run; a design that no longer fits is fitted once. @param {boolean} shown */
  frame(shown) {
    need("#timeline").hidden = !shown;
    need("#dock").hidden = !shown;
    if (!shown || this.#framed) return;
    this.#framed = true;
    requestAnimationFrame(() => requestAnimationFrame(() => this.#fitIfCut()));
  }

  #fitIfCut() {
    const all = this.scene.bounds();
    if (all && !this.#sees(all)) this.fit();
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
