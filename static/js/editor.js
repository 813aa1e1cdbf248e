import { addNode } from "./canvas/actions.js";
import { latencyGoal, openBench } from "./canvas/bench.js";
import { Clipboard } from "./canvas/clipboard.js";
import { Keyboard } from "./canvas/keyboard.js";
import { ListTwin } from "./canvas/list_twin.js";
import { Minimap } from "./canvas/minimap.js";
import { Pointer } from "./canvas/pointer.js";
import { renameInPlace } from "./canvas/rename.js";
import { RunView } from "./canvas/run_view.js";
import { find, isTyping, need } from "./lib/dom.js";
import { problemText } from "./lib/http.js";
import { dispatch } from "./lib/keys.js";
import { Percentiles } from "./panels/charts.js";
import { Connection } from "./panels/connection.js";
import { eventWords } from "./panels/event_words.js";
import { Events } from "./panels/events.js";
import { Inspector } from "./panels/inspector.js";
import { Invites } from "./panels/invites.js";
import { Load } from "./panels/load.js";
import { Palette } from "./panels/palette.js";
import { Problems } from "./panels/problems.js";
import { Reasons } from "./panels/reasons.js";
import { wireSaved } from "./panels/saved.js";
import { wireTabs } from "./panels/tabs.js";
import { Timeline } from "./panels/timeline.js";
import { toast } from "./panels/toasts.js";
import { Transport, wireName } from "./panels/transport.js";
import { Verdict } from "./panels/verdict.js";
import { tidy, View } from "./panels/view.js";

/** The editor page: makes the parts and introduces them to each other. */

const SAVE_MS = 5000; // Run waits so long for edits that are on their way
const LATE_MS = 500; // what was not due is shown when no frame has come for this long

const bench = openBench({ editable: document.body.dataset.role !== "viewer", tell: (words) => toast(words) });
const { doc, scene, selection, catalogue, urls } = bench;
const surface = need("#surface");
const nameOf = (/** @type {string} */ id) => doc.nameOf(id);

const runView = new RunView(bench, /** @type {HTMLCanvasElement} */ (need("#traffic")));
const view = new View(scene, selection);
const inspector = new Inspector(bench, urls);
const problems = new Problems(bench, (id) => keyboard.focus(id));
const twin = new ListTwin(bench, surface, (id) => breakIt(id));
const minimap = new Minimap(surface, scene);
const load = new Load(bench);
const words = (/** @type {RunEvent} */ event) => eventWords(event, catalogue, nameOf, doc.design);
const instant = (/** @type {string} */ fault) => catalogue.fault(fault)?.instant ?? false;
const timeline = new Timeline(words, instant);
const events = new Events(words);
const charts = new Percentiles(() => latencyGoal(doc.design), instant);
const reasons = new Reasons(nameOf, (id) => selection.set([id]));
const verdict = new Verdict();
const invites = new Invites(bench);
const connection = new Connection();
const palette = new Palette(bench, (id) => keyboard.focus(id));
const pointer = new Pointer(bench);
const transport = new Transport(urls, {
  get editable() {
    return bench.editable;
  },
  saved: () => doc.settled(SAVE_MS),
  started: watch,
  problems: (list) => problems.show(list),
  say: bench.say,
});

/** What was not done, and why. The design is as it was. @param {Problem[]} list */
function refusal(list) {
  return `That could not be done. ${list.map((problem) => problemText(problem, nameOf)).join(". ")}`;
}

/** @param {string | null} id */
function breakIt(id) {
  if (id) selection.set([id]);
  if (selection.only) inspector.openFaults();
}

/** @param {"svg" | "png"} format */
const picture = async (format) => (await import("./picture/export.js")).exportPicture(bench, format);

/** @param {string | null} id everything without it */
function heal(id) {
  const active = runView.session?.faults.active ?? [];
  const mine = active.filter((fault) => id === null || fault.target === id);
  for (const fault of mine) inspector.faults.heal(fault.id);
  bench.say(mine.length > 0 ? "Healed" : "Nothing to heal here");
}

// A run that is on goes on with what was edited; single parameters are sent by the inspector.
doc.on("send", ({ edit }) => {
  const on = runView.session?.isOn;
  if (on && /add|connect|remove|batch|unset/.test(edit.op)) runView.session?.command({ command: "edit", edit });
});

