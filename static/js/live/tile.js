import { h, icon, s, setAttr, setText, show } from "../lib/dom.js";
import { NONE, percent, time } from "../lib/format.js";
import { HEALTH_WORDS } from "../lib/shapes.js";

/** One learner on the wall: a small picture of the design coloured by health, and four facts below it. */

const [SPARK_W, SPARK_H] = [112, 18];
/** @type {Record<string, string>} */
const LETTERS = { o: "ok", s: "strained", f: "failing", d: "down", i: "idle" };

/** What a card is called: `away` and `idle` are no health of a run. @type {Record<string, string>} */
export const STATE_WORDS = { ...HEALTH_WORDS, down: "away", idle: "not running" };

/** @typedef {import("./line.js").Person} Person @typedef {import("./line.js").Row} Row */

export class Tile {
  /** @type {Row | null} */
  row = null;
  /** @type {(number | null)[]} */
  spark = [];
  here = true;
  /** @type {Person} */
  person;
  #drawn = "";
  /** @type {Map<string, Element>} */
  #nodes = new Map();
  /** @type {{ target: string, path: Element }[]} */
  #lines = [];
  /** @type {string[]} */
  #names = [];

  /** @param {Person} person */
  constructor(person) {
    this.person = person;
    this.picture = s("svg", { class: "tile-picture", viewBox: "0 0 264 104", "aria-hidden": "true" });
    this.mark = s("use", { href: "#shape-idle" });
    this.name = h("span", { class: "tile-name" });
    this.words = h("span", { class: "visually-hidden" });
    this.raised = h("span", { class: "tile-hand hidden", title: "Asks for help" }, icon("hand-stop"));
    this.p99 = h("span", { class: "tile-p99" }, NONE);
    this.failed = h("span", { class: "tile-failed" }, NONE);
    this.slo = h("span", { class: "tile-slo" });
    this.path = s("path", { class: "tile-spark-line" });
    this.area = s("path", { class: "tile-spark-area" });
    const spark = s("svg", { class: "tile-spark", viewBox: `0 0 ${SPARK_W} ${SPARK_H}`, "aria-hidden": "true" });
    spark.append(this.area, this.path);
    this.mate = s("svg", { class: "shape tile-shape", "aria-hidden": "true" }, this.mark);
    const first = h("span", { class: "tile-row" }, this.mate, this.name, this.words, this.raised, this.p99);
    const second = h("span", { class: "tile-row tile-second" }, spark, this.slo, this.failed);
    this.element = h(
      "button",
      { class: "tile", type: "button", "data-participant": person.id },
      this.picture,
      first,
      second,
    );
    this.know(person);
  }

  /** @returns {Health} the state of the card */
  get state() {
    if (!this.here) return "down";
    return this.row ? this.row.health : "idle";
  }

  /** @param {Person} person */
  know(person) {
    const other = person.run !== this.person.run;
    this.person = person;
    setText(this.name, person.name);
    show(this.raised, person.hand);
    if (other || !person.run) {
      this.row = null;
      this.spark = [];
    }
    const drawn = JSON.stringify(person.picture);
    if (drawn !== this.#drawn) {
      this.#drawn = drawn;
      this.#draw();
    }
    this.paint();
  }

  #draw() {
    const { tiles = [], lines = [] } = this.person.picture ?? {};
    this.#lines = lines.map(({ target, d }) => ({ target, path: s("path", { class: "tile-line", d }) }));
    this.#nodes = new Map(
      tiles.map(({ id, x, y, icon: name }) => [
        id,
        s(
          "g",
          { class: "tile-node", transform: `translate(${x} ${y})` },
          s("rect", { width: 30, height: 18, rx: 5 }),
          s("use", { href: `#i-${name}`, x: 9.5, y: 3.5, width: 11, height: 11 }),
        ),
      ]),
    );
    this.#names = tiles.map((tile) => tile.id);
    this.picture.replaceChildren(...this.#lines.map((line) => line.path), ...this.#nodes.values());
  }

  /** @param {Row | undefined} row @param {string[] | undefined} names whose letter is whose, if not the picture's order @param {boolean} here */
  add(row, names, here) {
    const newer = row && row.t_s !== this.row?.t_s;
    this.row = row ?? null;
    this.here = here;
    if (row && newer) {
      this.spark.push(row.p99_ms);
      if (this.spark.length > 60) this.spark.shift();
    }
    this.paint(names ?? this.#names);
  }

  /** @param {string[]} names */
  paint(names = this.#names) {
    const { row, state } = this;
    setAttr(this.element, "data-state", state);
    setAttr(this.mark, "href", `#shape-${state}`);
    setAttr(this.mate, "class", `shape tile-shape shape-${state}`);
    setText(this.p99, row && this.here ? time(row.p99_ms) : NONE);
    setText(this.failed, row && this.here ? `${percent(row.failed)} failed` : `${NONE} failed`);
    setText(this.slo, row && this.here ? `goals ${row.slo}` : state === "down" ? "away" : "not running");
    setAttr(this.slo, "data-met", row?.slo ?? "");
    const health = new Map(names.map((id, index) => [id, LETTERS[row?.nodes[index] ?? "i"]]));
    for (const [id, node] of this.#nodes)
      setAttr(node, "data-health", row && this.here ? (health.get(id) ?? "idle") : "none");
    for (const { target, path } of this.#lines)
      setAttr(path, "data-health", row && this.here ? (health.get(target) ?? "idle") : "none");
    setText(this.words, `, ${STATE_WORDS[state]}${this.person.hand ? ", asks for help" : ""}, p99`);
    const line = sparkPath(this.spark, SPARK_W, SPARK_H);
    setAttr(this.path, "d", line);
    setAttr(this.area, "d", line ? `${line}V${SPARK_H}H0Z` : "");
  }
}

/** A line through the values, newest at the right; logarithmic, as latencies are. @param {(number | null)[]} values @param {number} w @param {number} h2 */
export function sparkPath(values, w, h2) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return "";
  const scale = (/** @type {number} */ value) => Math.log10(Math.max(value, 1));
  const top = Math.max(...known.map(scale), 2);
  const low = Math.min(...known.map(scale));
  const step = w / Math.max(values.length - 1, 1);
  let last = low;
  const points = values.map((value, index) => {
    last = value === null ? last : scale(value);
    const y = h2 - 2 - ((last - low) / Math.max(top - low, 0.3)) * (h2 - 4);
    return `${(index * step).toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join("L")}`;
}
