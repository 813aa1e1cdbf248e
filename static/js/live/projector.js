import { openBench } from "../canvas/bench.js";
import { RunView } from "../canvas/run_view.js";
import { fitting } from "../canvas/viewport.js";
import { find, h, need, pageData, setAttr, setText, show } from "../lib/dom.js";
import { NONE, percent, rate, time } from "../lib/format.js";
import { Line } from "./line.js";
import { median, paintParts } from "./now.js";
import { sparkPath, Tile } from "./tile.js";

/** For the wall of the room: one design in large, three numbers, and no names unless they may be shown. */

const SEEN_MS = 30_000;
const page = pageData("live");
const line = new Line(page.session);
/** @type {Map<string, Tile>} */
const tiles = new Map();
/** @type {{ failed: number[], p99: (number | null)[] }} */
const past = { failed: [], p99: [] };
/** @type {string | null} */
let shown = null;
let names = false;
let heard = 0;
/** @type {((run: string) => void) | null} */
const watch = page.design ? spotlight() : null;

/** The canvas of the design in the spotlight. @returns {(run: string) => void} */
function spotlight() {
  const bench = openBench({ editable: false, tell: (words) => setText(need("#event span"), words) });
  const view = new RunView(bench, /** @type {HTMLCanvasElement} */ (need("#traffic")));
  bench.scene.stage.removeAttribute("tabindex");
  bench.scene.viewport.always = "far";
  const fit = () => {
    const { w, h: height } = bench.scene.viewport.size;
    const all = bench.scene.bounds();
    if (all && w > 0) bench.scene.viewport.jump(fitting(all, { x: 32, y: 32, w: w - 64, h: height - 64 }, 1.6));
  };
  new ResizeObserver(fit).observe(bench.scene.stage);
  bench.scene.on("synced", fit);
  const follow = (/** @type {string} */ run) => {
    if (run && view.session?.channel.run !== run) view.watch(run);
  };
  bench.open().on("run", follow);
  return follow;
}

/** @param {string} id @param {Health} health @param {string} words */
function figure(id, health, words) {
  const place = need(id);
  setAttr(need("use", place), "href", `#shape-${health}`);
  setAttr(place, "data-health", health);
  setText(need("b", place), words);
}

/** @param {import("./line.js").WallNews} news */
function paint(news) {
  const present = new Set(news.here);
  const counts = { failing: 0, strained: 0, ok: 0, idle: 0, down: 0 };
  for (const [id, tile] of tiles) {
    tile.add(news.rows[id], news.nodes[id], present.has(id));
    counts[tile.state] += 1;
  }
  paintParts(need("#parts"), counts);
  setText(need("#here"), String(present.size));
  const rows = Object.values(news.rows);
  const one = page.spotlight ? news.rows[page.spotlight] : null;
  const all = rows.reduce((sum, row) => sum + (row.rate ?? 0), 0);
  const lost = rows.reduce((sum, row) => sum + (row.rate ?? 0) * row.failed, 0);
  const failed = one ? one.failed : all > 0 ? lost / all : null;
  const p99 = one ? one.p99_ms : median([...tiles.values()]).median;
  if (page.spotlight ? one : rows.length > 0) {
    past.failed.push((failed ?? 0) * 1000);
    past.p99.push(p99);
    for (const list of [past.failed, past.p99]) if (list.length > 60) list.shift();
  }
  const level = (/** @type {number | null} */ share) =>
    share === null ? "idle" : share >= 0.05 ? "failing" : share >= 0.01 ? "strained" : "ok";
  figure("#big-failed", level(failed), failed === null ? NONE : percent(failed));
  figure("#big-p99", one ? one.health : p99 === null ? "idle" : "ok", time(p99));
  if (one) figure("#big-third", "ok", rate(one.rate));
  else {
    const met = rows.filter((row) => row.slo === "met").length;
    figure(
      "#big-third",
      rows.length === 0 ? "idle" : met === rows.length ? "ok" : "strained",
      rows.length ? `${met} of ${rows.length}` : NONE,
    );
  }
  setAttr(need("#spark-failed path"), "d", sparkPath(past.failed, 280, 40));
  setAttr(need("#spark-p99 path"), "d", sparkPath(past.p99, 280, 40));
  const person = page.spotlight ? tiles.get(page.spotlight)?.person : null;
  if (person?.run) watch?.(person.run);
}

line.on("state", (state) => {
  const spot = state.spotlight ?? null;
  if (
    spot !== page.spotlight ||
    (shown !== null && shown !== state.pushed) ||
    (heard > 0 && names !== state.names_shown)
  ) {
    location.reload();
    return;
  }
  names = state.names_shown;
  heard += 1;
  shown = state.pushed;
  show(need("#board-box"), state.board_shown);
  const last = state.broadcasts[0];
  const event = need("#event");
  if (last && event.dataset.number !== String(last.number)) {
    const first = event.dataset.number === undefined && heard > 1;
    event.dataset.number = String(last.number);
    setText(need("span", event), `${last.words[0].toUpperCase()}${last.words.slice(1)}: ${last.sent} designs`);
    show(event, heard > 1 || first);
    setTimeout(() => show(event, false), SEEN_MS);
  }
});
line.on("roster", ({ people, gone }) => {
  for (const id of gone) tiles.delete(id);
  for (const person of people) {
    const known = tiles.get(person.id);
    if (known) known.know(person);
    else tiles.set(person.id, new Tile(person));
    if (person.id === page.spotlight && person.design !== page.design) location.reload();
  }
  board();
});
line.on("scores", (news) => {
  for (const [id, figures] of Object.entries(news)) {
    const tile = tiles.get(id);
    if (tile) tile.person.score = figures.score;
  }
  board();
});
line.on("wall", paint);

function board() {
  const scored = [...tiles.values()].filter((tile) => tile.person.score !== null);
  scored.sort((a, b) => (b.person.score ?? 0) - (a.person.score ?? 0));
  const rows = scored.slice(0, 8).map(({ person }, index) => {
    const bar = h("i", { class: "board-bar" });
    bar.style.setProperty("--f", String((person.score ?? 0) / 100));
    return h(
      "li",
      {},
      h("span", {}, String(index + 1)),
      h("span", {}, names ? person.name : `Design ${index + 1}`),
      bar,
      h("b", {}, String(Math.round(person.score ?? 0))),
    );
  });
  find("#board")?.replaceChildren(...rows);
}
line.open();
