/**
 * Undo and redo of one person: stacks of inverse edits. What others do meanwhile stays, as a step back is a new edit.
 * Edits of the same knob within a moment are one step.
 */

const MERGE_MS = 1200;
const DEPTH = 200;

/** @typedef {{ ref: string, inverse: Edit, key: string | null, at: number }} Step */

export class History {
  /** @type {Step[]} */
  #undo = [];
  /** @type {Step[]} */
  #redo = [];

  get canUndo() {
    return this.#undo.length > 0;
  }
  get canRedo() {
    return this.#redo.length > 0;
  }

  /**
   * A new edit of this person.
   * @param {string} ref @param {Edit} edit @param {Edit} inverse @param {number} now in ms
   */
  did(ref, edit, inverse, now) {
    const key = edit.op === "set" ? `${edit.id} ${edit.param}` : null;
    const top = this.#undo.at(-1);
    this.#redo = [];
    // A slider sends many values while it moves; going back means going back to where it stood.
    if (top && key && top.key === key && now - top.at < MERGE_MS) top.at = now;
    else this.#undo.push({ ref, inverse, key, at: now });
    if (this.#undo.length > DEPTH) this.#undo.shift();
  }

  /** The edit that takes the last step back; its own inverse must be given to `undid`. */
  takeUndo() {
    return this.#undo.pop()?.inverse ?? null;
  }
  takeRedo() {
    return this.#redo.pop()?.inverse ?? null;
  }

  /** @param {string} ref @param {Edit} inverse */
  undid(ref, inverse) {
    this.#redo.push({ ref, inverse, key: null, at: 0 });
  }
  /** @param {string} ref @param {Edit} inverse */
  redid(ref, inverse) {
    this.#undo.push({ ref, inverse, key: null, at: 0 });
  }

  /** The server put it behind edits of others, so going back leads to another place. @param {string} ref @param {Edit} inverse */
  settle(ref, inverse) {
    for (const step of [...this.#undo, ...this.#redo]) if (step.ref === ref) step.inverse = inverse;
  }

  /** The server refused it: there is nothing to take back. @param {string} ref */
  forget(ref) {
    this.#undo = this.#undo.filter((step) => step.ref !== ref);
    this.#redo = this.#redo.filter((step) => step.ref !== ref);
  }
}
