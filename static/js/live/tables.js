import { h, icon } from "../lib/dom.js";
import { clock, NONE, percent, time } from "../lib/format.js";
import { shapeIcon } from "../lib/shapes.js";
import { STATE_WORDS } from "./tile.js";

/** Roster and scores as tables. */

const PARTS = ["goodput", "speed", "recovery", "budget", "cost"];

/** @param {HTMLElement} place @param {import("./tile.js").Tile[]} tiles */
export function paintRoster(place, tiles) {
  const rows = tiles.map((tile) => {
    const { person, row } = tile;
    const open = person.design
      ? h("a", { class: "text-link", href: `/d/${person.design}`, target: "_blank" }, "Open")
      : NONE;
    const more = h("button", { class: "btn small", type: "button", "data-more": person.id }, "More");
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, person.name, person.hand ? icon("hand-stop", "icon tile-hand") : ""),
      h("td", {}, shapeIcon(tile.state), " ", STATE_WORDS[tile.state]),
      h("td", {}, row ? clock(row.t_s, false) : NONE),
      h("td", {}, row ? time(row.p99_ms) : NONE),
      h("td", {}, row ? percent(row.failed) : NONE),
      h("td", {}, open),
      h("td", {}, more),
    );
  });
  const heads = ["Name", "State", "Simulated", "p99", "Failed", "Design", "Actions"];
  place.replaceChildren(table("Roster", heads, rows));
}

/** @param {HTMLElement} place @param {import("./tile.js").Tile[]} tiles @param {Map<string, any>} scores */
export function paintScores(place, tiles, scores) {
  const scoreOf = (/** @type {import("./tile.js").Tile} */ tile) =>
    scores.get(tile.person.id)?.score ?? tile.person.score ?? null;
  const sorted = [...tiles].sort((a, b) => (scoreOf(b) ?? -1) - (scoreOf(a) ?? -1));
  const rows = sorted.map((tile, index) => {
    const figures = scores.get(tile.person.id);
    const parts = figures?.parts ?? tile.person.parts ?? {};
    const score = scoreOf(tile);
    const took = figures?.recovery_s
      ?.map((/** @type {any} */ each) => `${each.seconds}${each.over ? "" : "+"} s`)
      .join(", ");
    return h(
      "tr",
      {},
      h("td", {}, score === null ? NONE : String(index + 1)),
      h("th", { scope: "row" }, tile.person.name),
      h("td", { class: "score-total" }, score === null ? NONE : String(Math.round(score))),
      ...PARTS.map((name) => h("td", {}, parts[name] === undefined ? NONE : percent(parts[name]))),
      h("td", {}, took || NONE),
    );
  });
  const heads = ["Place", "Name", "Score", "Served", "Speed", "Recovery", "Budget left", "Cost", "Recovered after"];
  const help = h(
    "p",
    { class: "label" },
    "Served counts 35, speed 20, recovery 20, cost 15, budget 10. A part that cannot be said yet is left out, and the others count for more.",
  );
  place.replaceChildren(table("Scores", heads, rows), help);
}

/** @param {string} caption @param {string[]} heads @param {HTMLElement[]} rows */
function table(caption, heads, rows) {
  return h(
    "table",
    { class: "class-table" },
    h("caption", { class: "visually-hidden" }, caption),
    h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, ...rows),
  );
}
