import * as actions from "../canvas/actions.js";
import { find, need } from "../lib/dom.js";
import { FaultForms } from "./fault_forms.js";
import { controlOf, fillSliders, keepTwins, readControl } from "./field.js";
import { openTab } from "./tabs.js";

/**
 * The form of what is selected. The server draws it; a change becomes an edit of the design and, while a run is on, a
 * command to the run. Sliders apply while they move.
 *
 * @typedef {import("../canvas/actions.js").Bench} Bench
 * @typedef {import("../stream/run_session.js").RunSession} RunSession
 */

const SLIDE_MS = 80;
const RELOAD_MS = 120;
const PATIENCE_MS = 400;

export class Inspector {
  /** @type {RunSession | null} */
  session = null;
  hidden = false;
  #tab = "";
  #shown = "";
  #reload = 0;
  /** @type {Promise<void>} */
  #loading = Promise.resolve();
  #slide = 0;
  #revision = -1;
  /** @type {(() => void) | null} a slider's value that has not been sent */
  #late = null;

  /** @param {Bench} bench @param {import("../lib/urls.js").Urls} urls */
  constructor(bench, urls) {
    this.bench = bench;
    this.urls = urls;
    this.root = need("#inspector");
    this.faults = new FaultForms(bench, this.root, () => this.session);
    bench.selection.on("change", () => this.#follow());
    bench.doc.on("change", ({ edit, own }) => {
      if (!(own && edit?.op === "set" && !isGroupEdit(edit)) && !(edit?.op === "move")) this.#revision = -1;
    });
    bench.doc.on("revision", () => this.#revision === -1 && this.reload());
    bench.doc.on("refused", () => this.reload());
    this.root.addEventListener("input", (event) => this.#changed(event, true));
    this.root.addEventListener("change", (event) => this.#changed(event, false));
    this.root.addEventListener("click", (event) => this.#clicked(event));
    this.root.addEventListener("tab:open", (event) => {
      this.#tab = /** @type {HTMLElement} */ (event.target).id;
    });
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.#leave(event));
  }

  /** @param {RunSession | null} session */
  watch(session) {
    this.session = session;
    session?.on("faults", () => this.faults.show());
  }

  /** Away and back. */
  toggle() {
    this.hidden = !this.hidden;
    this.#follow();
  }

  /** Into the form of what is selected, by key. Escape leads back. */
  enter() {
    return this.#open("[role=tab][aria-selected=true]");
  }

  /** Show the faults of what is selected, ready to be broken. */
  openFaults() {
    this.#tab = "tab-faults";
    return this.#open("#panel-faults summary");
  }

  /** @param {string} first what gets the focus */
  async #open(first) {
    this.hidden = false;
    this.#follow();
    await this.#load();
    /** @type {HTMLElement | null} */ (find(first, this.root))?.focus();
  }

  #follow() {
    const ids = [...this.bench.selection.ids];
    this.root.hidden = ids.length === 0 || this.hidden;
    document.body.classList.toggle("has-selection", !this.root.hidden);
    if (!this.root.hidden && ids.join() !== this.#shown) this.reload(0);
  }

  /** What the server draws of it, in a moment. @param {number} [wait] */
  reload(wait = RELOAD_MS) {
    clearTimeout(this.#reload);
    this.#reload = window.setTimeout(() => this.#load(), wait);
  }

  /** One after another: a late answer must not overwrite a newer one, nor take the focus away. */
  #load() {
    clearTimeout(this.#reload);
    this.#loading = this.#loading.then(() => this.#draw()).catch(() => undefined);
    return this.#loading;
  }

  async #draw() {
    // What is not stored yet the server cannot draw.
    const stored = new Set(this.bench.doc.stored);
    const ids = [...this.bench.selection.ids].filter((id) => stored.has(id));
    if (this.root.hidden || ids.length === 0) return;
    const scroll = find(".inspector-panel:not([hidden])", this.root)?.scrollTop ?? 0;
    const open = [...this.root.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent);
    const focus = document.activeElement?.id ?? "";
    const again = ids.join() === this.#shown;
    if (again && halfTyped(this.root)) {
      this.reload(PATIENCE_MS);
      return;
    }
    this.#revision = this.bench.doc.revision;
    try {
      await htmx.ajax("GET", this.urls.inspector(ids), { target: this.root, swap: "innerHTML" });
    } catch {
      this.reload(PATIENCE_MS); // the server is away; it draws the panel when it is back
      return;
    }
    this.#shown = ids.join();
    const tab = document.getElementById(this.#tab);
    if (tab && this.root.contains(tab)) openTab(tab);
    if (again) {
      for (const summary of this.root.querySelectorAll("details > summary")) {
        if (open.includes(summary.textContent)) summary.parentElement?.setAttribute("open", "");
      }
      const panel = find(".inspector-panel:not([hidden])", this.root);
      if (panel) panel.scrollTop = scroll;
      if (focus) document.getElementById(focus)?.focus();
    }
    fillSliders(this.root);
    this.faults.show();
  }

  /** @param {Event} event @param {boolean} moving */
  #changed(event, moving) {
    const control = controlOf(event.target);
    const name = event.target instanceof HTMLInputElement ? event.target.dataset.rename : undefined;
    if (name && !moving) actions.rename(this.bench, name, /** @type {HTMLInputElement} */ (event.target).value);
    if (!control) return;
    if (moving && !control.dataset.twin) return;
    const value = readControl(control);
    if (value === undefined) {
      control.setAttribute("aria-invalid", "true");
      return;
    }
    control.removeAttribute("aria-invalid");
    keepTwins(control, value);
    if (control.dataset.option) return;
    this.#late = () => this.#send(control, value);
    if (!moving) this.#flush();
    else this.#slide ||= window.setTimeout(() => this.#flush(), SLIDE_MS);
  }

  /** What a slider has come to goes out now. */
  #flush() {
    clearTimeout(this.#slide);
    this.#slide = 0;
    this.#late?.();
  }

  /** @param {import("./field.js").Control} control @param {any} value */
  #send(control, value) {
    const { target = "", param = "", type } = control.dataset;
    this.#late = null;
    for (const input of control.closest(".field")?.querySelectorAll("input") ?? []) input.defaultValue = input.value;
    const owner = this.bench.doc.node(target) ?? this.bench.doc.link(target);
    if (!owner || !this.bench.editable) return;
    const [group, field] = param.split(".");
    const now = field ? owner.params[group]?.[field] : owner.params[group];
    if (JSON.stringify(now) === JSON.stringify(value)) return;
    const off = type === "group" && value === null;
    if (off) this.bench.doc.submit({ op: "unset", id: target, param });
    else this.bench.doc.submit({ op: "set", id: target, param, value });
    if (this.session?.isOn && !off) this.session.command({ command: "set", target, param, value });
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    const { action, select, param, target } = button.dataset;
    if (select) this.bench.selection.set([select]);
    if (action === "remove" && actions.remove(this.bench)) this.bench.scene.stage.focus();
    if (action === "unset" && this.bench.editable && param && target)
      this.bench.doc.submit({ op: "unset", id: target, param });
  }

  /** @param {KeyboardEvent} event */
  #leave(event) {
    event.stopPropagation();
    this.#flush();
    this.bench.scene.stage.focus({ preventScroll: true });
  }
}

/** Does it change which fields the form has? @param {{ value: any }} edit */
const isGroupEdit = ({ value }) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Is somebody in the middle of a value that has not been sent? @param {HTMLElement} root */
function halfTyped(root) {
  const field = document.activeElement;
  return field instanceof HTMLInputElement && root.contains(field) && field.value !== field.defaultValue;
}
