import { Pinch } from "./pinch.js";
import { connectDrag } from "./tools/connect.js";
import { marqueeDrag } from "./tools/marquee.js";
import { moveDrag } from "./tools/move.js";

/**
 * Mouse, pen and touch on the canvas. A press becomes a click or, after a few px, one of the drags.
 *
 * @typedef {{ move: (point: Point, event: PointerEvent) => void, end: (point: Point, event: PointerEvent) => void,
 *   cancel: () => void }} Drag
 * @typedef {import("./actions.js").Bench} Bench
 */

const START = 4; // px
const WHEEL = 0.0016; // zoom for one px of the wheel

export class Pointer {
  /** @type {Drag | null} */
  drag = null;
  spaceHeld = false;
  /** @type {{ event: PointerEvent, id: string | null, start: Point, begin: () => Drag | null } | null} */
  #press = null;

  /** @param {Bench} bench */
  constructor(bench) {
    this.bench = bench;
    this.viewport = bench.scene.viewport;
    const stage = bench.scene.stage;
    this.stage = stage;
    this.pinch = new Pinch(this.viewport);
    stage.addEventListener("pointerdown", (event) => this.#down(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    stage.addEventListener("pointerup", (event) => this.#up(event));
    stage.addEventListener("pointercancel", () => this.cancel());
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  /** Ends a drag as if it had not begun. True if there was one. */
  cancel() {
    const was = this.drag;
    this.drag = null;
    this.#press = null;
    this.stage.classList.remove("panning");
    was?.cancel();
    return was !== null;
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.pointerType === "touch" && this.pinch.down(event)) {
      this.cancel();
      return;
    }
    if (this.drag || event.button > 1) return;
    const target = /** @type {Element} */ (event.target);
    const id = target.closest("[data-id]")?.getAttribute("data-id") ?? null;
    this.#press = { event, id, start: this.viewport.toWorld(event), begin: this.#intent(event, target, id) };
    this.stage.setPointerCapture(event.pointerId);
    this.stage.focus({ preventScroll: true });
    event.preventDefault();
  }

  /** What a drag from here would be. @param {PointerEvent} event @param {Element} target @param {string | null} id @returns {() => Drag | null} */
  #intent(event, target, id) {
    const { bench } = this;
    const panning = event.button === 1 || this.spaceHeld;
    const start = this.viewport.toWorld(event);
    if (panning || (!id && event.pointerType === "touch")) return () => this.#panDrag(event);
    const side = target.closest(".n-port")?.getAttribute("data-side");
    if (id && side && bench.editable) return () => connectDrag(bench, id, /** @type {Side} */ (side));
    if (id && bench.scene.nodes.has(id)) {
      return () => {
        if (!bench.editable) return this.#panDrag(event);
        if (!bench.selection.has(id)) bench.selection.set(event.shiftKey ? [...bench.selection.ids, id] : [id]);
        return moveDrag(bench, start);
      };
    }
    if (!bench.editable) return () => this.#panDrag(event);
    return () => marqueeDrag(bench, start, event.shiftKey);
  }

  /** @param {PointerEvent} from @returns {Drag} */
  #panDrag(from) {
    let [x, y] = [from.clientX, from.clientY];
    this.stage.classList.add("panning");
    const done = () => this.stage.classList.remove("panning");
    return {
      move: (_, event) => {
        this.viewport.pan(event.clientX - x, event.clientY - y);
        [x, y] = [event.clientX, event.clientY];
      },
      end: done,
      cancel: done,
    };
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (this.pinch.move(event)) return;
    const press = this.#press;
    if (!press) return;
    if (!this.drag) {
      if (Math.hypot(event.clientX - press.event.clientX, event.clientY - press.event.clientY) < START) return;
      this.drag = press.begin();
    }
    this.drag?.move(this.viewport.toWorld(event), event);
  }

  /** @param {PointerEvent} event */
  #up(event) {
    this.pinch.up(event);
    const { drag } = this;
    const press = this.#press;
    this.drag = null;
    this.#press = null;
    if (drag) drag.end(this.viewport.toWorld(event), event);
    else if (press && press.event.button === 0) this.#click(press.id, event);
  }

  /** @param {string | null} id @param {PointerEvent} event */
  #click(id, event) {
    const { selection, scene } = this.bench;
    if (!id) selection.clear();
    else if (event.shiftKey || event.ctrlKey || event.metaKey) selection.toggle(id);
    else selection.set([id]);
    const view = id ? (scene.nodes.get(id) ?? scene.links.get(id)) : null;
    view?.g.focus({ preventScroll: true });
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    const box = this.stage.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    const px = event.deltaMode === 1 ? 16 : 1;
    // A mouse wheel zooms; two fingers on a touchpad move, as their wheel events have a sideways part or fine steps.
    const fine = event.deltaX !== 0 || (Math.abs(event.deltaY) < 40 && event.deltaMode === 0 && !event.ctrlKey);
    if (event.ctrlKey || event.metaKey) this.viewport.zoom(Math.exp(-event.deltaY * px * WHEEL * 4), at);
    else if (fine || event.shiftKey) {
      const swap = event.shiftKey && event.deltaX === 0;
      this.viewport.pan(-(swap ? event.deltaY : event.deltaX) * px, -(swap ? 0 : event.deltaY) * px);
    } else this.viewport.zoom(Math.exp(-event.deltaY * px * WHEEL), at);
  }
}
