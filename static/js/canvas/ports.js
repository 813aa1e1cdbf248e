/** Which side a link leaves and enters by, and where on that side, so that links do not cross needlessly. */

export const GAP = 24; // a side faces another card when at least this much air is between them
const PITCH = 20; // between two links on one side
const KEEP = 14; // from the corner of a card

/** @typedef {{ id: string, source: string, target: string }} Wire */
/** @typedef {Point & { side: Side }} Port */

/** @param {Rect} a @param {Rect} b @returns {[Side, Side]} */
export function facing(a, b) {
  const beside = b.x < a.x + a.w && a.x < b.x + b.w;
  if (b.x - (a.x + a.w) >= GAP) return ["right", "left"];
  if (beside && b.y - (a.y + a.h) >= GAP) return ["bottom", "top"];
  if (beside && a.y - (b.y + b.h) >= GAP) return ["top", "bottom"];
  if (a.x - (b.x + b.w) >= GAP) return ["left", "right"];
  return ["right", "left"];
}

/** The point on a side, `offset` from its middle. @param {Rect} r @param {Side} side @param {number} [offset] @returns {Port} */
export function portOf(r, side, offset = 0) {
  const [cx, cy] = [r.x + r.w / 2, r.y + r.h / 2];
  switch (side) {
    case "left":
      return { x: r.x, y: cy + offset, side };
    case "right":
      return { x: r.x + r.w, y: cy + offset, side };
    case "top":
      return { x: cx + offset, y: r.y, side };
    default:
      return { x: cx + offset, y: r.y + r.h, side };
  }
}

/** @param {Side} side */
export const isAcross = (side) => side === "left" || side === "right";

/** @typedef {{ key: string, wire: Wire, rect: Rect, side: Side, other: Rect, offset: number }} End */

/**
 * @param {Map<string, Rect>} rects @param {Wire[]} wires
 * @returns {Map<string, [Port, Port]>}
 */
export function assignPorts(rects, wires) {
  /** @type {Map<string, End[]>} */
  const sides = new Map();
  /** @type {[Wire, End, End][]} */
  const pairs = [];
  for (const wire of wires) {
    const [a, b] = [rects.get(wire.source), rects.get(wire.target)];
    if (!a || !b) continue;
    const [from, to] = facing(a, b);
    const out = { key: `${wire.source} ${from}`, wire, rect: a, side: from, other: b, offset: 0 };
    const into = { key: `${wire.target} ${to}`, wire, rect: b, side: to, other: a, offset: 0 };
    for (const end of [out, into]) sides.set(end.key, [...(sides.get(end.key) ?? []), end]);
    pairs.push([wire, out, into]);
  }
  for (const ends of sides.values()) spread(ends);
  for (const [, out, into] of pairs) straighten(out, into, sides);
  return new Map(
    pairs.map(([wire, out, into]) => [
      wire.id,
      [portOf(out.rect, out.side, out.offset), portOf(into.rect, into.side, into.offset)],
    ]),
  );
}

/** Order by where the other ends are, then space evenly around the middle. @param {End[]} ends */
function spread(ends) {
  if (ends.length === 1) return;
  const across = isAcross(ends[0].side);
  const at = (/** @type {Rect} */ r) => (across ? r.y + r.h / 2 : r.x + r.w / 2);
  const far = (/** @type {Rect} */ r) => (across ? r.x : r.y);
  const here = at(ends[0].rect);
  const nearFirst = isAcross(ends[0].side) ? 1 : -1;
  ends.sort((p, q) => {
    const [dp, dq] = [at(p.other) - here, at(q.other) - here];
    if (dp !== dq) return dp - dq;
    // Same row: the further one goes round outside of the nearer one.
    const distance = Math.abs(far(p.other) - far(p.rect)) - Math.abs(far(q.other) - far(q.rect));
    return distance * nearFirst || (p.wire.id < q.wire.id ? -1 : 1);
  });
  const room = (across ? ends[0].rect.h : ends[0].rect.w) - 2 * KEEP;
  const pitch = Math.min(PITCH, room / (ends.length - 1));
  ends.forEach((end, i) => {
    end.offset = (i - (ends.length - 1) / 2) * pitch;
  });
}

/** An end that is alone on its side slides to meet the other end in a straight line. @param {End} out @param {End} into @param {Map<string, End[]>} sides */
function straighten(out, into, sides) {
  const across = isAcross(out.side);
  if (across !== isAcross(into.side)) return;
  const middle = (/** @type {Rect} */ r) => (across ? r.y + r.h / 2 : r.x + r.w / 2);
  const room = (/** @type {Rect} */ r) => (across ? r.h : r.w) / 2 - KEEP;
  const alone = (/** @type {End} */ end) => sides.get(end.key)?.length === 1;
  const [from, to] = [middle(out.rect) + out.offset, middle(into.rect) + into.offset];
  if (from === to) return;
  const both = alone(out) && alone(into);
  const meet = both ? (from + to) / 2 : alone(into) ? from : alone(out) ? to : null;
  if (meet === null) return;
  const fits = (/** @type {End} */ end) => !alone(end) || Math.abs(meet - middle(end.rect)) <= room(end.rect);
  if (!fits(out) || !fits(into)) return;
  if (alone(out)) out.offset = meet - middle(out.rect);
  if (alone(into)) into.offset = meet - middle(into.rect);
}
