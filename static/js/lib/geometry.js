/** Plane geometry of the canvas: rectangles, segments, polylines. Everything is in world units. */

export const CARD = { w: 192, h: 80 };
export const GRID = 8;

/** @param {number} value @param {number} [step] */
export const snap = (value, step = GRID) => Math.round(value / step) * step;

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** @param {Point} node @returns {Rect} */
export const cardRect = (node) => ({ x: node.x, y: node.y, w: CARD.w, h: CARD.h });

/** @param {Rect} r @returns {Point} */
export const centre = (r) => ({ x: r.x + r.w / 2, y: r.y + r.h / 2 });

/** @param {Rect} r @param {number} by @returns {Rect} */
export const inflate = (r, by) => ({ x: r.x - by, y: r.y - by, w: r.w + 2 * by, h: r.h + 2 * by });

/** Do they overlap? Touching edges do not count. @param {Rect} a @param {Rect} b */
export const overlaps = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

/** @param {Rect} r @param {Point} p */
export const contains = (r, p) => p.x >= r.x && p.x <= r.x + r.w && p.y >= r.y && p.y <= r.y + r.h;

/** The rectangle between two corners. @param {Point} a @param {Point} b @returns {Rect} */
export function rectBetween(a, b) {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), w: Math.abs(a.x - b.x), h: Math.abs(a.y - b.y) };
}

/** The smallest rectangle around all; null around nothing. @param {Rect[]} rects @returns {Rect | null} */
export function bounds(rects) {
  if (rects.length === 0) return null;
  const x = Math.min(...rects.map((r) => r.x));
  const y = Math.min(...rects.map((r) => r.y));
  const right = Math.max(...rects.map((r) => r.x + r.w));
  const bottom = Math.max(...rects.map((r) => r.y + r.h));
  return { x, y, w: right - x, h: bottom - y };
}

/** Does the horizontal or vertical segment pass through the inside of the rectangle? @param {Point} a @param {Point} b @param {Rect} r */
export function segmentHits(a, b, r) {
  return (
    Math.min(a.x, b.x) < r.x + r.w &&
    Math.max(a.x, b.x) > r.x &&
    Math.min(a.y, b.y) < r.y + r.h &&
    Math.max(a.y, b.y) > r.y
  );
}

/** Without repeated points and without points in the middle of a straight run. @param {Point[]} points */
export function simplify(points) {
  /** @type {Point[]} */
  const out = [];
  for (const p of points) {
    const last = out.at(-1);
    if (last && last.x === p.x && last.y === p.y) continue;
    const before = out.at(-2);
    const straight =
      before && last && ((before.x === last.x && last.x === p.x) || (before.y === last.y && last.y === p.y));
    if (straight) out.pop();
    out.push(p);
  }
  return out;
}

/** @param {Point[]} points */
export function lengthOf(points) {
  let sum = 0;
  for (let i = 1; i < points.length; i++)
    sum += Math.abs(points[i].x - points[i - 1].x) + Math.abs(points[i].y - points[i - 1].y);
  return sum;
}

/** The point at a distance along an orthogonal polyline. @param {Point[]} points @param {number} distance @returns {Point} */
export function pointAt(points, distance) {
  let left = distance;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1], points[i]];
    const span = Math.abs(b.x - a.x) + Math.abs(b.y - a.y);
    if (left <= span && span > 0) {
      const f = Math.max(0, left) / span;
      return { x: a.x + (b.x - a.x) * f, y: a.y + (b.y - a.y) * f };
    }
    left -= span;
  }
  return points[points.length - 1];
}

/** SVG path data of an orthogonal polyline with rounded corners. @param {Point[]} points @param {number} radius */
export function roundedPath(points, radius) {
  const n = (/** @type {number} */ v) => Math.round(v * 10) / 10;
  let d = `M${n(points[0].x)} ${n(points[0].y)}`;
  for (let i = 1; i < points.length - 1; i++) {
    const [a, p, b] = [points[i - 1], points[i], points[i + 1]];
    const before = Math.abs(p.x - a.x) + Math.abs(p.y - a.y);
    const after = Math.abs(b.x - p.x) + Math.abs(b.y - p.y);
    const r = Math.min(radius, before / 2, after / 2);
    const from = { x: p.x - Math.sign(p.x - a.x) * r, y: p.y - Math.sign(p.y - a.y) * r };
    const to = { x: p.x + Math.sign(b.x - p.x) * r, y: p.y + Math.sign(b.y - p.y) * r };
    d += `L${n(from.x)} ${n(from.y)}Q${n(p.x)} ${n(p.y)} ${n(to.x)} ${n(to.y)}`;
  }
  const end = points[points.length - 1];
  return `${d}L${n(end.x)} ${n(end.y)}`;
}
