import { openBench } from "./canvas/bench.js";
import { Keyboard } from "./canvas/keyboard.js";
import { ListTwin } from "./canvas/list_twin.js";
import { Pointer } from "./canvas/pointer.js";
import { need } from "./lib/dom.js";
import { Inspector } from "./panels/inspector.js";
import { wireTabs } from "./panels/tabs.js";
import { toast } from "./panels/toasts.js";
import { View } from "./panels/view.js";

/** One revision of a design, to look at: the canvas without a line to the server, for it will never change. */

const bench = openBench({ editable: false, tell: (words) => toast(words) });
const { scene, selection, urls } = bench;
const view = new View(scene, selection);
const inspector = new Inspector(bench, urls);
const pointer = new Pointer(bench);
const twin = new ListTwin(bench, need("#surface"), (id) => id && selection.set([id]));
new Keyboard(
  bench,
  { cancelDrag: () => pointer.cancel(), rename: () => undefined },
  {
    g: () => twin.toggle(),
    i: () => inspector.enter(),
    "Shift+i": () => inspector.toggle(),
    "Shift+1": () => view.fit(),
    "Shift+2": () => view.fitSelection(),
  },
);
const clicks = /** @type {Record<string, () => unknown>} */ ({
  "zoom-in": () => scene.viewport.zoom(1.25),
  "zoom-out": () => scene.viewport.zoom(0.8),
  "zoom-reset": () => scene.viewport.zoom(1 / scene.viewport.k),
  fit: () => view.fit(),
});
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-action]") : null;
  clicks[button?.getAttribute("data-action") ?? ""]?.();
});
wireTabs();
twin.sync();
view.fit(false);
