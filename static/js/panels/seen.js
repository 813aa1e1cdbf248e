import * as format from "../lib/format.js";

/** One sentence on what is to be seen now, made of the numbers of the newest frame. */

/** @typedef {import("../stream/live.js").Live} Live */
/** @typedef {import("../stream/node_state.js").NodeState} NodeState */
/** @typedef {import("../stream/faults.js").Active} Active */
/** @typedef {{ strong: string, rest: string, health: Health }} Seen */

const WORST = ["ok", "idle", "strained", "failing", "down"];

/**
 * @param {Live} live @param {Active[]} faults @param {(id: string) => string} nameOf @param {(fault: string) => string} labelOf
 * @returns {Seen}
 */
export function seen(live, faults, nameOf, labelOf) {
  const worst = worstOf(live);
  const fail = live.totals.failing >= 0.005 ? ` ${format.percent(live.totals.failing)} of requests fail.` : "";
  const last = [...faults].sort((a, b) => (a.since ?? 0) - (b.since ?? 0)).at(-1);
  if (last) {
    const since = last.since === null ? "" : ` since ${format.clock(last.since, false)}`;
    return {
      strong: `${nameOf(last.target)}: ${labelOf(last.fault).toLowerCase()}`,
      rest: `${since}.${worst ? ` ${nameOf(worst.id)} ${stateOf(worst)}.` : " Nothing is strained by it yet."}${fail}`,
      health: worst?.health ?? "ok",
    };
  }
  if (worst) return { strong: `${nameOf(worst.id)} ${stateOf(worst)}.`, rest: fail, health: worst.health };
  const rate = format.rate(live.totals.servedRate);
  const p99 = format.time(live.totals.percentiles[2]);
  const busiest = [...live.nodes.values()].sort((a, b) => (b.load ?? 0) - (a.load ?? 0))[0];
  const next = busiest?.load ? ` The busiest is ${nameOf(busiest.id)}, at ${format.percent(busiest.load)}.` : "";
  return { strong: "Nothing is strained.", rest: ` ${rate} are served, p99 is ${p99}.${next}`, health: "ok" };
}

/** The node that hurts most; among equals, the one where most failures start, then the busiest. @param {Live} live @returns {NodeState | null} */
function worstOf(live) {
  const sick = [...live.nodes.values()].filter((node) => WORST.indexOf(node.health) > 1);
  sick.sort(
    (a, b) => WORST.indexOf(b.health) - WORST.indexOf(a.health) || b.own - a.own || (b.load ?? 0) - (a.load ?? 0),
  );
  return sick[0] ?? null;
}

/** "is at 83 % and its queue is growing". @param {NodeState} node */
function stateOf(node) {
  if (node.health === "down") return "is down";
  const parts = [];
  if (node.load !== null && node.load >= 0.5) parts.push(`is at ${format.percent(Math.round(node.load * 100) / 100)}`);
  if (node.queue >= 10)
    parts.push(`its queue is ${node.growing ? "growing" : "long"}, ${format.whole(node.queue)} wait`);
  if (node.own >= 0.01) parts.push(`${format.percent(node.own)} fail there`);
  else if (node.passed >= 0.01) parts.push(`loses ${format.percent(node.passed)} further down`);
  if (node.hits !== null && node.health === "strained") parts.push(`answers ${format.percent(node.hits)} from memory`);
  if (parts.length === 0) parts.push(node.paused > 0 ? "stands still" : "is strained");
  return format.list(parts.slice(0, 2));
}
