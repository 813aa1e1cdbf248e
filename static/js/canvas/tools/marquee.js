import { s } from "../../lib/dom.js";
import { overlaps, rectBetween } from "../../lib/geometry.js";

/** A rectangle drawn on the ground selects what it touches; with Shift it adds to what is selected. */

/** @typedef {import("../actions.js").Bench} Bench */
/** @typedef {import("../pointer.js").Drag} Drag */

/** @param {Bench} bench @param {Point} start @param {boolean} adding @returns {Drag} */
export function marqueeDrag({ scene, selection }, start, adding) {
  const before = adding ? [...selection.ids] : [];
  const box = s("rect", { class: "marquee" });
  scene.layers.over.append(box);
  return {
    move(point) {
      const area = rectBetween(start, point);
      for (const [name, value] of Object.entries({ x: area.x, y: area.y, width: area.w, height: area.h })) {
        box.setAttribute(name, String(value));
      }
      const hit = [...scene.rects].filter(([, rect]) => overlaps(area, rect)).map(([id]) => id);
      const ends = new Set(hit);
      const links = [...scene.links.values()].filter(({ link }) => ends.has(link.source) && ends.has(link.target));
      selection.set([...before, ...hit, ...links.map(({ link }) => link.id)]);
    },
    end() {
      box.remove();
    },
    cancel() {
      box.remove();
      selection.set(before);
    },
  };
}
