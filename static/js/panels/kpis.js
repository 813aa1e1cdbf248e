import { find, setText } from "../lib/dom.js";
import * as format from "../lib/format.js";
import { shapeIcon } from "../lib/shapes.js";

/** Three large numbers: what is served, how long it takes, what fails. */

/** @typedef {import("../stream/live.js").Live} Live */

export class Kpis {
  /** @type {Map<string, { box: HTMLElement, number: HTMLElement, unit: HTMLElement | null, shape: HTMLElement | null, health: string }>} */
  #all = new Map();

  constructor() {
    for (const name of ["throughput", "p99", "failed"]) {
      const box = find(`#kpi-${name}`);
      const number = box && find("b", box);
      if (!box || !number) continue;
      this.#all.set(name, { box, number, unit: find(".unit", box), shape: find(".kpi-shape", box), health: "" });
    }
  }

  /** @param {Live} live @param {number | null} limitMs */
  paint(live, limitMs) {
    const { servedRate, offeredRate, failing, percentiles } = live.totals;
    const p99 = percentiles[2];
    const limit = limitMs ?? 500;
    this.#show("throughput", format.rate(servedRate), (servedRate ?? 0) < 0.9 * (offeredRate ?? 0) ? "strained" : "ok");
    this.#show(
      "p99",
      format.time(p99),
      p99 === null || p99 < 0.67 * limit ? "ok" : p99 < limit ? "strained" : "failing",
    );
    this.#show("failed", format.percent(failing), failing < 0.01 ? "ok" : failing < 0.05 ? "strained" : "failing");
  }

  /** @param {string} name @param {string} text with its unit behind a thin space or a slash @param {Health} health */
  #show(name, text, health) {
    const kpi = this.#all.get(name);
    if (!kpi) return;
    const [, value, unit] = /** @type {string[]} */ (text.match(/^([^\u2009/]+)(.*)$/) ?? ["", text, ""]);
    setText(kpi.number, value);
    if (kpi.unit) setText(kpi.unit, unit.trim());
    if (kpi.health === health) return;
    kpi.health = health;
    kpi.shape?.replaceChildren(...(health === "ok" ? [] : [shapeIcon(health)]));
    const dd = kpi.number.closest("dd");
    dd?.classList.toggle("is-strained", health === "strained");
    dd?.classList.toggle("is-failing", health === "failing");
  }
}
