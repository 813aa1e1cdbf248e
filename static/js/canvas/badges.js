import { s } from "../lib/dom.js";
import { percent, short, whole } from "../lib/format.js";
import { CARD } from "../lib/geometry.js";
import { textWidth } from "../lib/measure.js";

/** Small words on the top edge of a card: states that have a name. */

/** @typedef {"crit" | "warn" | "accent" | "neutral"} Tone */
/** @typedef {{ text: string, icon: string, tone: Tone, title?: string, action?: string }} Badge */
/** @typedef {import("../stream/node_state.js").NodeState} NodeState */
/** @typedef {import("../stream/link_state.js").LinkState} LinkState */

const TONES = ["crit", "warn", "accent", "neutral"];
const MOST = 2;
const GAP = 4;

/** What a running node has to say. @param {NodeState} node @param {LinkState[]} links those that leave it @returns {Badge[]} */
export function liveBadges(node, links) {
  /** @type {Badge[]} */
  const out = [];
  if (node.down > 0 && node.replicas > 1) {
    const text = node.isDown ? "all down" : `${node.down} of ${node.replicas} down`;
    out.push({ text, icon: "skull", tone: node.isDown ? "crit" : "warn" });
  } else if (node.isDown) out.push({ text: "down", icon: "skull", tone: "crit" });
  if (node.paused > 0) {
    const text = node.replicas > 1 ? `${node.paused} of ${node.replicas} paused` : "paused";
    out.push({ text, icon: "ghost", tone: "warn" });
  }
  const breaker = Math.max(-1, ...links.map((link) => link.breaker));
  if (breaker === 2) out.push({ text: "breaker open", icon: "plug-connected-x", tone: "crit" });
  if (breaker === 1) out.push({ text: "breaker half-open", icon: "plug-connected-x", tone: "warn" });
  if (node.queue >= 10 && node.health !== "ok") {
    const full = node.queueCap > 0 && node.queue >= 0.9 * node.queueCap;
    const tone = full || node.health === "failing" ? "crit" : "warn";
    out.push({ text: `queue ${whole(node.queue)}`, icon: "stack-2", tone });
  }
  const retries = Math.max(1, ...links.map((link) => link.amplification));
  if (retries >= 1.095) out.push({ text: `retry ×${short(retries)}`, icon: "repeat", tone: "warn" });
  if (node.hits !== null) {
    const tone = node.health === "strained" || node.health === "failing" ? "warn" : "neutral";
    out.push({ text: `${percent(Math.round(node.hits * 100) / 100)} hits`, icon: "bolt", tone });
  }
  return out;
}

/** Worst first. @param {Badge[]} badges */
export const byTone = (badges) => [...badges].sort((a, b) => TONES.indexOf(a.tone) - TONES.indexOf(b.tone));

/** Draw them right-aligned on the top edge, two and the number of the rest. @param {SVGGElement} group @param {Badge[]} badges */
export function drawBadges(group, badges) {
  const sorted = byTone(badges);
  const shown = sorted.slice(0, MOST);
  const rest = sorted.slice(MOST);
  if (rest.length > 0) {
    shown.push({
      text: `+${rest.length}`,
      icon: "",
      tone: "neutral",
      title: rest.map((badge) => badge.text).join(", "),
    });
  }
  let right = CARD.w - 8;
  const drawn = [];
  // The worst stands outermost, so the row is laid from the right.
  for (const badge of shown) {
    const width = widthOf(badge);
    right -= width;
    drawn.push(pill(badge, right, width));
    right -= GAP;
  }
  group.replaceChildren(...drawn);
}

/** @param {Badge} badge */
const widthOf = (badge) => Math.ceil(textWidth(badge.text, 10.5, 600)) + (badge.icon ? 30 : 14);

/** @param {Badge} badge @param {number} x @param {number} width */
function pill(badge, x, width) {
  const left = x + (badge.icon ? 23 : 7);
  const attrs = { class: `badge is-${badge.tone}`, "data-action": badge.action };
  return s(
    "g",
    attrs,
    badge.title ? s("title", {}, badge.title) : null,
    s("rect", { x: x + 0.5, y: -9.5, width: width - 1, height: 18, rx: 9 }),
    badge.icon ? s("use", { href: `#i-${badge.icon}`, x: x + 7, y: -6.5, width: 12, height: 12 }) : null,
    s("text", { x: left, y: 3.2 }, badge.text),
  );
}

/** Changes when the drawing would. @param {Badge[]} badges */
export const badgesKey = (badges) => badges.map((badge) => `${badge.tone}${badge.icon}${badge.text}`).join("|");