/** @param {string} run */
function watch(run) {
  if (runView.session?.channel.run === run && runView.session.isOn) return;
  problems.show([]);
  const session = runView.watch(run);
  events.clear();
  for (const part of [transport, load, inspector, connection]) part.watch(session);
  const paint = (/** @type {boolean} */ force = false) => {
    const moving = session.state.status === "running" && !session.stalled;
    const paused = session.state.status === "paused";
    timeline.paint(session.series, session.t, { on: session.isOn, moving, paused }, force);
    charts.paint(session.series, session.t, force);
    reasons.paint(session.live);
    verdict.paint(session.live);
    twin.paint(session.live);
    transport.tick();
  };
  let late = 0;
  session.on("paint", () => {
    paint();
    clearTimeout(late);
    late = window.setTimeout(() => paint(true), LATE_MS);
  });
  session.on("stalled", () => paint(true));
  session.on("events", (list) => events.add(list));
  session.on("refused", (list) => toast(refusal(list)));
  session.on("state", ({ status, detail }) => {
    view.frame();
    invites.update(session);
    paint(true);
    if (status === "failed") toast(`The run stopped: ${detail || "the machine gave up"}.`);
  });
}

const keyboard = new Keyboard(
  bench,
  { cancelDrag: () => pointer.cancel(), rename: (id) => renameInPlace(bench, id, surface) },
  {
    Space: () => transport.toggle(),
    ".": () => transport.stepBy(0.1),
    ">": () => transport.faster(1),
    "<": () => transport.faster(-1),
    "/": () => palette.open(),
    f: () => breakIt(keyboard.current),
    h: () => heal(keyboard.current),
    "Shift+h": () => heal(null),
    g: () => twin.toggle(),
    i: () => inspector.enter(),
    "Shift+i": () => inspector.toggle(),
    d: () => view.toggleDock(),
    m: () => minimap.toggle(),
    "?": () => find("#keys")?.togglePopover(),
    "Shift+1": () => view.fit(),
    "Shift+2": () => view.fitSelection(),
    "Ctrl+Shift+l": () => tidy(bench, urls),
  },
);
new Clipboard(bench, () => !isTyping(document.activeElement) && !getSelection()?.toString());

const clicks = /** @type {Record<string, (button: Element) => unknown>} */ ({
  undo: () => doc.undo(),
  redo: () => doc.redo(),
  "zoom-in": () => scene.viewport.zoom(1.25),
  "zoom-out": () => scene.viewport.zoom(0.8),
  "zoom-reset": () => scene.viewport.zoom(1 / scene.viewport.k),
  fit: () => view.fit(),
  tidy: () => tidy(bench, urls),
  dock: () => view.toggleDock(),
  svg: () => picture("svg"),
  png: () => picture("png"),
  "add-clients": () => addNode(bench, "client"),
  restore: async (button) => (await import("./panels/restore.js")).restore(button, bench, urls),
});
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-action]") : null;
  const action = button?.getAttribute("data-action");
  if (action === "show-problem" && event.target instanceof SVGElement) problems.next();
  else if (button) clicks[action ?? ""]?.(button);
});
// The keys that mean the same everywhere, when no field has the focus.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || isTyping(event.target) || scene.stage.contains(/** @type {Node} */ (event.target)))
    return;
  const { Space, ...letters } = keyboard.table;
  const everywhere = ["/", "?", "Ctrl+z", "Ctrl+Shift+z", "Ctrl+y", "Ctrl+Shift+l"];
  const idle = document.activeElement === document.body;
  dispatch(event, idle ? keyboard.table : Object.fromEntries(everywhere.map((key) => [key, letters[key]])));
});
scene.stage.addEventListener("dblclick", (event) => {
  const id = event.target instanceof Element ? event.target.closest(".node")?.getAttribute("data-id") : null;
  if (id) renameInPlace(bench, id, surface);
});
scene.stage.addEventListener("contextmenu", (event) => {
  const id = event.target instanceof Element ? event.target.closest("[data-id]")?.getAttribute("data-id") : null;
  event.preventDefault();
  if (id) breakIt(id);
});

need("#palette").hidden = !bench.editable;
wireTabs();
wireName((name) => name && doc.submit({ op: "describe", name }));
wireSaved(doc);
doc.on("change", () => {
  load.show();
  twin.sync();
  invites.update(runView.session);
  problems.show([]);
});
doc.on("refused", (list) => toast(refusal(list)));
doc.on("stuck", () => toast("This step cannot be taken back any more: what it changed is gone."));
const channel = bench.open();
channel.on("run", watch);
// What shows the others comes with the first of them, what changes the page when the role does.
/** @type {Promise<import("./company/company.js").Company> | null} */
let company = null;
channel.on("up", () => channel.socket.send({ type: "presence.update" }));
channel.on("presence", (message) => {
  company ??= import("./company/company.js").then(({ Company }) => new Company(bench, channel, toast));
  company.then((others) => others.receive(message));
});
channel.on("role", async (role) => {
  if (role === document.body.dataset.role) return;
  const { takeRole } = await import("./panels/role.js");
  await takeRole(role, bench, [channel.socket, runView.session?.channel.socket]);
  transport.paint();
  twin.sync();
  inspector.reload();
  invites.update(runView.session);
});
connection.design(channel);
view.fit(false);
invites.update(null);
reasons.paint(null);

// For the pages that are an editor and something more.
export { bench, channel, runView };
