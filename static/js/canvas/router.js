import { inflate, lengthOf, segmentHits, simplify } from "../lib/geometry.js";
import { separate } from "./lanes.js";
import { searchPath } from "./maze.js";
import { assignPorts, isAcross } from "./ports.js";

/**
 * Orthogonal routes for links. Simple shapes first; a search round the cards where none of them is free;
 * at the end parallel runs are pulled apart.
 *
 * @typedef {{ points: Point[], length: number, label: { x: number, y: number, room: number } | null }} Route
 * @typedef {import("./ports.js").Wire} Wire
 * @typedef {import("./ports.js").Port} Port
 */

export const CLEAR = 14; // air between a line and a card that is not its own
const STUB = 20; // a line leaves its card straight for at least this much
const NARROW = 8; // the least gap that a line can cross without a detour
const LABEL = 52; // room that a label with a rate needs
const ELBOW = 48; // where a line likes to turn, from the card it leaves

/** @param {Map<string, Rect>} rects @param {Wire[]} wires @returns {Map<string, Route>} */
export function routeAll(rects, wires) {
  const ports = assignPorts(rects, wires);
  /** @type {Map<string, Point[]>} */
  const lines = new Map();
  for (const wire of wires) {
    const ends = ports.get(wire.id);
    if (ends) lines.set(wire.id, route(ends[0], ends[1], obstaclesOf(rects, wire)));
  }
  separate(lines, [...rects.values()]);
  return new Map([...lines].map(([id, points]) => [id, finish(points)]));
}

/** One link alone, as while it is being drawn. @param {Port} from @param {Port} to @param {Rect[]} [obstacles] */
export const routeOne = (from, to, obstacles = []) => finish(route(from, to, obstacles));

/** Own cards count without air, so that a line may start at their edge. @param {Map<string, Rect>} rects @param {Wire} wire */
function obstaclesOf(rects, wire) {
  const out = [];
  for (const [id, rect] of rects) out.push(id === wire.source || id === wire.target ? rect : inflate(rect, CLEAR));
  return out;
}

/** @param {Port} from @param {Port} to @param {Rect[]} obstacles @returns {Point[]} */
export function route(from, to, obstacles) {
  for (const middle of candidates(from, to)) {
    const points = simplify([from, ...middle, to].map(({ x, y }) => ({ x, y })));
    if (isFree(points, obstacles)) return points;
  }
  const [start, end] = [stub(from), stub(to)];
  const found = searchPath(start, end, from.side, obstacles);
  if (found) return simplify([from, ...found, to].map(({ x, y }) => ({ x, y })));
  return simplify([from, start, { x: start.x, y: end.y }, end, to].map(({ x, y }) => ({ x, y })));
}

/** @param {Port} port @returns {Point} */
function stub({ x, y, side }) {
  const [dx, dy] = { left: [-1, 0], right: [1, 0], top: [0, -1], bottom: [0, 1] }[side];
  return { x: x + dx * STUB, y: y + dy * STUB };
}

/** Middle points of the simple shapes, best first. @param {Port} from @param {Port} to @returns {Point[][]} */
function candidates(from, to) {
  const across = isAcross(from.side);
  if (across !== isAcross(to.side)) return [];
  const forward = from.side === "right" || from.side === "bottom" ? 1 : -1;
  const gap = (across ? to.x - from.x : to.y - from.y) * forward;
  if (gap < NARROW) return [];
  if (across ? from.y === to.y : from.x === to.x) return [[]];
  const near = Math.min(ELBOW, gap / 2) * forward;
  const turns = across
    ? [from.x + near, (from.x + to.x) / 2, to.x - near]
    : [(from.y + to.y) / 2, from.y + near, to.y - near];
  return turns.map((at) =>
    across
      ? [
          { x: at, y: from.y },
          { x: at, y: to.y },
        ]
      : [
          { x: from.x, y: at },
          { x: to.x, y: at },
        ],
  );
}

/** @param {Point[]} points @param {Rect[]} obstacles */
function isFree(points, obstacles) {
  for (let i = 1; i < points.length; i++) {
    for (const rect of obstacles) if (segmentHits(points[i - 1], points[i], rect)) return false;
  }
  return true;
}

/** @param {Point[]} points @returns {Route} */
function finish(points) {
  return { points, length: lengthOf(points), label: labelPlace(points) };
}

/** The middle of the longest horizontal piece, with the room that corners and the arrow leave. @param {Point[]} points */
function labelPlace(points) {
  let best = null;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1], points[i]];
    if (a.y !== b.y) continue;
    const [first, last] = [i === 1, i === points.length - 1];
    const low = Math.min(a.x, b.x) + (a.x < b.x ? (first ? 6 : 10) : last ? 12 : 10);
    const high = Math.max(a.x, b.x) - (a.x < b.x ? (last ? 12 : 10) : first ? 6 : 10);
    if (!best || high - low > best.room) best = { x: (low + high) / 2, y: a.y, room: high - low };
  }
  if (best && best.room >= LABEL) return best;
  return longestUpright(points) ?? best;
}

/** Where no horizontal piece is long enough a label may stand on a vertical one, whatever its width. @param {Point[]} points */
function longestUpright(points) {
  let best = null;
  let most = 28;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1], points[i]];
    if (a.x !== b.x || Math.abs(a.y - b.y) < most) continue;
    most = Math.abs(a.y - b.y);
    best = { x: a.x, y: (a.y + b.y) / 2, room: 160 };
  }
  return best;
}
