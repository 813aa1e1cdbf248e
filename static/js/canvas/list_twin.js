import { h, icon, setText } from "../lib/dom.js";
import * as format from "../lib/format.js";
import { HEALTH_WORDS, shapeIcon } from "../lib/shapes.js";
import { connect, remove } from "./actions.js";
import { linkProblem } from "./rules.js";

/** The canvas as a table: the same names, numbers and actions, for who does not see or does not draw. */

/** @typedef {import("./actions.js").Bench} Bench */
/** @typedef {import("../stream/live.js").Live} Live */
/** @typedef {{ row: HTMLTableRowElement, health: HTMLElement, numbers: HTMLElement[], shown: string }} Row */

const COLUMNS = ["Component", "State", "Rate", "p99", "Load", "Queue", "Calls"];
const EVERY_MS = 500;

export class ListTwin {
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #painted = 0;

  /** @param {Bench} bench @param {HTMLElement} surface @param {(id: string) => void} breakIt opens the faults of a node */
  constructor(bench, surface, breakIt) {
    this.bench = bench;
    this.breakIt = breakIt;
    this.body = h("tbody");
    const head = h("tr", {}, ...COLUMNS.map((name) => h("th", { scope: "col" }, name)));
    const close = h(
      "button",
      { class: "btn ghost square small", type: "button", "aria-label": "Close the list" },
      icon("x"),
    );
    close.addEventListener("click", () => this.toggle());
    this.box = h(
      "section",
      { class: "float twin", "aria-label": "Components as a list", tabindex: -1, hidden: true },
      h("header", { class: "popover-head" }, h("h2", {}, "Components"), close),
      h("div", { class: "twin-scroll" }, h("table", {}, h("thead", {}, head), this.body)),
    );
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.toggle();
    });
    surface.append(this.box);
    bench.selection.on("change", () => this.#mark());
  }

  toggle() {
    this.box.hidden = !this.box.hidden;
    if (this.box.hidden) this.bench.scene.stage.focus({ preventScroll: true });
    else {
      this.sync();
      this.box.focus();
    }
  }

  /** Follow the design. */
  sync() {
    if (this.box.hidden) return;
    const { doc, catalogue } = this.bench;
    this.#rows = new Map();
    this.body.replaceChildren(
      ...doc.design.nodes.map((node) => {
        const name = h("button", { class: "wire", type: "button" }, icon(catalogue.kind(node.kind).icon), node.name);
        name.addEventListener("click", () => this.bench.selection.set([node.id]));
        const health = h("td", { class: "twin-state" });
        const numbers = [1, 2, 3, 4].map(() => h("td", { class: "twin-number" }, format.NONE));
        const row = h("tr", {}, h("th", { scope: "row" }, name), health, ...numbers, h("td", {}, this.#calls(node)));
        this.#rows.set(node.id, { row, health, numbers, shown: "" });
        return row;
      }),
    );
    this.#mark();
    this.paint(null, true);
  }

  /** Whom it calls, whom it could call, and what else can be done with it. @param {DesignNode} node */
  #calls(node) {
    const { doc, catalogue, editable } = this.bench;
    const { design } = doc;
    const callees = design.links.filter((link) => link.source === node.id).map((link) => doc.nameOf(link.target));
    const cell = h("div", { class: "twin-calls" }, h("span", {}, callees.join(", ") || format.NONE));
    if (!editable) return cell;
    const possible = design.nodes.filter((other) => !linkProblem(design, catalogue, node.id, other.id));
    if (possible.length > 0) {
      const select = h("select", { class: "select bare", "aria-label": `Connect ${node.name} to` });
      select.append(
        h("option", { value: "" }, "Connect to…"),
        ...possible.map((o) => h("option", { value: o.id }, o.name)),
      );
      select.addEventListener("change", () => select.value && connect(this.bench, node.id, select.value));
      cell.append(select);
    }
    cell.append(
      this.#button("flame", `Break ${node.name}`, () => this.breakIt(node.id)),
      this.#button("trash", `Remove ${node.name}`, () => remove(this.bench, [node.id])),
    );
    return cell;
  }

  /** @param {string} name @param {string} label @param {() => void} action */
  #button(name, label, action) {
    const button = h(
      "button",
      { class: "btn ghost square small", type: "button", "aria-label": label, title: label },
      icon(name),
    );
    button.addEventListener("click", action);
    return button;
  }

  #mark() {
    for (const [id, { row }] of this.#rows) row.classList.toggle("selected", this.bench.selection.has(id));
  }

  /** @param {Live | null} live @param {boolean} [now] */
  paint(live, now = false) {
    if (this.box.hidden || (!now && performance.now() - this.#painted < EVERY_MS)) return;
    this.#painted = performance.now();
    for (const [id, row] of this.#rows) {
      const state = live?.nodes.get(id);
      const health = state?.health ?? "idle";
      if (row.shown !== health) row.health.replaceChildren(shapeIcon(health), HEALTH_WORDS[health]);
      row.shown = health;
      const ok = live?.totals.okShare(id) ?? null;
      const load = ok === null ? format.percent(state?.load ?? null) : `${format.percent(ok)} ok`;
      const values = [
        format.rate(state?.rate ?? null),
        format.time(state?.p99 ?? null),
        load,
        format.whole(state?.queue ?? 0),
      ];
      row.numbers.forEach((cell, i) => setText(cell, state ? values[i] : format.NONE));
    }
  }
}
