import { openBench } from "./canvas/bench.js";
import { Pointer } from "./canvas/pointer.js";
import { RunView } from "./canvas/run_view.js";
import { fitting } from "./canvas/viewport.js";
import { find, isTyping, need } from "./lib/dom.js";
import { dispatch } from "./lib/keys.js";
import { eventWords } from "./panels/event_words.js";
import { fetchFilm, Player } from "./panels/player.js";
import { Scrub } from "./panels/scrub.js";
import { Timeline } from "./panels/timeline.js";
import { Verdict } from "./panels/verdict.js";

/** A design in a frame on somebody else's page: pressed once, it runs with what the address says. */

const bench = openBench({ editable: false, tell: () => undefined });
const { doc, scene, catalogue, urls } = bench;
const runView = new RunView(bench, /** @type {HTMLCanvasElement} */ (need("#traffic")));
const button = /** @type {HTMLButtonElement} */ (need("#play"));
const words = need("#embed-words");
/** @type {Record<string, (event: KeyboardEvent) => unknown>} */
let keys = { Space: () => run() };
new Pointer(bench);

function frame() {
  const { w, h } = scene.viewport.size;
  const all = scene.bounds();
  if (all && w > 0) scene.viewport.jump(fitting(all, { x: 24, y: 32, w: w - 48, h: h - 56 }, 1.1));
}

/** @param {string} text */
function say(text) {
  words.hidden = text === "";
  words.textContent = text;
}

/** Orders the film, waits for it, and plays it. */
async function run() {
  button.disabled = true;
  say("Computing the run");
  try {
    const ordered = await fetch(urls.given.film, { method: "POST" });
    const data = ordered.status === 200 ? await ordered.json() : await waited(ordered);
    say("");
    play(new Player(runView, data));
  } catch (error) {
    button.disabled = false;
    say(error instanceof Error ? error.message : String(error));
  }
}

/** @param {Response} ordered */
async function waited(ordered) {
  if (ordered.status !== 202) throw new Error((await ordered.json().catch(() => ({}))).detail || "It cannot run now.");
  return fetchFilm(urls.given.film, (share) => say(`Computing the run: ${Math.round(share * 100)}\u2009%`));
}

/** @param {Player} player */
function play(player) {
  const instant = (/** @type {string} */ fault) => catalogue.fault(fault)?.instant ?? false;
  const timeline = new Timeline((event) => eventWords(event, catalogue, (id) => doc.nameOf(id), doc.design), instant);
  const verdict = new Verdict();
  const { film } = player;
  const paint = (/** @type {boolean} */ force) => {
    const state = { on: false, moving: player.playing, paused: !player.playing, end: film.end };
    timeline.paint(film.series, player.t, state, force);
    verdict.paint(player.session.live);
    scene.paint(player.session.live, force);
  };
  need("#timeline").hidden = false;
  player.on("moment", () => paint(!player.playing));
  player.on("playing", () => paint(true));
  new ResizeObserver(() => paint(true)).observe(need("#timeline"));
  button.removeEventListener("click", run);
  keys = new Scrub(player).keys;
  player.play();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || isTyping(event.target) || event.target instanceof HTMLButtonElement) return;
  dispatch(event, keys);
});
button.disabled = find("#embed-words .shape") !== null;
button.addEventListener("click", run);
new ResizeObserver(frame).observe(scene.stage);
document.fonts?.ready.then(frame);
