import { s } from "../../lib/dom.js";
import { bounds } from "../../lib/geometry.js";
import { snapDrag } from "../guides.js";

/** Dragging the selected cards: they follow the pointer, snap, show guides, and land as one edit. */

const REACH = 6; // screen px

/** @typedef {import("../actions.js").Bench} Bench */
/** @typedef {import("../pointer.js").Drag} Drag */

/** @param {Bench} bench @param {Point} start in world units @returns {Drag} */
export function moveDrag(bench, start) {
  const { scene, doc, selection } = bench;
  const ids = [...selection.ids].filter((id) => scene.nodes.has(id));
  const from = new Map(ids.flatMap((id) => (scene.rect(id) ? [[id, /** @type {Rect} */ (scene.rect(id))]] : [])));
  const box = bounds([...from.values()]) ?? { x: 0, y: 0, w: 0, h: 0 };
  const others = [...scene.rects].filter(([id]) => !from.has(id)).map(([, rect]) => rect);
  const guides = s("g", { class: "guides" });
  scene.layers.over.append(guides);
  /** @type {Map<string, Point>} */
  let places = new Map();

  const finish = () => {
    guides.remove();
    for (const id of ids) scene.nodes.get(id)?.g.classList.remove("dragging");
  };
  for (const id of ids) scene.nodes.get(id)?.g.classList.add("dragging");

  return {
    move(point, event) {
      const reach = REACH / scene.viewport.k;
      const { dx, dy, lines } = snapDrag(box, point.x - start.x, point.y - start.y, others, reach, event.altKey);
      places = new Map([...from].map(([id, rect]) => [id, { x: rect.x + dx, y: rect.y + dy }]));
      scene.hold(places);
      guides.replaceChildren(...lines.map((line) => s("line", { class: "guide", ...line })));
    },
    end() {
      finish();
      const to = Object.fromEntries([...places].map(([id, { x, y }]) => [id, [x, y]]));
      scene.release();
      const moved = ids.some((id) => to[id] && (to[id][0] !== from.get(id)?.x || to[id][1] !== from.get(id)?.y));
      if (moved) doc.submit({ op: "move", to: /** @type {Record<string, [number, number]>} */ (to) });
    },
    cancel() {
      finish();
      scene.release();
    },
  };
}
