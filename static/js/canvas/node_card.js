import { s } from "../lib/dom.js";
import { CARD } from "../lib/geometry.js";
import { SHAPES } from "../lib/shapes.js";

/** The drawing of one node: 192 × 80, a dial with the icon, name, two numbers, a spark line, load, queue. */

export const DIAL = { x: 28, y: 28, r: 17 };
export const SPARK = { x: 12, y: 53, h: 17, w: 168, dot: 1.8 };
export const QUEUE = { x: 12, y: 75, w: 168 };

/** @typedef {ReturnType<typeof buildCard>} Card */

/** @param {string} id @param {string} iconName */
export function buildCard(id, iconName) {
  const part = {
    halo: box("n-halo", -4, 15),
    target: box("n-target", -7, 17),
    glow: [box("n-glow", -9, 20), box("n-glow", -5.5, 17), box("n-glow", -2.5, 14)],
    behind: [box("n-back", 0, 12, 8, -8), box("n-back", 0, 12, 4, -4)],
    ground: box("n-ground", 0, 12),
    wash: box("n-wash", 0, 12),
    arc: s("path", { class: "n-arc" }),
    icon: s("use", { class: "n-icon", href: `#i-${iconName}`, x: 19.5, y: 19.5, width: 17, height: 17 }),
    shape: s("path", { class: "n-shape", transform: "translate(41.5 41.5)", d: SHAPES.ok, "fill-rule": "evenodd" }),
    name: s("text", { class: "n-name", x: 56, y: 24 }),
    count: s("text", { class: "n-count", x: 180, y: 24 }),
    rate: s("text", { class: "n-rate", x: 56, y: 40 }),
    p99: s("text", { class: "n-p99", x: 180, y: 40 }),
    rule: s("path", { class: "n-rule", d: "M12 53.5H180" }),
    fact: s("text", { class: "n-fact", x: 12, y: 68.5 }),
    area: s("path", { class: "n-area" }),
    spark: s("path", { class: "n-spark" }),
    dot: s("circle", { class: "n-dot", r: 0 }),
    load: s("text", { class: "n-load", x: 180, y: 68 }),
    queue: s("rect", { class: "n-queue", x: QUEUE.x, y: QUEUE.y, width: QUEUE.w, height: 2.5, rx: 1.25 }),
    fill: s("rect", { class: "n-fill", x: QUEUE.x, y: QUEUE.y, width: 0, height: 2.5, rx: 1.25 }),
    badges: s("g", { class: "n-badges" }),
    ports: s("g", { class: "n-ports" }, ...ports()),
    title: s("title"),
  };
  const { title, halo, target, glow, behind, ground, wash, badges, ports: portGroup } = part;
  const dial = s(
    "g",
    { class: "n-dial" },
    s("circle", { class: "n-track", cx: DIAL.x, cy: DIAL.y, r: DIAL.r }),
    part.arc,
    s("path", { class: "n-notch", d: notch(0.8) }),
    part.icon,
    part.shape,
  );
  const detail = s(
    "g",
    { class: "n-detail" },
    ...[part.count, part.rate, part.rule, part.fact, part.area, part.spark, part.dot, part.load, part.queue, part.fill],
  );
  const face = s("g", { class: "n-face" }, ...behind, ground, wash, dial, part.name, part.p99, detail);
  const attrs = { class: "node", "data-id": id, tabindex: -1, role: "group", "aria-roledescription": "component" };
  const g = s("g", attrs, title, ...glow, halo, target, face, badges, portGroup);
  return { g, face, ...part };
}

/** A rectangle `by` px inside the card's edge (negative: outside). @param {string} name @param {number} by @param {number} r @param {number} [dx] @param {number} [dy] */
function box(name, by, r, dx = 0, dy = 0) {
  const size = { width: CARD.w - 2 * by, height: CARD.h - 2 * by };
  return s("rect", { class: name, x: by + dx, y: by + dy, ...size, rx: r });
}

/** Large invisible circles catch the pointer, small ones are seen. */
function ports() {
  const places = { left: [0, 40], right: [192, 40], top: [96, 0], bottom: [96, 80] };
  return Object.entries(places).map(([side, [cx, cy]]) =>
    s(
      "g",
      { class: "n-port", "data-side": side },
      s("circle", { class: "n-port-hit", cx, cy, r: 12 }),
      s("circle", { class: "n-port-dot", cx, cy, r: 5 }),
    ),
  );
}

/** @param {number} share clockwise from 12 o'clock @param {number} r @returns {[number, number]} */
function onDial(share, r) {
  const angle = share * 2 * Math.PI;
  return [round(DIAL.x + r * Math.sin(angle)), round(DIAL.y - r * Math.cos(angle))];
}

const round = (/** @type {number} */ v) => Math.round(v * 100) / 100;

/** A short line across the ring. @param {number} share */
const notch = (share) => `M${onDial(share, DIAL.r - 2.6)}L${onDial(share, DIAL.r + 2.6)}`;

/** The arc of a dial for whole percents. @param {number} percent 0..100 */
export function arcPath(percent) {
  if (percent <= 0) return "";
  const { r } = DIAL;
  if (percent >= 100) return `M${onDial(0, r)}A${r} ${r} 0 1 1 ${onDial(0.5, r)}A${r} ${r} 0 1 1 ${onDial(0, r)}`;
  return `M${onDial(0, r)}A${r} ${r} 0 ${percent > 50 ? 1 : 0} 1 ${onDial(percent / 100, r)}`;
}

/** The line and the area under it; empty without two points. @param {(number | null)[]} values @param {number} width @param {number} most how many values fill it */
export function sparkPath(values, width, most = 60) {
  const known = /** @type {number[]} */ (values.filter((value) => value !== null));
  if (known.length < 2) return { line: "", area: "", end: null };
  const top = Math.max(...known) * 1.3 || 1;
  const step = width / (most - 1);
  const floor = SPARK.y + SPARK.h;
  const start = SPARK.x;
  let line = "";
  let gap = true;
  /** @type {Point} */
  let end = { x: start, y: floor };
  let first = null;
  values.forEach((value, i) => {
    if (value === null) {
      gap = true;
      return;
    }
    end = { x: round(start + i * step), y: round(floor - 1 - (value / top) * (SPARK.h - 3)) };
    line += `${gap ? "M" : "L"}${end.x} ${end.y}`;
    first ??= end.x;
    gap = false;
  });
  return { line, area: `${line.replaceAll("M", "L").replace("L", "M")}L${end.x} ${floor}L${first} ${floor}Z`, end };
}
