import { latencyGoal, openBench } from "./canvas/bench.js";
import { RunView } from "./canvas/run_view.js";
import { fitting } from "./canvas/viewport.js";
import { find, need, show } from "./lib/dom.js";
import { post, problemText } from "./lib/http.js";
import { shapeIcon } from "./lib/shapes.js";
import { Breaks } from "./panels/breaks.js";
import { Kpis } from "./panels/kpis.js";
import { seen } from "./panels/seen.js";

/** The home page: the example runs behind the words, and whoever comes by may break it at once. */

const SENTENCE_MS = 1000;

const bench = openBench({ editable: false, tell: (words) => say(words, "", "idle") });
const { doc, scene, catalogue, urls } = bench;
const runView = new RunView(bench, /** @type {HTMLCanvasElement} */ (need("#traffic")));
const breaks = new Breaks();
const kpis = new Kpis();
const sentence = find("#seen");
let spoken = 0;
let starting = false;

// A picture here: the keyboard is for the buttons, and the page scrolls.
scene.stage.setAttribute("role", "img");
scene.stage.removeAttribute("tabindex");

/** @param {string} strong @param {string} rest @param {Health} health */
function say(strong, rest, health) {
  if (!sentence) return;
  const words = document.createElement("span");
  const bold = document.createElement("b");
  bold.className = `seen-${health}`;
  bold.textContent = strong;
  words.append(bold, rest);
  sentence.replaceChildren(shapeIcon(health), words);
}

/** Words and first card share the left edge, last card and numbers the right one. */
function frame() {
  const { w, h } = scene.viewport.size;
  const all = scene.bounds();
  if (!all || w === 0) return;
  const narrow = w < 900;
  const edge = parseFloat(getComputedStyle(need(".hero")).getPropertyValue("--edge")) || 64;
  const top = narrow ? 24 : 96;
  const bottom = narrow
    ? 24
    : Math.max(
        96,
        need("#surface").getBoundingClientRect().bottom - need(".break-row").getBoundingClientRect().top + 28,
      );
  const area = { x: edge, y: top, w: w - 2 * edge, h: Math.max(120, h - top - bottom) };
  const camera = fitting(all, area, 1.15);
  if (!narrow) camera.y = top + area.h - (all.y + all.h) * camera.k;
  scene.viewport.jump(camera);
}

/** @param {string} run */
function watch(run) {
  if (runView.session?.channel.run === run && runView.session.isOn) return;
  const session = runView.watch(run);
  breaks.watch(session);
  session.on("paint", (live) => {
    kpis.paint(live, latencyGoal(doc.design));
    if (performance.now() - spoken < SENTENCE_MS) return;
    spoken = performance.now();
    const words = seen(
      live,
      session.faults.active,
      (id) => doc.nameOf(id),
      (id) => catalogue.fault(id)?.label ?? id,
    );
    say(words.strong, words.rest, words.health);
    scene.stage.setAttribute("aria-label", `The example, running. ${words.strong}${words.rest}`);
  });
  session.on("faults", () => {
    spoken = 0;
  });
  session.on("stalled", (stalled) => {
    document.body.classList.toggle("disconnected", stalled);
    if (stalled) say("No news from the run for 3 s.", " The numbers stand still until it answers.", "idle");
  });
  session.on("state", ({ status, detail }) => {
    if (status === "queued" || status === "starting")
      say("Warming up.", ` ${detail || "The example starts in a moment."}`, "idle");
    if (status === "failed") say("The example stopped.", ` ${detail}`, "down");
    if (["stopped", "finished", "failed"].includes(status)) again();
  });
}

/** A run that has ended starts again when somebody is there to see it. */
function again() {
  const wake = () => start();
  document.addEventListener("pointerdown", wake, { once: true });
  document.addEventListener("keydown", wake, { once: true });
}

async function start() {
  if (starting || runView.session?.isOn) return;
  starting = true;
  const answer = await post(urls.runs);
  starting = false;
  if (answer.ok) watch(answer.data.id);
  else
    say("The example cannot run now.", ` ${answer.problems.map((problem) => problemText(problem)).join(". ")}`, "down");
}

const channel = bench.open();
channel.on("run", watch);
channel.on("up", () => start());
new ResizeObserver(frame).observe(scene.stage);
document.fonts?.ready.then(frame);
scene.on("synced", frame);
show(need("#traffic"), true);
