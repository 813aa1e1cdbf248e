import { ms } from "./decode.js";
import { Hysteresis, rank, widthClass } from "./levels.js";
import { GAUGE_TAU_S, Smooth, SmoothShare } from "./smooth.js";

/** What the page shows of one link: its rate, what it loses, how it looks. */

const LOST = [0.01, 0.05];

/** @typedef {import("./decode.js").Row} Row */
/** @typedef {"rest" | "healthy" | "strained" | "failing" | "cut"} Look */

export class LinkState {
  /** @type {Look} */
  look = "rest";
  width = 0;
  outstanding = 0;
  breaker = -1;
  #rate = new Smooth();
  #p50 = new Smooth(GAUGE_TAU_S);
  #p99 = new Smooth(GAUGE_TAU_S);
  #lost = new SmoothShare();
  #retried = new SmoothShare();
  #state = new Hysteresis();

  /** @param {string} id @param {string} source @param {string} target */
  constructor(id, source, target) {
    this.id = id;
    this.source = source;
    this.target = target;
  }

  /** Tries each second. */
  get rate() {
    return this.#rate.value;
  }
  get p50() {
    return this.#p50.value;
  }
  get p99() {
    return this.#p99.value;
  }
  /** Share of tries that fail, wherever the failure starts. */
  get lost() {
    return this.#lost.value ?? 0;
  }
  /** Tries for each call: 1 without retries. */
  get amplification() {
    const share = Math.min(this.#retried.value ?? 0, 0.99);
    return 1 / (1 - share);
  }

  /** @param {Row} row @param {number} dt */
  add(row, dt) {
    this.outstanding = row.outstanding;
    this.breaker = row.breaker;
    if (dt <= 0) return;
    this.#rate.add(row.tries / dt, dt);
    this.#p50.add(ms(row.p50_us), dt);
    this.#p99.add(ms(row.p99_us), dt);
    this.#lost.add(row.failed, row.ok + row.failed, dt);
    this.#retried.add(row.retries, row.tries, dt);
    this.width = widthClass(this.width, this.rate ?? 0);
  }

  /**
   * @param {{ t: number, target: Health, inherited: number }} seen the health of the callee, and the share
   *   that gets lost beyond it
   */
  judge({ t, target, inherited }) {
    const own = this.lost - inherited;
    const entered = rank(this.lost, [LOST[0]]) + rank(own, [LOST[1]]);
    const kept = rank(this.lost, [LOST[0] * 0.6]) + rank(own, [LOST[1] * 0.6]);
    const state = this.#state.step(entered, kept, t);
    const idle = (this.rate ?? 0) < 0.05;
    if (this.breaker === 2 || (target === "down" && this.lost > 0.5)) this.look = "cut";
    else if (idle && state === 0) this.look = "rest";
    else if (state === 2 || (target === "failing" && state > 0)) this.look = "failing";
    else this.look = state === 1 || target === "failing" ? "strained" : "healthy";
  }
}
