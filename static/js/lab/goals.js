import { find, need, setAttr, setText } from "../lib/dom.js";
import * as format from "../lib/format.js";
import { shapeIcon } from "../lib/shapes.js";
import { Measures } from "./measures.js";

/**
 * The list of goals: while a run is on it ticks what frames can show, and the price with every revision. What only the
 * grader can tell keeps what the last verdict said.
 *
 * @typedef {{ id: string, measure: string, at_most: number | null, at_least: number | null, unit: string, live: boolean }} Goal
 * @typedef {import("../stream/run_session.js").RunSession} RunSession
 */

const SAY_MS = 500; // numbers that change faster cannot be read

export class Goals {
  /** @type {RunSession | null} */
  #session = null;
  #measures;
  #said = 0;

  /** @param {{ goals: Goal[], warmup_s: number }} lab */
  constructor({ goals, warmup_s }) {
    this.warm_s = warmup_s;
    this.#measures = new Measures(warmup_s);
    this.goals = goals.filter((goal) => find(`#brief [data-goal="${goal.id}"]`));
  }

  /** @param {RunSession} session */
  watch(session) {
    if (this.#session === session) return;
    this.#session = session;
    this.#measures = new Measures(this.warm_s);
    session.on("paint", (live) => {
      this.#measures.see(live);
      if (performance.now() - this.#said < SAY_MS) return;
      this.#said = performance.now();
      if (!this.#measures.ready) return;
      for (const goal of this.goals)
        if (goal.live && goal.measure !== "cost.per_month")
          this.#show(goal, this.#measures.of(goal.measure, live), "in this run");
    });
  }

  /** @param {{ goals: Record<string, { value: number }> }} answer */
  price({ goals }) {
    for (const goal of this.goals) if (goal.id in goals) this.#show(goal, goals[goal.id].value, "of this revision");
  }

  /** @param {Goal} goal @param {number | null} value @param {string} note */
  #show(goal, value, note) {
    const row = need(`#brief [data-goal="${goal.id}"]`);
    const health = value !== null && holds(goal, value) ? "ok" : "failing"; // no value holds nothing
    if (row.dataset.health !== health) {
      setAttr(row, "data-health", health);
      need(".goal-shape", row).replaceChildren(shapeIcon(health));
    }
    setText(need(".goal-value", row), value === null ? format.NONE : said(value, goal.unit));
    setText(need(".goal-note", row), note);
    const kept = document.querySelectorAll('#brief .goal[data-health="ok"]').length;
    setText(need("#goals-kept"), `${kept} of ${this.goals.length}`);
  }
}

/** @param {Pick<Goal, "at_most" | "at_least">} goal @param {number} value */
export function holds(goal, value) {
  return (goal.at_most === null || value <= goal.at_most) && (goal.at_least === null || value >= goal.at_least);
}

/** @param {number} value @param {string} unit */
export function said(value, unit) {
  if (unit === "ms") return format.time(value);
  if (unit === "s") return format.time(value * 1000);
  if (unit === "%") return format.percent(value);
  if (unit === "$") return `$\u2009${format.whole(value)}`;
  return `${value.toFixed(2)}${unit ? `\u2009${unit}` : ""}`;
}
