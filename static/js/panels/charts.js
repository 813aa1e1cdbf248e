import UPlot from "../../vendor/uplot.js";
import { h, need, setText } from "../lib/dom.js";
import * as format from "../lib/format.js";
import { faded, onTheme, token } from "../lib/tokens.js";
import { faultSpans } from "./timeline.js";

/** p50, p95 and p99 of the last two minutes: one hue by rank, fault bands behind, a sentence for screen readers. */

/** @typedef {import("../stream/series.js").Series} Series */

const PAINT_MS = 400;
const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const NAMES = ["p50", "p95", "p99"];

export class Percentiles {
  /** @type {UPlot | null} */
  #plot = null;
  #painted = 0;
  #log = false;
  /** @type {Series | null} */
  #series = null;
  #t = 0;

  /** @param {() => number | null} limit the latency objective in ms @param {(fault: string) => boolean} instant */
  constructor(limit, instant) {
    this.limit = limit;
    this.instant = instant;
    this.box = need("#percentiles");
    this.summary = need("#percentiles-summary");
    this.values = NAMES.map((name) => {
      const value = h("b", {}, format.NONE);
      need("#percentiles-legend").append(h("span", { class: `legend-item is-${name}` }, name, " ", value));
      return value;
    });
    onTheme(() => this.#build());
    new ResizeObserver(() => this.#resize()).observe(this.box);
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.box;
    if (width > 0 && height > 0 && this.#plot) this.#plot.setSize({ width, height });
  }

  #build() {
    this.#plot?.destroy();
    this.#plot = null;
    const { clientWidth: width, clientHeight: height } = this.box;
    if (width === 0 || height === 0) return;
    const axis = { stroke: token("text3"), font: "11px Inter, system-ui", ticks: { show: false } };
    const line = (/** @type {string} */ stroke, /** @type {number} */ thick) => ({
      stroke,
      width: thick,
      points: { show: false },
    });
    this.#plot = new UPlot(
      {
        width,
        height,
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        padding: [8, 12, 0, 0],
        scales: {
          x: { time: false },
          y: { distr: this.#log ? 3 : 1, range: (_, low, high) => this.#range(low, high) },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 24,
            space: 80,
            incrs: SECONDS,
            values: (_, ticks) => ticks.map((t) => format.clock(t, false)),
          },
          {
            ...axis,
            size: 56,
            space: 44,
            grid: { stroke: faded("line", 0.75), width: 1 },
            values: (_, ticks) => ticks.map((v) => (v === null || (this.#log && !isDecade(v)) ? "" : format.time(v))),
          },
        ],
        series: [{}, line(token("text3"), 1.3), line(faded("accent", 0.65), 1.5), line(token("accent"), 2.2)],
        hooks: { drawClear: [(plot) => this.#bands(plot)], draw: [(plot) => this.#goal(plot)] },
      },
      this.#data(),
      this.box,
    );
  }

  /** @param {number} low @param {number} high @returns {[number, number]} */
  #range(low, high) {
    if (!Number.isFinite(low) || !Number.isFinite(high)) return this.#log ? [1, 100] : [0, 10];
    return this.#log ? [Math.max(0.01, low * 0.8), Math.max(high * 1.25, low * 2)] : [0, Math.max(high * 1.15, 1)];
  }

  /** @returns {import("../../vendor/uplot.js").AlignedData} */
  #data() {
    const points = this.#series?.recent ?? [];
    const shown = (/** @type {number | null} */ v) => (v !== null && v > 0 ? v : null);
    return [
      points.map((p) => p.t),
      points.map((p) => shown(p.p50)),
      points.map((p) => shown(p.p95)),
      points.map((p) => shown(p.p99)),
    ];
  }

  /** @param {UPlot} plot */
  #bands(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const { from, to } of this.#series ? faultSpans(this.#series, this.#t, this.instant) : []) {
      const [x1, x2] = [plot.valToPos(from, "x", true), plot.valToPos(to, "x", true)];
      ctx.fillStyle = faded("critm", 0.09);
      ctx.fillRect(x1, bbox.top, x2 - x1, bbox.height);
      ctx.fillStyle = token("critm");
      ctx.fillRect(x1, bbox.top, 1.5 * (window.devicePixelRatio || 1), bbox.height);
    }
    ctx.restore();
  }

  /** @param {UPlot} plot */
  #goal(plot) {
    const limit = this.limit();
    if (limit === null || limit < (plot.scales.y.min ?? 0) || limit > (plot.scales.y.max ?? 0)) return;
    const { ctx, bbox } = plot;
    const y = plot.valToPos(limit, "y", true);
    ctx.save();
    ctx.strokeStyle = token("text2");
    ctx.setLineDash([2, 3]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillStyle = token("text2");
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    ctx.font = `${11 * (window.devicePixelRatio || 1)}px Inter, system-ui`;
    const words = `SLO ${format.time(limit)}`;
    ctx.setLineDash([]);
    ctx.strokeStyle = token("chrome");
    ctx.lineWidth = 4 * (window.devicePixelRatio || 1);
    ctx.strokeText(words, bbox.left + 6, y - 5);
    ctx.fillText(words, bbox.left + 6, y - 5);
    ctx.restore();
  }

  /** @param {Series} series @param {number} t @param {boolean} [force] */
  paint(series, t, force = false) {
    const now = performance.now();
    if (this.box.clientHeight === 0 || (!force && now - this.#painted < PAINT_MS)) return;
    this.#painted = now;
    this.#series = series;
    this.#t = t;
    const all = series.recent.flatMap((p) => [p.p50 ?? 0, p.p99 ?? 0]).filter((v) => v > 0);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    // Once on a logarithmic scale it stays there until the spread is clearly smaller again.
    const log = high / low > (this.#log ? 25 : 50);
    if (!this.#plot || log !== this.#log) {
      this.#log = log;
      this.#build();
    } else this.#plot.setData(this.#data());
    const last = series.recent.at(-1);
    const words = [last?.p50, last?.p95, last?.p99].map((v) => format.time(v ?? null));
    words.forEach((word, i) => setText(this.values[i], word));
    setText(this.summary, `Now p50 ${words[0]}, p95 ${words[1]}, p99 ${words[2]}.`);
  }
}

/** @param {number} value */
const isDecade = (value) => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6;
