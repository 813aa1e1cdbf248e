/** Smoothing for shown values: an average whose memory fades with virtual time. */

export const TAU_S = 2.5; // rates
export const GAUGE_TAU_S = 1.2; // what the machine has averaged over one to two seconds already
export const SHARE_TAU_S = 1.5; // shares weigh by count, so a flood stays in them longer than its time

export class Smooth {
  #sum = 0;
  #weight = 0;

  /** @param {number} [tau] seconds */
  constructor(tau = TAU_S) {
    this.tau = tau;
  }

  /** Null as long as nothing came in. @returns {number | null} */
  get value() {
    return this.#weight > 0 ? this.#sum / this.#weight : null;
  }

  /** Null means that there is no data: the old value fades out of sight at once. @param {number | null} sample @param {number} dt seconds */
  add(sample, dt) {
    if (sample === null) {
      this.#sum = this.#weight = 0;
      return;
    }
    const keep = Math.exp(-dt / this.tau);
    this.#sum = this.#sum * keep + sample * (1 - keep);
    this.#weight = this.#weight * keep + (1 - keep);
  }
}

/** A ratio of two counts: both are smoothed, so that many small ones weigh as one large one. */
export class SmoothShare {
  #part;
  #whole;

  /** @param {number} [tau] seconds */
  constructor(tau = SHARE_TAU_S) {
    this.#part = new Smooth(tau);
    this.#whole = new Smooth(tau);
  }

  /** @param {number} part @param {number} whole @param {number} dt */
  add(part, whole, dt) {
    this.#part.add(part / dt, dt);
    this.#whole.add(whole / dt, dt);
  }

  /** Null while there is nothing to have a share of. @returns {number | null} */
  get value() {
    const [part, whole] = [this.#part.value ?? 0, this.#whole.value ?? 0];
    // A millionth each second is the long tail of an average, not traffic.
    if (whole < 1e-3) return part > 1e-3 ? 1 : null;
    return Math.min(1, part / whole);
  }
}
