import { Emitter } from "../lib/emitter.js";
import { Live } from "./live.js";
import { Series } from "./series.js";

/**
 * A run that was computed again: all its frames at once, to be played from any moment.
 *
 * @typedef {{ meta: Meta, seed: number, until_ns: number, detail: string, frames: Frame[], events: RunEvent[] }} FilmData
 * @typedef {import("./series.js").Moment} Moment
 * @typedef {{ script: Json[], slots: (id: string) => number, limitMs: number | null }} Rules
 */

const MEMORY_S = 60; // what a card shows of the past
const CHART_S = 120;

/** What a session needs of a channel, with nobody at the other end. @extends {Emitter<import("./run_channel.js").RunEvents>} */
export class FilmChannel extends Emitter {
  run = "film";
  socket = { retry: () => undefined };

  close = () => undefined;
  submit() {
    return null;
  }
  isOwn() {
    return false;
  }
}

export class Film {
  /** @type {Moment[]} every moment of the run, for the charts */
  moments = [];
  /** @type {Series} the whole run, for the timeline */
  series = new Series();

  /** @param {FilmData} data @param {Rules} rules */
  constructor(data, rules) {
    this.data = data;
    this.meta = /** @type {Meta} */ ({ ...data.meta, run: "film" });
    this.times = data.frames.map((frame) => frame.t_ns / 1e9);
    this.end = data.until_ns / 1e9;
    let live = new Live(this.meta, rules);
    for (const frame of data.frames) {
      if (frame.meta) live = new Live({ ...frame.meta, run: "film" }, rules);
      const sample = live.add(frame);
      if (!sample || sample.dt <= 0) continue;
      const [p50, p95, p99] = live.totals.percentiles;
      const { failing, servedRate } = live.totals;
      const moment = { t: sample.t, p50, p95, p99, failing, served: servedRate ?? 0 };
      this.moments.push(moment);
      this.series.add(moment);
    }
    this.series.note(data.events);
  }

  /** How many frames are not later than `t`. @param {number} t */
  until(t) {
    let [low, high] = [0, this.times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle] <= t + 1e-6) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The frames that lead to a moment: enough for what is shown of the past. @param {number} t */
  leading(t) {
    return this.data.frames.slice(Math.max(0, this.until(t - MEMORY_S) - 1), this.until(t));
  }

  /** What the frames that lead to a moment mean: that of the newest edit before them. @param {number} t */
  metaAt(t) {
    const meta = this.data.frames.slice(0, Math.max(0, this.until(t - MEMORY_S) - 1)).findLast((f) => f.meta)?.meta;
    return meta ? { ...meta, run: "film" } : this.meta;
  }

  /** What the charts show at a moment. @param {number} t @returns {Pick<Series, "recent" | "events">} */
  past(t) {
    return {
      recent: this.moments.filter((moment) => moment.t <= t + 1e-6 && moment.t >= t - CHART_S),
      events: this.series.events.filter((event) => event.t <= t + 1e-6),
    };
  }

  /** The next event after a moment, or the one before it. @param {number} t @param {1 | -1} way @returns {number | null} */
  event(t, way) {
    const times = this.series.events.map((event) => event.t);
    return (way > 0 ? times.find((at) => at > t + 0.05) : times.findLast((at) => at < t - 0.05)) ?? null;
  }
}
