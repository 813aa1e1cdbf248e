import { h, icon, need, s, setAttr, setText, show } from "../lib/dom.js";
import * as format from "../lib/format.js";
import { textWidth } from "../lib/measure.js";

/** The run from its start: the share of failures as an area, what was done to it as marks, the moment as a playhead. */

/** @typedef {import("../stream/series.js").Series} Series */
/** @typedef {import("./event_words.js").Words} Words */

const PAINT_MS = 250;
const GROUP = 16; // px: marks closer than this become one with a count
const TOP = 8;
const FLOOR = 40;

/** The time that the whole width stands for: a minute, and twice as much whenever it is full. @param {number} t */
export function spanOf(t) {
  let span = 60;
  while (t > span * 0.96) span *= 2;
  return span;
}

/** Marks in order, those too close to the one before put into its group. @template {{ x: number }} M @param {M[]} marks @returns {M[][]} */
export function grouped(marks) {
  /** @type {M[][]} */
  const groups = [];
  for (const mark of [...marks].sort((a, b) => a.x - b.x)) {
    const last = groups.at(-1);
    if (last && mark.x - last[0].x < GROUP) last.push(mark);
    else groups.push([mark]);
  }
  return groups;
}

export class Timeline {
  #painted = 0;
  #key = "";

  /** @param {(event: RunEvent) => Words} words @param {(fault: string) => boolean} instant */
  constructor(words, instant) {
    this.words = words;
    this.instant = instant;
    this.root = need("#timeline");
    this.now = h("output", { class: "timeline-clock", "aria-label": "Simulated time" });
    this.live = h("span", { class: "chip is-failing timeline-live" }, h("span", { class: "live-dot" }), "Live");
    this.area = s("path", { class: "t-area" });
    this.bands = s("g");
    this.head = s(
      "g",
      { class: "t-head" },
      s("path", { d: "M0 8V40" }),
      s("path", { class: "t-handle", d: "M-5 2h10v6l-5 5l-5 -5z" }),
    );
    this.ticks = s("g", { class: "t-ticks" });
    this.marks = h("div", { class: "t-marks" });
    const base = s("path", { class: "t-base", d: `M0 ${FLOOR}H4000` });
    const ground = s("svg", { class: "t-svg", "aria-hidden": "true" }, this.bands, this.area, base, this.ticks);
    // The playhead lies over the words of the marks.
    const front = s("svg", { class: "t-svg t-front", "aria-hidden": "true" }, this.head);
    this.track = h("div", { class: "t-track" }, ground, this.marks, front);
    this.root.replaceChildren(h("div", { class: "t-start" }, this.now, this.live), this.track);
  }

  /**
   * @param {Series} series @param {number} t @param {{ on: boolean, moving: boolean, paused: boolean, end?: number }} run
   * `end`: the whole length of a run that is over @param {boolean} [force]
   */
  paint(series, t, { on, moving, paused, end }, force = false) {
    const now = performance.now();
    if (!force && now - this.#painted < PAINT_MS) return;
    this.#painted = now;
    setText(this.now, format.clock(t));
    show(this.live, on);
    setText(/** @type {Node} */ (this.live.lastChild), moving ? "Live" : paused ? "Paused" : "Waiting");
    this.live.classList.toggle("is-failing", moving);
    const width = this.track.clientWidth;
    if (width === 0) return;
    const span = end ?? spanOf(t);
    const x = (/** @type {number} */ at) => Math.round((at / span) * width * 10) / 10;
    setAttr(this.head, "transform", `translate(${x(t)} 0)`);
    this.#paintArea(series, x);
    const key = `${span} ${width} ${series.events.length}`;
    this.#paintBands(series, x, end ?? t);
    if (key === this.#key) return;
    this.#key = key;
    this.#paintTicks(span, x, width < 420 ? 3 : 6);
    this.#paintMarks(series, x, width);
  }

  /** @param {Series} series @param {(t: number) => number} x */
  #paintArea(series, x) {
    const points = series.whole;
    if (points.length < 2) {
      setAttr(this.area, "d", "");
      return;
    }
    const y = (/** @type {number} */ share) => Math.round((FLOOR - share * (FLOOR - TOP)) * 10) / 10;
    const line = points.map((p) => `L${x(p.t)} ${y(p.failing)}`).join("");
    setAttr(this.area, "d", `M${x(points[0].t)} ${FLOOR}${line}L${x(points[points.length - 1].t)} ${FLOOR}Z`);
  }

  /** How long each fault lasted. @param {Series} series @param {(t: number) => number} x @param {number} t */
  #paintBands(series, x, t) {
    this.bands.replaceChildren(
      ...faultSpans(series, t, this.instant).map(({ from, to }) =>
        s("rect", { class: "t-band", x: x(from), y: TOP, width: Math.max(1, x(to) - x(from)), height: FLOOR - TOP }),
      ),
    );
  }

  /** @param {number} span @param {(t: number) => number} x @param {number} count */
  #paintTicks(span, x, count) {
    const ticks = Array.from({ length: count + 1 }, (_, i) => (i * span) / count);
    this.ticks.replaceChildren(
      ...ticks.map((t, i) =>
        s(
          "text",
          { x: x(t), y: 52, "text-anchor": i === 0 ? "start" : i === count ? "end" : "middle" },
          format.clock(t, false),
        ),
      ),
    );
  }

  /** @param {Series} series @param {(t: number) => number} x @param {number} width */
  #paintMarks(series, x, width) {
    const marks = series.events.map(({ t, event }) => ({ t, x: x(t), ...this.words(event) }));
    const groups = grouped(marks);
    this.marks.replaceChildren(
      ...groups.map((group, i) => {
        const [first] = group;
        const worst = group.find((mark) => mark.tone === "crit") ?? group.find((mark) => mark.tone === "warn") ?? first;
        const room = (groups[i + 1]?.[0].x ?? width) - first.x - 34;
        const label = group.length === 1 ? worst.short : `${group.length} events`;
        const text = textWidth(label, 11, 500) < room ? h("span", {}, label) : null;
        const title = group.map((mark) => `${format.clock(mark.t)} ${mark.text}`).join("\n");
        const mark = h(
          "span",
          { class: `t-mark is-${worst.tone}`, title },
          h("span", { class: "t-icon" }, icon(worst.icon)),
          text,
        );
        mark.style.setProperty("left", `${first.x}px`);
        return mark;
      }),
    );
  }
}

/**
 * From when to when a fault was active; one that is not healed lasts until now, and one that happens at once has no length.
 * @param {Pick<Series, "events">} series @param {number} t @param {(fault: string) => boolean} instant
 */
export function faultSpans(series, t, instant) {
  /** @type {Map<string, { from: number, to: number }>} */
  const open = new Map();
  const spans = [];
  for (const { t: at, event } of series.events) {
    const id = event.detail?.id;
    if (event.what === "fault_injected" && id) {
      const span = { from: at, to: instant(event.detail.fault) ? at : t };
      if (span.to === t) open.set(id, span);
      spans.push(span);
    } else if (event.what === "fault_healed" && open.has(id)) {
      const span = open.get(id);
      if (span) span.to = at;
      open.delete(id);
    }
  }
  return spans;
}
