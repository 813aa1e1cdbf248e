import { CARD, contains, snap } from "../../lib/geometry.js";
import { addNode } from "../actions.js";
import { NodeView } from "../node_view.js";

/** Dragging a kind from the palette: a ghost card appears over the canvas and lands where it is let go. */

const START = 4; // px before a press becomes a drag

/** @typedef {import("../actions.js").Bench} Bench */

/**
 * @param {Bench} bench @param {PointerEvent} press on the palette row @param {string} kind
 * @param {{ done: (dragged: boolean) => void }} then
 */
export function dropDrag(bench, press, kind, { done }) {
  const { scene, catalogue } = bench;
  const row = /** @type {HTMLElement} */ (press.currentTarget);
  /** @type {NodeView | null} */
  let ghost = null;
  let dragged = false;
  let at = { x: 0, y: 0 };

  const over = (/** @type {PointerEvent} */ event) => {
    const box = scene.stage.getBoundingClientRect();
    const onStage = contains(
      { x: box.left, y: box.top, w: box.width, h: box.height },
      { x: event.clientX, y: event.clientY },
    );
    // The palette may lie over the canvas.
    return onStage && !document.elementFromPoint(event.clientX, event.clientY)?.closest("#palette, .float, #inspector");
  };
  const move = (/** @type {PointerEvent} */ event) => {
    if (!dragged && Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) < START) return;
    dragged = true;
    document.body.classList.add("dropping");
    const point = scene.viewport.toWorld(event);
    at = { x: snap(point.x - CARD.w / 2), y: snap(point.y - CARD.h / 2) };
    if (over(event)) {
      ghost ??= show();
      ghost.place(at.x, at.y);
    } else {
      ghost?.g.remove();
      ghost = null;
    }
  };
  const show = () => {
    const node = { id: "ghost", kind, name: catalogue.kind(kind).label, x: 0, y: 0, zone: null, params: {} };
    const view = new NodeView(node, catalogue);
    view.rest();
    view.g.classList.add("ghost");
    scene.layers.over.append(view.g);
    return view;
  };
  /** @param {boolean} landed */
  const finish = (landed) => {
    row.removeEventListener("pointermove", move);
    row.removeEventListener("pointerup", up);
    row.removeEventListener("pointercancel", cancel);
    document.removeEventListener("keydown", onKey, true);
    document.body.classList.remove("dropping");
    const drop = landed && ghost;
    ghost?.g.remove();
    if (drop && addNode(bench, kind, at)) scene.stage.focus({ preventScroll: true });
    done(dragged);
  };
  const up = () => finish(true);
  const cancel = () => finish(false);
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    dragged = true;
    finish(false);
  };
  row.setPointerCapture(press.pointerId);
  row.addEventListener("pointermove", move);
  row.addEventListener("pointerup", up);
  row.addEventListener("pointercancel", cancel);
  document.addEventListener("keydown", onKey, true);
}
