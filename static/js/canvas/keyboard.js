import { dispatch, stroke } from "../lib/keys.js";
import * as actions from "./actions.js";
import { neighbour, tabOrder } from "./walk.js";

/**
 * The canvas by keys. Single letters work only while the canvas has the focus.
 *
 * @typedef {import("./actions.js").Bench} Bench
 * @typedef {Record<string, (event: KeyboardEvent) => unknown>} KeyTable
 * @typedef {{ cancelDrag: () => boolean, rename: (id: string) => void }} Hands
 */

const ARROWS = /** @type {const} */ (["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]);
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Keyboard {
  /** @type {string | null} the node that a link is being drawn from by keys */
  linking = null;

  /** @param {Bench} bench @param {Hands} hands @param {KeyTable} more what the page adds: run, break, inspect … */
  constructor(bench, hands, more) {
    this.bench = bench;
    this.hands = hands;
    this.table = { ...this.#table(), ...more };
    bench.scene.stage.addEventListener("keydown", (event) => {
      if (stroke(event).endsWith("Tab")) this.#tab(event);
      else dispatch(event, this.table);
    });
    bench.scene.stage.addEventListener("focusin", (event) => this.#focused(event));
  }

  /** The node or link that has the focus, else the one that is selected. @returns {string | null} */
  get current() {
    return focusedId() ?? this.bench.selection.only;
  }

  /** @returns {KeyTable} */
  #table() {
    const { bench } = this;
    const { viewport } = bench.scene;
    /** @type {KeyTable} */
    const table = {
      Enter: () => this.#enter(),
      Escape: () => this.#escape(),
      Delete: () => this.#remove(),
      Backspace: () => this.#remove(),
      F2: () => this.current && this.hands.rename(this.current),
      "Ctrl+z": () => bench.doc.undo(),
      "Ctrl+Shift+z": () => bench.doc.redo(),
      "Ctrl+y": () => bench.doc.redo(),
      "Ctrl+a": () => actions.selectAll(bench),
      "Ctrl+d": () => actions.duplicate(bench),
      0: () => viewport.zoom(1 / viewport.k),
      "+": () => viewport.zoom(1.25),
      "=": () => viewport.zoom(1.25),
      "-": () => viewport.zoom(0.8),
    };
    for (const arrow of ARROWS) {
      const [dx, dy] = STEPS[arrow];
      table[arrow] = () => this.#walk(arrow);
      table[`Shift+${arrow}`] = () => actions.nudge(bench, dx * 8, dy * 8);
      table[`Alt+${arrow}`] = () => actions.nudge(bench, dx, dy);
    }
    return table;
  }

  /** @param {string} id */
  focus(id) {
    const { scene } = this.bench;
    (scene.nodes.get(id) ?? scene.links.get(id))?.g.focus({ preventScroll: true });
    const link = scene.links.get(id)?.link;
    const rect = scene.bounds(link ? [link.source, link.target] : [id]);
    if (rect) scene.viewport.reveal(rect);
  }

  /** Selection follows the focus of keys; a click has chosen by itself. @param {FocusEvent} event */
  #focused(event) {
    const id = event.target instanceof Element ? event.target.getAttribute("data-id") : null;
    if (id && !this.linking && event.target instanceof Element && event.target.matches(":focus-visible")) {
      if (!this.bench.selection.has(id)) this.bench.selection.set([id]);
    }
  }

  /** @param {typeof ARROWS[number]} arrow */
  #walk(arrow) {
    const { scene, doc } = this.bench;
    const from = scene.links.has(this.current ?? "") ? (doc.link(this.current ?? "")?.source ?? null) : this.current;
    const next = from ? neighbour(scene.rects, from, arrow) : tabOrder(doc.design)[0];
    if (next) this.focus(next);
  }

  /** Through all nodes, callers first, then the links; at either end it leaves the canvas. @param {KeyboardEvent} event */
  #tab(event) {
    const order = tabOrder(this.bench.doc.design);
    const at = order.indexOf(focusedId() ?? "");
    const next = at < 0 ? (event.shiftKey ? null : order[0]) : order[at + (event.shiftKey ? -1 : 1)];
    if (next) this.focus(next);
    else if (at >= 0 && event.shiftKey) this.bench.scene.stage.focus();
    else return;
    event.preventDefault();
  }

  #enter() {
    const id = this.current;
    const { scene, doc, editable } = this.bench;
    if (!id || !editable || !scene.nodes.has(id)) return false;
    if (this.linking === null) {
      this.linking = id;
      scene.nodes.get(id)?.g.classList.add("linking");
      this.bench.say(
        `Link from ${doc.nameOf(id)}. Walk to the component that it calls and press Enter. Escape cancels.`,
      );
      return true;
    }
    const from = this.linking;
    this.#stopLinking();
    if (from !== id) actions.connect(this.bench, from, id);
    this.bench.selection.set([id]);
    return true;
  }

  #stopLinking() {
    const was = this.linking;
    this.linking = null;
    if (was) this.bench.scene.nodes.get(was)?.g.classList.remove("linking");
    return was !== null;
  }

  #escape() {
    if (this.hands.cancelDrag() || this.#stopLinking()) {
      this.bench.say("Cancelled");
      return true;
    }
    if (this.bench.selection.ids.size === 0) return false;
    this.bench.selection.clear();
    this.bench.scene.stage.focus({ preventScroll: true });
    return true;
  }

  #remove() {
    const { bench } = this;
    const focused = focusedId();
    if (bench.selection.ids.size === 0 && focused) bench.selection.set([focused]);
    if (!actions.remove(bench)) return false;
    bench.scene.stage.focus({ preventScroll: true });
    return true;
  }
}

const focusedId = () => document.activeElement?.closest("#stage [data-id]")?.getAttribute("data-id") ?? null;
