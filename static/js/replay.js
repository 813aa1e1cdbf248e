import { latencyGoal, openBench } from "./canvas/bench.js";
import { Keyboard } from "./canvas/keyboard.js";
import { Minimap } from "./canvas/minimap.js";
import { Pointer } from "./canvas/pointer.js";
import { RunView } from "./canvas/run_view.js";
import { find, isTyping, need, setText, show } from "./lib/dom.js";
import { dispatch } from "./lib/keys.js";
import { Percentiles } from "./panels/charts.js";
import { eventWords } from "./panels/event_words.js";
import { Events } from "./panels/events.js";
import { Kpis } from "./panels/kpis.js";
import { fetchFilm, Player } from "./panels/player.js";
import { Reasons } from "./panels/reasons.js";
import { Scrub } from "./panels/scrub.js";
import { wireTabs } from "./panels/tabs.js";
import { Timeline } from "./panels/timeline.js";
import { Verdict } from "./panels/verdict.js";
import { View } from "./panels/view.js";

/** The page that plays a run again: the design as it was run, a timeline to move on, the numbers of every moment. */

const bench = openBench({ editable: false, tell: () => undefined });
const { doc, scene, selection, catalogue } = bench;
const surface = need("#surface");
const nameOf = (/** @type {string} */ id) => doc.nameOf(id);
const words = (/** @type {RunEvent} */ event) => eventWords(event, catalogue, nameOf, doc.design);
const instant = (/** @type {string} */ fault) => catalogue.fault(fault)?.instant ?? false;
const runView = new RunView(bench, /** @type {HTMLCanvasElement} */ (need("#traffic")));
const view = new View(scene, selection);
const pointer = new Pointer(bench);
const minimap = new Minimap(surface, scene);
const keyboard = new Keyboard(bench, { cancelDrag: () => pointer.cancel(), rename: () => undefined }, {});

/** Everything that shows a moment. @param {Player} player */
function showMoments(player) {
  const timeline = new Timeline(words, instant);
  const charts = new Percentiles(() => latencyGoal(doc.design), instant);
  const reasons = new Reasons(nameOf, (id) => selection.set([id]));
  const [verdict, kpis, events] = [new Verdict(), new Kpis(), new Events(words)];
  const { film } = player;
  let shown = -1;
  const paint = (/** @type {boolean} */ force) => {
    const { live } = player.session;
    if (!live) return;
    const { t } = player;
    const moving = player.playing;
    timeline.paint(film.series, t, { on: false, moving, paused: !moving, end: film.end }, force);
    const past = film.past(t);
    charts.paint(/** @type {any} */ (past), t, force);
    reasons.paint(live);
    verdict.paint(live);
    kpis.paint(live, player.limitMs);
    if (past.events.length < shown) events.clear();
    if (past.events.length !== shown)
      events.add(past.events.slice(past.events.length < shown ? 0 : Math.max(0, shown)).map(({ event }) => event));
    shown = past.events.length;
  };
  let late = 0;
  player.on("moment", () => {
    paint(!player.playing);
    scene.paint(player.session.live, !player.playing);
    clearTimeout(late);
    late = window.setTimeout(() => paint(true), 400);
  });
  player.on("playing", () => paint(true));
  new ResizeObserver(() => paint(true)).observe(need("#timeline"));
  paint(true);
}

async function begin() {
  const bar = need("#making-done");
  try {
    const data = await fetchFilm(bench.urls.given.film, (share) => {
      bar.style.setProperty("--f", String(share));
      setText(need("#making-words"), `Computing the run again: ${Math.round(share * 100)}\u2009%`);
    });
    const player = new Player(runView, data);
    show(need("#making"), false);
    need("#timeline").hidden = need("#dock").hidden = false;
    showMoments(player);
    const scrub = new Scrub(player);
    for (const [key, run] of Object.entries(scrub.keys)) keyboard.table[key] = run;
    if (data.detail) bench.say(data.detail);
    setText(need("#film-note"), data.detail);
    find("#film-note")?.toggleAttribute("hidden", !data.detail);
    requestAnimationFrame(() => requestAnimationFrame(() => view.fit(false)));
  } catch (error) {
    setText(need("#making-words"), error instanceof Error ? error.message : String(error));
    show(bar, false);
  }
}

const clicks = /** @type {Record<string, () => unknown>} */ ({
  "zoom-in": () => scene.viewport.zoom(1.25),
  "zoom-out": () => scene.viewport.zoom(0.8),
  "zoom-reset": () => scene.viewport.zoom(1 / scene.viewport.k),
  fit: () => view.fit(),
  dock: () => view.toggleDock(),
});
document.addEventListener("click", (event) => {
  const action =
    event.target instanceof Element ? event.target.closest("[data-action]")?.getAttribute("data-action") : "";
  clicks[action ?? ""]?.();
});
document.addEventListener("keydown", (event) => {
  const inside = scene.stage.contains(/** @type {Node} */ (event.target));
  if (event.defaultPrevented || isTyping(event.target) || inside) return;
  // Space presses a button that has the focus.
  const { Space, ...others } = keyboard.table;
  const onButton = event.target instanceof HTMLButtonElement;
  dispatch(event, { ...(onButton ? others : keyboard.table), m: () => minimap.toggle(), d: () => view.toggleDock() });
});

wireTabs();
view.fit(false);
begin();
