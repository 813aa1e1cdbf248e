/** Pulls parallel runs of different links apart, in the order that makes them cross least. */

const LANE = 16; // between two runs, so that their labels do not touch
const EDGE = 12; // between a run and a card
const NEAR = 15.5; // runs closer than this are in each other's way

/** @typedef {"x" | "y"} Axis */
/** A run is an inner segment: `at` across, from `low` to `high` along, coming from `from` and going to `to`. */
/** @typedef {{ points: Point[], i: number, at: number, low: number, high: number, before: number, after: number, lane: number }} Run */

/** Changes the points in place. @param {Map<string, Point[]>} lines @param {Rect[]} cards */
export function separate(lines, cards) {
  for (const across of /** @type {Axis[]} */ (["x", "y"])) {
    for (const group of crowds(runsOf(lines, across))) assignLanes(group, cards, across);
  }
}

/** @param {Map<string, Point[]>} lines @param {Axis} across @returns {Run[]} */
function runsOf(lines, across) {
  const along = across === "x" ? "y" : "x";
  const runs = [];
  for (const points of lines.values()) {
    for (let i = 1; i + 2 < points.length; i++) {
      const [a, b] = [points[i], points[i + 1]];
      if (a[across] !== b[across]) continue;
      const [low, high] = [Math.min(a[along], b[along]), Math.max(a[along], b[along])];
      const [before, after] = [points[i - 1][across], points[i + 2][across]];
      runs.push({ points, i, at: a[across], low, high, before, after, lane: 0 });
    }
  }
  return runs;
}

/** @param {Run} a @param {Run} b */
const meet = (a, b) => a.low < b.high + 4 && b.low < a.high + 4;

/** Sets of runs that are, directly or through others, in each other's way. @param {Run[]} runs @returns {Run[][]} */
function crowds(runs) {
  const left = new Set(runs);
  const groups = [];
  for (const seed of runs) {
    if (!left.delete(seed)) continue;
    const group = [seed];
    for (const member of group) {
      for (const other of left) {
        if (Math.abs(other.at - member.at) >= NEAR || !meet(member, other)) continue;
        left.delete(other);
        group.push(other);
      }
    }
    if (group.length > 1) groups.push(group);
  }
  return groups;
}

/** @param {Run[]} group @param {Rect[]} cards @param {Axis} across */
function assignLanes(group, cards, across) {
  order(group, across);
  let lanes = 0;
  group.forEach((run, i) => {
    run.lane = 0;
    for (const earlier of group.slice(0, i)) if (meet(run, earlier)) run.lane = Math.max(run.lane, earlier.lane + 1);
    lanes = Math.max(lanes, run.lane + 1);
  });
  if (lanes === 1) return;
  const middle = group.reduce((sum, run) => sum + run.at, 0) / group.length;
  const [low, high] = corridor(group, cards, across, middle);
  const pitch = Math.min(LANE, (high - low) / (lanes - 1));
  const wanted = middle - ((lanes - 1) / 2) * pitch;
  const start = Math.max(low, Math.min(wanted, high - (lanes - 1) * pitch));
  for (const run of group) {
    const at = start + run.lane * pitch;
    run.points[run.i][across] = at;
    run.points[run.i + 1][across] = at;
  }
}

/** Insertion sort by how often a pair would cross in either order. @param {Run[]} group @param {Axis} across */
function order(group, across) {
  for (let i = 1; i < group.length; i++) {
    for (
      let j = i;
      j > 0 && crossings(group[j], group[j - 1], across) < crossings(group[j - 1], group[j], across);
      j--
    ) {
      [group[j - 1], group[j]] = [group[j], group[j - 1]];
    }
  }
}

/** How often two lines cross when `a` takes the lower lane. @param {Run} a @param {Run} b @param {Axis} across */
function crossings(a, b, across) {
  const along = across === "x" ? "y" : "x";
  // What leaves `a` upwards passes `b`; what leaves `b` downwards passes `a`.
  const legs = (/** @type {Run} */ run, /** @type {boolean} */ up) => {
    const out = [];
    if (run.before > run.at === up) out.push(run.points[run.i][along]);
    if (run.after > run.at === up) out.push(run.points[run.i + 1][along]);
    return out;
  };
  const inside = (/** @type {number} */ at, /** @type {Run} */ run) => at > run.low && at < run.high;
  return legs(a, true).filter((at) => inside(at, b)).length + legs(b, false).filter((at) => inside(at, a)).length;
}

/** The free strip round the middle, between the cards on both sides. @param {Run[]} group @param {Rect[]} cards @param {Axis} across @param {number} middle */
function corridor(group, cards, across, middle) {
  const low = Math.min(...group.map((run) => run.low));
  const high = Math.max(...group.map((run) => run.high));
  let [from, to] = [middle - 400, middle + 400];
  for (const card of cards) {
    const [start, size] = across === "x" ? [card.x, card.w] : [card.y, card.h];
    const [begin, extent] = across === "x" ? [card.y, card.h] : [card.x, card.w];
    if (begin >= high || begin + extent <= low) continue;
    if (start + size <= middle) from = Math.max(from, start + size + EDGE);
    else if (start >= middle) to = Math.min(to, start - EDGE);
  }
  return to > from ? [from, to] : [middle, middle];
}
