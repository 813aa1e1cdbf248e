import { Emitter } from "../lib/emitter.js";
import { FaultBook } from "./faults.js";
import { Live } from "./live.js";
import { Series } from "./series.js";

/**
 * One run as the page knows it: its channel, its numbers, its past, its faults. The newest frame is painted once a
 * picture; when frames stop, `stalled` says so and nothing moves.
 *
 * @typedef {import("./run_channel.js").RunChannel} RunChannel
 * @typedef {{ paint: Live, state: RunState, faults: FaultBook, events: RunEvent[], stalled: boolean, meta: Meta,
 *   refused: Problem[], accepted: any }} SessionEvents
 * @extends {Emitter<SessionEvents>}
 */
export class RunSession extends Emitter {
  static STALL_MS = 3000;
  static FLOW_MS = 1200;

  /** @type {Live | null} */
  live = null;
  series = new Series();
  /** @type {RunState} */
  state = { type: "run.state", status: "queued", place: null, detail: "", speed: 1 };
  stalled = false;
  achieved = 1;
  #request = 0;
  #frameAt = 0;
  #timer = 0;

  /**
   * @param {RunChannel} channel
   * @param {{ script: Json[], slots: (id: string) => number, limitMs: number | null }} design what the rules need of it
   */
  constructor(channel, design) {
    super();
    this.channel = channel;
    this.design = design;
    this.faults = new FaultBook(design.script);
    channel.on("meta", (meta) => this.#begin(meta));
    channel.on("frame", (frame) => this.#frame(frame));
    channel.on("state", (state) => {
      this.state = state;
      if (state.status === "running") this.#frameAt = performance.now();
      this.emit("state", state);
    });
    channel.on("accepted", ({ command }) => {
      this.faults.learn(command);
      this.emit("accepted", command);
    });
    channel.on("refused", ({ problems }) => this.emit("refused", problems));
    this.#timer = window.setInterval(() => this.#watch(), 250);
  }

  get t() {
    return this.live?.t ?? 0;
  }
  get isOn() {
    return ["queued", "starting", "running", "paused"].includes(this.state.status);
  }
  /** Are frames coming in? Dots move only then. */
  get flowing() {
    return this.state.status === "running" && performance.now() - this.#frameAt < RunSession.FLOW_MS;
  }

  /** @param {Meta} meta */
  #begin(meta) {
    // The meta of the same run comes again with every reconnect.
    const same = this.live?.meta.run === meta.run;
    if (same && this.live?.meta.structure === meta.structure) return;
    this.live = new Live(meta, this.design);
    if (!same) this.series = new Series();
    this.emit("meta", meta);
  }

  /** @param {Frame} frame */
  #frame(frame) {
    if (frame.meta && this.live) this.#begin({ ...frame.meta, run: this.live.meta.run });
    if (frame.structure !== this.live?.meta.structure) return; // of before an edit, or after one
    const sample = this.live?.add(frame);
    if (!this.live || !sample) return;
    this.#frameAt = performance.now();
    this.achieved = frame.wall?.speed ?? this.achieved;
    if (this.faults.read(frame)) this.emit("faults", this.faults);
    if (frame.events.length > 0) {
      this.series.note(frame.events);
      this.emit("events", frame.events);
    }
    if (sample.dt > 0) {
      const [p50, p95, p99] = this.live.totals.percentiles;
      const { failing, servedRate } = this.live.totals;
      this.series.add({ t: sample.t, p50, p95, p99, failing, served: servedRate ?? 0 });
    }
    this.#request ||= requestAnimationFrame(() => {
      this.#request = 0;
      if (this.live) this.emit("paint", this.live);
    });
  }

  #watch() {
    // A run whose worker is gone waits for another one, and its numbers stand still as well.
    const moving = this.isOn && this.state.status !== "paused" && this.#frameAt > 0;
    const stalled = moving && performance.now() - this.#frameAt > RunSession.STALL_MS;
    if (stalled === this.stalled) return;
    this.stalled = stalled;
    this.emit("stalled", stalled);
  }

  /** @param {Record<string, unknown>} command @returns {boolean} whether it was sent */
  command(command) {
    return this.channel.submit(command) !== null;
  }

  close() {
    clearInterval(this.#timer);
    cancelAnimationFrame(this.#request);
    this.channel.close();
  }
}
