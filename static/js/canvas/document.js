import { Emitter } from "../lib/emitter.js";
import { apply } from "./edits.js";
import { History } from "./history.js";

/**
 * The design that the page shows: what the server confirmed, and on top of it the edits of this person
 * that are still on their way. The server orders; a refused edit disappears from the page again.
 *
 * @typedef {{ ref: string, edit: Edit }} Pending
 * @typedef {{ change: { before: Design, after: Design, edit: Edit | null, own: boolean }, refused: Problem[],
 *   saving: boolean, revision: number, send: Pending, stuck: Edit }} DocumentEvents
 * @extends {Emitter<DocumentEvents>}
 */
export class DesignDocument extends Emitter {
  /** @type {Design} */
  #confirmed;
  /** @type {Pending[]} */
  #pending = [];
  #refs = 0;
  // Refs travel to everybody, so two people must not choose the same one.
  #me = Math.random().toString(36).slice(2, 8);

  /** @param {Design} design @param {number} revision @param {() => number} [now] ms */
  constructor(design, revision, now = () => performance.now()) {
    super();
    this.#confirmed = design;
    this.design = design;
    this.revision = revision;
    this.history = new History();
    this.now = now;
  }

  /** @param {string} id */
  node(id) {
    return this.design.nodes.find((node) => node.id === id) ?? null;
  }
  /** @param {string} id */
  link(id) {
    return this.design.links.find((link) => link.id === id) ?? null;
  }
  /** The shown name of a node, or of a link by its ends. @param {string} id @returns {string} */
  nameOf(id) {
    const node = this.node(id);
    if (node) return node.name || node.id;
    const link = this.link(id);
    return link ? `${this.nameOf(link.source)} → ${this.nameOf(link.target)}` : id;
  }

  /** Apply at once and send. False when this design cannot take the edit. @param {Edit} edit */
  submit(edit) {
    return this.#submit(edit, (ref, inverse) => this.history.did(ref, edit, inverse, this.now()));
  }

  undo() {
    return this.#again(this.history.takeUndo(), (ref, inverse) => this.history.undid(ref, inverse));
  }

  redo() {
    return this.#again(this.history.takeRedo(), (ref, inverse) => this.history.redid(ref, inverse));
  }

  /** A step that no longer fits is dropped and told; the one before it waits for another key. @param {Edit | null} edit @param {(ref: string, inverse: Edit) => void} remember */
  #again(edit, remember) {
    if (edit === null) return false;
    const done = this.#submit(edit, remember);
    if (!done) this.emit("stuck", edit);
    return done;
  }

  /** @param {Edit} edit @param {(ref: string, inverse: Edit) => void} remember */
  #submit(edit, remember) {
    const step = apply(this.design, edit);
    if (!step) return false;
    const pending = { ref: `${this.#me}-${++this.#refs}`, edit };
    this.#pending.push(pending);
    remember(pending.ref, step.inverse);
    this.#show(step.design, edit, true);
    this.emit("saving", true);
    this.emit("send", pending);
    return true;
  }

  /** @param {{ revision: number, ref: string | null, edit: Edit, inverse?: Edit }} message */
  accepted({ revision, ref, edit, inverse }) {
    if (revision <= this.revision) return;
    const step = apply(this.#confirmed, edit);
    if (step) this.#confirmed = step.design;
    this.revision = revision;
    const mine = this.#pending.findIndex((pending) => pending.ref === ref);
    const [sent] = mine >= 0 ? this.#pending.splice(mine, 1) : [];
    if (sent && inverse) this.history.settle(sent.ref, inverse);
    // The usual case: it is the oldest of mine and already on the page, word for word.
    const shown = mine === 0 && JSON.stringify(sent.edit) === JSON.stringify(edit);
    if (!shown) this.#rebase(edit, mine >= 0);
    this.emit("revision", revision);
    if (this.#pending.length === 0) this.emit("saving", false);
  }

  /** @param {{ ref: string, problems: Problem[] }} message */
  refused({ ref, problems }) {
    if (!this.#pending.some((pending) => pending.ref === ref)) return;
    this.#pending = this.#pending.filter((pending) => pending.ref !== ref);
    this.history.forget(ref);
    this.#rebase(null, true);
    this.emit("refused", problems);
    if (this.#pending.length === 0) this.emit("saving", false);
  }

  /** The server's whole truth, after a first or a lost connection. @param {{ revision: number, design: Design }} message */
  snapshot({ revision, design }) {
    this.#confirmed = design;
    this.revision = revision;
    this.#rebase(null, false);
    this.emit("revision", revision);
  }

  /** Ids of all nodes and links that the server has. */
  get stored() {
    return [...this.#confirmed.nodes, ...this.#confirmed.links].map((item) => item.id);
  }

  /** What has not been answered yet, oldest first. */
  get pending() {
    return [...this.#pending];
  }

  /** When the server has answered everything, but no later than after `most` ms. @param {number} most @returns {Promise<void>} */
  settled(most) {
    return new Promise((done) => {
      if (this.#pending.length === 0) return done();
      const stop = this.on("saving", (saving) => {
        if (saving) return;
        stop();
        done();
      });
      setTimeout(done, most);
    });
  }

  /** @param {Edit | null} edit @param {boolean} own */
  #rebase(edit, own) {
    let design = this.#confirmed;
    for (const pending of this.#pending) design = apply(design, pending.edit)?.design ?? design;
    this.#show(design, edit, own);
  }

  /** @param {Design} after @param {Edit | null} edit @param {boolean} own */
  #show(after, edit, own) {
    const before = this.design;
    this.design = after;
    this.emit("change", { before, after, edit, own });
  }
}
