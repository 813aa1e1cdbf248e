import { Emitter } from "../lib/emitter.js";

/** What is selected, nodes and links alike, by id. @extends {Emitter<{ change: Set<string> }>} */
export class Selection extends Emitter {
  /** @type {Set<string>} */
  ids = new Set();

  /** @param {Iterable<string>} ids */
  set(ids) {
    const next = new Set(ids);
    if (next.size === this.ids.size && [...next].every((id) => this.ids.has(id))) return;
    this.ids = next;
    this.emit("change", next);
  }

  clear() {
    this.set([]);
  }

  /** @param {string} id */
  toggle(id) {
    const next = new Set(this.ids);
    if (!next.delete(id)) next.add(id);
    this.set(next);
  }

  /** @param {string} id */
  has(id) {
    return this.ids.has(id);
  }

  /** The one that is selected, if it is one. @returns {string | null} */
  get only() {
    return this.ids.size === 1 ? [...this.ids][0] : null;
  }

  /** Forget what is no longer there. @param {(id: string) => boolean} exists */
  keep(exists) {
    this.set([...this.ids].filter(exists));
  }
}
