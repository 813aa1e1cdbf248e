import { addNode } from "../canvas/actions.js";
import { dropDrag } from "../canvas/tools/drop.js";
import { find, need } from "../lib/dom.js";

/** The list of kinds: search, drag onto the canvas, or click and Enter to put one beside what is selected. */

/** @typedef {import("../canvas/actions.js").Bench} Bench */

export class Palette {
  #dragged = false;

  /** @param {Bench} bench @param {(id: string) => void} added */
  constructor(bench, added) {
    this.bench = bench;
    this.added = added;
    this.root = need("#palette");
    this.search = /** @type {HTMLInputElement} */ (need("#palette-search"));
    this.rows = /** @type {HTMLElement[]} */ ([...this.root.querySelectorAll("[data-kind]")]);
    for (const row of this.rows) this.#wire(row);
    this.search.addEventListener("input", () => this.#filter());
    this.root.addEventListener("keydown", (event) => this.#keys(event));
    find("[data-action=palette]", this.root)?.addEventListener("click", () => this.toggle());
    find("[data-action=pin]", this.root)?.addEventListener("click", () => {
      document.body.classList.toggle("palette-pinned");
      this.toggle(false);
    });
    document.addEventListener("pointerdown", (event) => {
      if (!this.root.contains(/** @type {Node} */ (event.target))) this.toggle(false);
    });
  }

  /** The list, where it is folded. @param {boolean} [open] */
  toggle(open) {
    const now = document.body.classList.toggle("palette-open", open);
    find("[data-action=palette]", this.root)?.setAttribute("aria-expanded", String(now));
    if (now && open !== false) this.search.focus();
  }

  /** Where "/" goes. */
  open() {
    this.toggle(true);
    this.search.select();
  }

  /** @param {HTMLElement} row */
  #wire(row) {
    const kind = row.dataset.kind ?? "";
    row.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.bench.editable) return;
      this.#dragged = false;
      dropDrag(this.bench, event, kind, {
        done: (dragged) => {
          this.#dragged = dragged;
          if (dragged) this.toggle(false);
        },
      });
    });
    row.addEventListener("click", (event) => {
      // A drag ends in a click too.
      if (!(this.#dragged && event.detail > 0)) this.#add(kind);
      this.#dragged = false;
    });
  }

  /** @param {string} kind */
  #add(kind) {
    const id = addNode(this.bench, kind);
    if (!id) return;
    this.search.value = "";
    this.#filter();
    this.toggle(false);
    this.added(id);
  }

  /** Words in any order, anywhere in label, kind or family. */
  #filter() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of this.rows) {
      const kind = this.bench.catalogue.kind(row.dataset.kind ?? "");
      const text = `${kind.label} ${kind.kind} ${kind.family} ${kind.summary}`.toLowerCase();
      /** @type {HTMLElement} */ (row.parentElement ?? row).hidden = !words.every((word) => text.includes(word));
    }
    for (const family of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll(".family"))) {
      family.hidden = !family.querySelector("li:not([hidden])");
    }
    const none = find(".palette-none", this.root);
    if (none) none.hidden = this.#shown.length > 0;
  }

  get #shown() {
    return this.rows.filter((row) => !row.closest("[hidden]"));
  }

  /** A label that begins with what was typed comes before words inside a summary. @param {HTMLElement[]} shown */
  #best(shown) {
    const typed = this.search.value.trim().toLowerCase();
    const named = (/** @type {HTMLElement} */ row) =>
      this.bench.catalogue.kind(row.dataset.kind ?? "").label.toLowerCase();
    return shown.find((row) => named(row).startsWith(typed)) ?? shown[0];
  }

  /** @param {KeyboardEvent} event */
  #keys(event) {
    const shown = this.#shown;
    const at = shown.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (event.key === "ArrowDown") (shown[at + 1] ?? shown[0])?.focus();
    else if (event.key === "ArrowUp") (at > 0 ? shown[at - 1] : this.search).focus();
    else if (event.key === "Enter" && at < 0) this.#best(shown)?.click();
    else if (event.key === "Escape") {
      if (this.search.value) {
        this.search.value = "";
        this.#filter();
      } else {
        this.toggle(false);
        this.bench.scene.stage.focus({ preventScroll: true });
      }
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
