/** The past of a run, in two grains: the last minutes finely, and all of it in at most 1,200 points. */

const FINE_S = 0.5;
const RECENT_S = 120;
const WHOLE = 1200;

/** @typedef {{ t: number, p50: number | null, p95: number | null, p99: number | null, failing: number, served: number }} Moment */

export class Series {
  /** @type {Moment[]} */
  recent = [];
  /** @type {Moment[]} */
  whole = [];
  /** @type {{ t: number, event: RunEvent }[]} */
  events = [];
  #step = FINE_S;
  #lastFine = -Infinity;
  #lastWhole = -Infinity;
  #worst = 0;

  /** @param {Moment} moment */
  add(moment) {
    if (moment.t - this.#lastFine >= FINE_S - 1e-6) {
      this.#lastFine = moment.t;
      this.recent.push(moment);
      while (this.recent.length > 1 && this.recent[0].t < moment.t - RECENT_S) this.recent.shift();
    }
    // What falls between two points still shows its failures.
    this.#worst = Math.max(this.#worst, moment.failing);
    if (moment.t - this.#lastWhole < this.#step - 1e-6) return;
    this.whole.push({ ...moment, failing: this.#worst });
    this.#lastWhole = moment.t;
    this.#worst = 0;
    if (this.whole.length > WHOLE) this.#thin();
  }

  /** Every second point goes; of the two shares of failures the worse one stays. */
  #thin() {
    const kept = [];
    for (let i = 0; i < this.whole.length; i += 2) {
      const [a, b] = [this.whole[i], this.whole[i + 1] ?? this.whole[i]];
      kept.push(a.failing >= b.failing ? a : { ...a, failing: b.failing });
    }
    this.whole = kept;
    this.#step *= 2;
  }

  /** @param {RunEvent[]} events */
  note(events) {
    for (const event of events) this.events.push({ t: event.t_s, event });
  }
}
