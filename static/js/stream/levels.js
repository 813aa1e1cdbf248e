/** From numbers to states without flicker: a state is left later than it was entered, and stays a second. */

export const LEVELS = /** @type {const} */ (["ok", "strained", "failing"]);
const STAY_S = 1;

/** Rank of a value against rising limits. @param {number} value @param {number[]} limits @param {number} band */
export const rank = (value, limits, band = 0) => limits.filter((limit) => value >= limit - band).length;

export class Hysteresis {
  /** @type {number} */
  rank = 0;
  #since = -Infinity;

  /**
   * @param {number} entered the rank by the limits at which a state is entered
   * @param {number} kept the rank by the limits at which it is left; never less than `entered`
   * @param {number} t seconds
   */
  step(entered, kept, t) {
    const next = entered > this.rank ? entered : Math.min(this.rank, Math.max(entered, kept));
    // Time that runs backwards means that another run began.
    if (next === this.rank || (t >= this.#since && t - this.#since < STAY_S)) return this.rank;
    this.#since = t;
    this.rank = next;
    return next;
  }
}

const LOAD_LIMITS = [0.7, 0.9];
const BAND = 0.05;

/** The colour of a dial. @param {Hysteresis} state @param {number} load @param {number} t */
export function loadLevel(state, load, t) {
  return LEVELS[state.step(rank(load, LOAD_LIMITS), rank(load, LOAD_LIMITS, BAND), t)];
}

/** Five widths of a line by its rate; a width changes only when the rate is 10 % past a border. */
export const WIDTHS = [1.5, 2, 2.6, 3.4, 4.4];
const RATES = [100, 1000, 10_000, 100_000];

/** @param {number} current class 0..4 @param {number} perSecond */
export function widthClass(current, perSecond) {
  const up = RATES.filter((limit) => perSecond >= limit * 1.1).length;
  const down = RATES.filter((limit) => perSecond >= limit * 0.9).length;
  return Math.max(up, Math.min(current, down));
}
