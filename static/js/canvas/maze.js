import { segmentHits } from "../lib/geometry.js";

/** Shortest orthogonal way round obstacles, on the sparse grid that their edges span; bends cost. */

const BEND = 80; // world units that one corner is worth
const REACH = 400; // how far beyond the two ends a detour may go

/** @typedef {{ x: number, y: number, dir: number, cost: number, guess: number, from: State | null }} State */

const STEPS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
];
const DIRECTION = { right: 0, bottom: 1, left: 2, top: 3 };

/**
 * @param {Point} start @param {Point} end @param {Side} side the direction in which the line sets out
 * @param {Rect[]} obstacles @returns {Point[] | null} from start to end, both included
 */
export function searchPath(start, end, side, obstacles) {
  const near = obstacles.filter((r) => inReach(r, start, end));
  const xs = ticks(
    [start.x, end.x, (start.x + end.x) / 2],
    near.flatMap((r) => [r.x, r.x + r.w]),
  );
  const ys = ticks(
    [start.y, end.y, (start.y + end.y) / 2],
    near.flatMap((r) => [r.y, r.y + r.h]),
  );
  const goal = [xs.indexOf(end.x), ys.indexOf(end.y)];
  /** @type {Map<number, number>} */
  const best = new Map();
  /** @type {State[]} */
  const open = [];
  const guess = (/** @type {number} */ x, /** @type {number} */ y) => Math.abs(xs[x] - end.x) + Math.abs(ys[y] - end.y);
  const first = { x: xs.indexOf(start.x), y: ys.indexOf(start.y), dir: DIRECTION[side], cost: 0, guess: 0, from: null };
  push(open, first);
  while (open.length > 0) {
    const state = pop(open);
    if (state.x === goal[0] && state.y === goal[1]) return unwind(state, xs, ys);
    for (let dir = 0; dir < 4; dir++) {
      if (dir === (state.dir + 2) % 4) continue;
      const [x, y] = [state.x + STEPS[dir][0], state.y + STEPS[dir][1]];
      if (x < 0 || y < 0 || x >= xs.length || y >= ys.length) continue;
      const span = Math.abs(xs[x] - xs[state.x]) + Math.abs(ys[y] - ys[state.y]);
      const cost = state.cost + span + (dir === state.dir ? 0 : BEND);
      const key = (x * ys.length + y) * 4 + dir;
      if ((best.get(key) ?? Infinity) <= cost) continue;
      const [a, b] = [
        { x: xs[state.x], y: ys[state.y] },
        { x: xs[x], y: ys[y] },
      ];
      if (near.some((r) => segmentHits(a, b, r))) continue;
      best.set(key, cost);
      push(open, { x, y, dir, cost, guess: cost + guess(x, y), from: state });
    }
  }
  return null;
}

/** @param {Rect} r @param {Point} a @param {Point} b */
function inReach(r, a, b) {
  return (
    r.x < Math.max(a.x, b.x) + REACH &&
    r.x + r.w > Math.min(a.x, b.x) - REACH &&
    r.y < Math.max(a.y, b.y) + REACH &&
    r.y + r.h > Math.min(a.y, b.y) - REACH
  );
}

/** @param {number[]} own @param {number[]} edges */
const ticks = (own, edges) => [...new Set([...own, ...edges])].sort((a, b) => a - b);

/** @param {State} state @param {number[]} xs @param {number[]} ys */
function unwind(state, xs, ys) {
  const points = [];
  for (let at = /** @type {State | null} */ (state); at; at = at.from) points.push({ x: xs[at.x], y: ys[at.y] });
  return points.reverse();
}

// A binary heap by guess.

/** @param {State[]} heap @param {State} state */
function push(heap, state) {
  let i = heap.push(state) - 1;
  while (i > 0) {
    const up = (i - 1) >> 1;
    if (heap[up].guess <= state.guess) break;
    heap[i] = heap[up];
    i = up;
  }
  heap[i] = state;
}

/** @param {State[]} heap @returns {State} */
function pop(heap) {
  const top = heap[0];
  const last = /** @type {State} */ (heap.pop());
  if (heap.length === 0) return top;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1].guess < heap[child].guess) child++;
    if (heap[child].guess >= last.guess) break;
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = last;
  return top;
}
