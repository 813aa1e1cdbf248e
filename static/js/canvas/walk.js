import { centre } from "../lib/geometry.js";

/** Walking the graph with keys: to the nearest neighbour in a direction, and through all in order. */

/** @typedef {"ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown"} Arrow */

const UNIT = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ASIDE = 2.2; // being off the line costs more than being further along it

/** @param {Map<string, Rect>} rects @param {string} from @param {Arrow} arrow @returns {string | null} */
export function neighbour(rects, from, arrow) {
  const start = rects.get(from);
  if (!start) return null;
  const here = centre(start);
  const [ux, uy] = UNIT[arrow];
  let best = null;
  let least = Infinity;
  for (const [id, rect] of rects) {
    const there = centre(rect);
    const along = (there.x - here.x) * ux + (there.y - here.y) * uy;
    const aside = Math.abs((there.x - here.x) * uy) + Math.abs((there.y - here.y) * ux);
    if (id === from || along <= 8) continue;
    const cost = along + aside * ASIDE;
    if (cost < least) [best, least] = [id, cost];
  }
  return best;
}

/** Nodes callers first, then links by their source: the order of Tab. @param {Design} design @returns {string[]} */
export function tabOrder(design) {
  const waiting = new Map(design.nodes.map((node) => [node.id, 0]));
  for (const link of design.links) waiting.set(link.target, (waiting.get(link.target) ?? 0) + 1);
  const order = [];
  const place = new Map(design.nodes.map((node) => [node.id, node.x * 4 + node.y]));
  const left = new Set(waiting.keys());
  while (left.size > 0) {
    const free = [...left].filter((id) => waiting.get(id) === 0);
    // A circle has no first: take them as they lie, from the left.
    const next = (free.length > 0 ? free : [...left]).sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0))[0];
    left.delete(next);
    order.push(next);
    for (const link of design.links) {
      if (link.source === next) waiting.set(link.target, (waiting.get(link.target) ?? 1) - 1);
    }
  }
  const rank = new Map(order.map((id, i) => [id, i]));
  const links = [...design.links].sort(
    (a, b) =>
      (rank.get(a.source) ?? 0) - (rank.get(b.source) ?? 0) || (rank.get(a.target) ?? 0) - (rank.get(b.target) ?? 0),
  );
  return [...order, ...links.map((link) => link.id)];
}
