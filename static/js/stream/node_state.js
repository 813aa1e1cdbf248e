import { ms } from "./decode.js";
import { Hysteresis, LEVELS, loadLevel } from "./levels.js";
import { GAUGE_TAU_S, Smooth, SmoothShare } from "./smooth.js";

/** What the page shows of one node: smoothed numbers, the colour of its dial, its health. */

const SPARK_S = 60;
const OWN = [0.01, 0.05]; // share of requests whose failure starts here: strained, failing
const PASSED = 0.01; // share that fails further down: a victim, strained at most
const WAITING = 0.5; // share of the busy slots that merely wait for a callee
const MISSES = 0.8; // hit ratio against what this cache had reached before

/** @typedef {import("./decode.js").Row} Row */
/**
 * `crowded`: for want of room or time, `unseen`: before it counted as an arrival, `late`: after its caller had gone.
 * @typedef {{ all: number, crowded: number, unseen: number, late: number }} Starts
 */

export class NodeState {
  /** @type {Health} */
  health = "idle";
  /** @type {Level} */
  level = "ok";
  /** @type {(number | null)[]} p99 in ms, one value each second, newest last */
  spark = [];
  queue = 0;
  queueCap = 0;
  down = 0;
  paused = 0;
  /** @type {number | null} */
  hits = null;
  growing = false;
  waiting = 0;
  /** Changes when the spark line does. */
  sparkStep = -1;
  #rate = new Smooth();
  #p99 = new Smooth(GAUGE_TAU_S);
  #load = new Smooth(GAUGE_TAU_S);
  #own = new SmoothShare();
  #passed = new SmoothShare();
  #hits = new SmoothShare();
  #usualHits = 0;
  #queueFast = new Smooth(1);
  #queueSlow = new Smooth(5);
  #dial = new Hysteresis();
  #state = new Hysteresis();

  /** @param {string} id @param {string} kind @param {number} replicas */
  constructor(id, kind, replicas) {
    this.id = id;
    this.kind = kind;
    this.replicas = replicas;
  }

  get rate() {
    return this.#rate.value;
  }
  get p99() {
    return this.#p99.value;
  }
  get load() {
    return this.#load.value;
  }
  /** Share of requests whose failure starts here, and not because it waits for a callee. */
  get own() {
    return this.#own.value ?? 0;
  }
  /** Share of requests that fail because of something further down. */
  get passed() {
    return this.#passed.value ?? 0;
  }
  get isDown() {
    return this.down >= this.replicas;
  }

  /**
   * @param {Row} row @param {Starts} starts failures that started here since the last frame @param {Row | undefined} counters
   * @param {number} waiting share of its slots that wait for callees @param {number} dt @param {number} t
   */
  add(row, starts, counters, waiting, dt, t) {
    this.waiting = waiting;
    this.queue = row.queue;
    this.queueCap = row.queue_cap;
    this.down = row.down;
    this.paused = row.paused;
    if (dt <= 0) return;
    this.#rate.add(row.arrivals / dt, dt);
    this.#p99.add(ms(row.p99_us), dt);
    this.#load.add(row.busy_permille < 0 ? null : row.busy_permille / 1000, dt);
    const seen = Math.max(row.arrivals + starts.unseen, starts.all);
    // Who is full because its callee is slow is a victim.
    const suffered = waiting >= WAITING ? starts.crowded : 0;
    this.#own.add(starts.all - suffered, seen, dt);
    const passed = Math.max(0, row.failed - (starts.all - starts.late)) + suffered;
    this.#passed.add(passed, Math.max(row.arrivals, passed), dt);
    this.#queueFast.add(row.queue, dt);
    this.#queueSlow.add(row.queue, dt);
    if (counters && "hits" in counters) this.#cache(counters, dt);
    this.#remember(row, t);
  }

  /** @param {Row} counters @param {number} dt */
  #cache(counters, dt) {
    this.#hits.add(counters.hits, counters.hits + counters.misses, dt);
    this.hits = this.#hits.value;
    // "Usual" follows a rising ratio slowly and a falling one hardly, so that an emptied cache stands out.
    const hits = this.hits ?? 0;
    this.#usualHits += (hits - this.#usualHits) * (1 - Math.exp(-dt / (hits > this.#usualHits ? 10 : 120)));
  }

  /** @param {Row} row @param {number} t */
  #remember(row, t) {
    const second = Math.floor(t);
    if (second === this.sparkStep) return;
    this.sparkStep = second;
    this.spark.push(ms(row.p99_us));
    if (this.spark.length > SPARK_S) this.spark.shift();
  }

  /**
   * The worst of the node's own signals; what it inherits from further down makes it strained at most.
   * @param {{ t: number, slow: boolean }} seen `slow`: p99 near its limit
   */
  judge({ t, slow }) {
    const load = this.load ?? 0;
    const [fast, usual] = [this.#queueFast.value ?? 0, this.#queueSlow.value ?? 0];
    this.growing = fast > usual * 1.02 + 0.5 || (this.queueCap > 0 && fast > 0.9 * this.queueCap);
    this.level = loadLevel(this.#dial, load, t);
    this.#state.step(this.#rank(0, slow), this.#rank(0.05, slow), t);
    const quiet = (this.rate ?? 0) < 0.05 && this.queue === 0 && load < 0.005;
    this.health = this.isDown ? "down" : quiet && this.#state.rank === 0 ? "idle" : LEVELS[this.#state.rank];
  }

  /** @param {number} band how far below a limit still counts @param {boolean} slow */
  #rank(band, slow) {
    const load = (this.load ?? 0) + band;
    const slack = band > 0 ? 0.6 : 1; // shares are small, so their band is a part of the limit
    // A queue that callers keep short by giving up does not grow, and still it is never empty.
    const standing = load >= 0.97 && (this.#queueFast.value ?? 0) >= 1;
    const overloaded = (load >= 0.9 && this.growing) || standing || (band > 0 && load >= 0.9 && this.queue > 0);
    if ((overloaded && this.waiting < WAITING) || this.own >= OWN[1] * slack) return 2;
    const cold = this.hits !== null && this.hits < this.#usualHits * (MISSES + band);
    const hurt = this.own >= OWN[0] * slack || this.passed >= PASSED * slack || this.down > 0 || this.paused > 0;
    return load >= 0.7 || hurt || cold || slow ? 1 : 0;
  }
}
