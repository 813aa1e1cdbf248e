import { s } from "../../lib/dom.js";
import { centre, contains, inflate, roundedPath } from "../../lib/geometry.js";
import { connect } from "../actions.js";
import { facing, portOf } from "../ports.js";
import { routeOne } from "../router.js";
import { linkProblem } from "../rules.js";

/** A link drawn from a port: it follows the pointer, and the card under it says whether it can take it. */

/** @typedef {import("../actions.js").Bench} Bench */
/** @typedef {import("../pointer.js").Drag} Drag */

/** @param {Bench} bench @param {string} source @param {Side} side @returns {Drag} */
export function connectDrag(bench, source, side) {
  const { scene, doc, catalogue } = bench;
  const line = s("path", { class: "l-line" });
  const group = s("g", { class: "link drawing" }, line);
  scene.layers.over.append(group);
  scene.stage.classList.add("connecting");
  scene.nodes.get(source)?.g.classList.add("linking");
  /** @type {string | null} */
  let target = null;

  /** @param {string | null} next */
  const aim = (next) => {
    if (next === target) return;
    if (target) scene.nodes.get(target)?.g.classList.remove("receiving");
    target = next;
    const takes = next && !linkProblem(doc.design, catalogue, source, next);
    if (next && takes) scene.nodes.get(next)?.g.classList.add("receiving");
  };
  const finish = () => {
    aim(null);
    group.remove();
    scene.stage.classList.remove("connecting");
    scene.nodes.get(source)?.g.classList.remove("linking");
  };

  return {
    move(point) {
      const rects = scene.rects;
      const from = /** @type {Rect} */ (rects.get(source));
      const hit = [...rects].find(([id, rect]) => id !== source && contains(inflate(rect, 12), point));
      aim(hit ? hit[0] : null);
      const [out, into] = hit ? facing(from, hit[1]) : [side, null];
      const start = portOf(from, out);
      const end = hit && into ? portOf(hit[1], into) : { ...point, side: opposite(out) };
      line.setAttribute("d", roundedPath(routeOne(start, end, [from]).points, 10));
    },
    end(point) {
      const to = target;
      finish();
      if (to) {
        const id = connect(bench, source, to);
        if (id) bench.selection.set([id]);
      } else if (!contains(inflate(scene.rect(source) ?? { x: 0, y: 0, w: 0, h: 0 }, 12), point)) {
        bench.say(`No component there. ${doc.nameOf(source)} stays as it was.`);
      }
    },
    cancel: finish,
  };
}

/** @param {Side} side @returns {Side} */
const opposite = (side) =>
  /** @type {Record<Side, Side>} */ ({ left: "right", right: "left", top: "bottom", bottom: "top" })[side];

/** The side of a card that lies towards a point. @param {Rect} rect @param {Point} point @returns {Side} */
export function sideTowards(rect, point) {
  const c = centre(rect);
  const [dx, dy] = [(point.x - c.x) / rect.w, (point.y - c.y) / rect.h];
  if (Math.abs(dx) >= Math.abs(dy)) return dx > 0 ? "right" : "left";
  return dy > 0 ? "bottom" : "top";
}
