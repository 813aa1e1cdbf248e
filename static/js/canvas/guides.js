import { CARD, snap } from "../lib/geometry.js";

/** Snapping of a drag: to the edges and middles of other cards when near, else to the grid. */

/** @typedef {{ dx: number, dy: number, lines: { x1: number, y1: number, x2: number, y2: number }[] }} Snapped */

/**
 * @param {Rect} box the moving cards, where they started @param {number} dx @param {number} dy
 * @param {Rect[]} others @param {number} reach how near is near, in world units @param {boolean} free no snapping at all
 * @returns {Snapped}
 */
export function snapDrag(box, dx, dy, others, reach, free = false) {
  if (free) return { dx: Math.round(dx), dy: Math.round(dy), lines: [] };
  const x = nearest(
    box.x + dx,
    box.w,
    others.map((r) => [r.x, r.w]),
    reach,
  );
  const y = nearest(
    box.y + dy,
    box.h,
    others.map((r) => [r.y, r.h]),
    reach,
  );
  const out = {
    dx: x ? x.at - box.x : snap(box.x + dx) - box.x,
    dy: y ? y.at - box.y : snap(box.y + dy) - box.y,
    lines: /** @type {Snapped["lines"]} */ ([]),
  };
  const moved = { x: box.x + out.dx, y: box.y + out.dy, w: box.w, h: box.h };
  if (x) {
    const [top, bottom] = span(
      moved.y,
      moved.h,
      x.hits.map((i) => [others[i].y, others[i].h]),
    );
    out.lines.push({ x1: x.line, x2: x.line, y1: top, y2: bottom });
  }
  if (y) {
    const [left, right] = span(
      moved.x,
      moved.w,
      y.hits.map((i) => [others[i].x, others[i].w]),
    );
    out.lines.push({ y1: y.line, y2: y.line, x1: left, x2: right });
  }
  return out;
}

/** The smallest shift that lines up a start, a middle or an end. @param {number} start @param {number} size @param {number[][]} others @param {number} reach */
function nearest(start, size, others, reach) {
  /** @type {{ at: number, line: number, hits: number[] } | null} */
  let best = null;
  let least = reach;
  for (const share of [0.5, 0, 1]) {
    for (const [i, [from, extent]] of others.entries()) {
      const line = from + extent * share;
      const off = Math.abs(line - (start + size * share));
      if (off < least - 0.01) {
        least = off;
        best = { at: line - size * share, line, hits: [i] };
      } else if (best && best.line === line && off <= least + 0.01) best.hits.push(i);
    }
  }
  return best;
}

/** @param {number} start @param {number} size @param {number[][]} others */
function span(start, size, others) {
  const all = [[start, size], ...others];
  return [Math.min(...all.map(([at]) => at)) - 16, Math.max(...all.map(([at, extent]) => at + extent)) + 16];
}

/** A place for a new card near the wanted one that covers no other. @param {Point} wanted @param {Rect[]} taken @returns {Point} */
export function freePlace(wanted, taken) {
  const start = { x: snap(wanted.x), y: snap(wanted.y) };
  const clear = (/** @type {Point} */ p) =>
    !taken.some((r) => Math.abs(r.x - p.x) < CARD.w + 24 && Math.abs(r.y - p.y) < CARD.h + 24);
  for (let ring = 0; ring < 40; ring++) {
    for (const [ox, oy] of [
      [0, ring],
      [0, -ring],
      [ring, 0],
      [-ring, 0],
    ]) {
      const place = { x: start.x + ox * 288, y: start.y + oy * 128 };
      if (clear(place)) return place;
    }
  }
  return start;
}
