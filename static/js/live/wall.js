import { show } from "../lib/dom.js";
import { still } from "../lib/tokens.js";
import { Tile } from "./tile.js";

/** The wall: a tile for every learner. It sorts itself at most every 10 s, and never under the pointer. */

const SORT_MS = 10_000;
const MOVE_MS = 300;
const ORDER = { failing: 0, strained: 1, ok: 2, idle: 3, down: 4 };

/** @typedef {"trouble" | "name" | "joined"} Sorting */

export class Wall {
  /** @type {Map<string, Tile>} */
  tiles = new Map();
  /** @type {Sorting} */
  sorting = "trouble";
  #sorted = 0;
  #over = false;

  /** @param {HTMLElement} place @param {(id: string) => void} chosen */
  constructor(place, chosen) {
    this.place = place;
    place.addEventListener("pointerenter", () => {
      this.#over = true;
    });
    place.addEventListener("pointerleave", () => {
      this.#over = false;
    });
    place.addEventListener("click", (event) => {
      const tile = event.target instanceof Element ? event.target.closest("[data-participant]") : null;
      if (tile) chosen(tile.getAttribute("data-participant") ?? "");
    });
  }

  /** @param {{ people: import("./line.js").Person[], gone: string[] }} news */
  know({ people, gone }) {
    for (const id of gone) {
      this.tiles.get(id)?.element.remove();
      this.tiles.delete(id);
    }
    for (const person of people) {
      const known = this.tiles.get(person.id);
      if (known) known.know(person);
      else {
        const tile = new Tile(person);
        this.tiles.set(person.id, tile);
        this.place.append(tile.element);
      }
    }
    show(this.place, this.tiles.size > 0);
  }

  /** @param {import("./line.js").WallNews} news */
  add({ rows, here, nodes }) {
    const present = new Set(here);
    for (const [id, tile] of this.tiles) tile.add(rows[id], nodes[id], present.has(id));
    if (performance.now() - this.#sorted > SORT_MS && !this.#over) this.sort();
  }

  /** In the order of the wall. */
  get ordered() {
    const place = (/** @type {Tile} */ tile) => ORDER[tile.state] * 10 - (tile.person.hand ? 5 : 0);
    const bad = (/** @type {Tile} */ tile) => (tile.row?.failed ?? 0) * 1e6 + (tile.row?.p99_ms ?? 0);
    const tiles = [...this.tiles.values()];
    if (this.sorting === "name") tiles.sort((a, b) => a.person.name.localeCompare(b.person.name));
    if (this.sorting === "trouble") tiles.sort((a, b) => place(a) - place(b) || bad(b) - bad(a));
    return tiles;
  }

  sort() {
    this.#sorted = performance.now();
    const wanted = this.ordered.map((tile) => tile.element);
    if (wanted.every((element, index) => this.place.children[index] === element)) return;
    const before = new Map(wanted.map((element) => [element, element.getBoundingClientRect()]));
    const focused = document.activeElement;
    this.place.append(...wanted);
    if (focused instanceof HTMLElement && this.place.contains(focused)) focused.focus();
    if (still()) return;
    for (const [element, was] of before) {
      const now = element.getBoundingClientRect();
      const [dx, dy] = [was.left - now.left, was.top - now.top];
      if (dx || dy)
        element.animate([{ transform: `translate(${dx}px, ${dy}px)` }, { transform: "none" }], { duration: MOVE_MS });
    }
  }

  /** How many tiles are in each state. */
  get counts() {
    const counts = { failing: 0, strained: 0, ok: 0, idle: 0, down: 0 };
    for (const tile of this.tiles.values()) counts[tile.state] += 1;
    return counts;
  }
}
