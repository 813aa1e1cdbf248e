import { ms } from "./decode.js";
import { GAUGE_TAU_S, Smooth, SmoothShare } from "./smooth.js";

/** The run as a whole, seen from its clients: rates, percentiles, counts of failures and where they start. */

/** @typedef {import("./decode.js").Sample} Sample */
/** @typedef {{ reason: string, count: number, share: number, starts: { id: string, count: number }[] }} Reason */
/** @typedef {{ ok: SmoothShare, offered: Smooth, p99: Smooth }} Client */

export class Totals {
  /** @type {Map<string, Client>} */
  clients;
  offered = 0;
  ok = 0;
  failed = 0;
  #share = new SmoothShare();
  #offered = new Smooth();
  #served = new Smooth();
  /** @type {[Smooth, Smooth, Smooth]} */
  #percentiles = [new Smooth(GAUGE_TAU_S), new Smooth(GAUGE_TAU_S), new Smooth(GAUGE_TAU_S)];
  /** @type {Frame | null} */
  #frame = null;

  /** @param {Meta} meta */
  constructor(meta) {
    this.meta = meta;
    const fresh = () => ({ ok: new SmoothShare(), offered: new Smooth(), p99: new Smooth(GAUGE_TAU_S) });
    this.clients = new Map(meta.clients.map((id) => [id, fresh()]));
  }

  /** Share of requests that end badly. */
  get failing() {
    return this.#share.value ?? 0;
  }
  get offeredRate() {
    return this.#offered.value;
  }
  get servedRate() {
    return this.#served.value;
  }
  /** p50, p95, p99 in ms of the busiest client. */
  get percentiles() {
    return this.#percentiles.map((p) => p.value);
  }
  /** Share of the client's requests that end well. @param {string} id */
  okShare(id) {
    return this.clients.get(id)?.ok.value ?? null;
  }

  /** @param {Sample} sample */
  add(sample) {
    this.#frame = sample.frame;
    const column = (/** @type {string} */ name) => this.meta.client_columns.indexOf(name);
    const sum = (/** @type {string} */ name) => sample.frame.clients.reduce((all, row) => all + row[column(name)], 0);
    [this.offered, this.ok, this.failed] = [sum("offered"), sum("ok"), sum("failed")];
    const { dt } = sample;
    if (dt <= 0) return;
    const all = (/** @type {string} */ name) => sample.clients.reduce((total, row) => total + row[name], 0);
    this.#share.add(all("failed"), all("ok") + all("failed"), dt);
    this.#offered.add(all("offered") / dt, dt);
    this.#served.add(all("ok") / dt, dt);
    const busiest = sample.clients.reduce((a, b) => (b.offered > a.offered ? b : a), sample.clients[0]);
    ["p50_us", "p95_us", "p99_us"].forEach((name, i) => {
      this.#percentiles[i].add(busiest ? ms(busiest[name]) : null, dt);
    });
    this.meta.clients.forEach((id, i) => {
      const row = sample.clients[i];
      const client = this.clients.get(id);
      client?.ok.add(row.ok, row.ok + row.failed, dt);
      client?.offered.add(row.offered / dt, dt);
      client?.p99.add(ms(row.p99_us), dt);
    });
  }

  /** Why requests failed since the start of the run, most frequent first, with the nodes where it began. @returns {Reason[]} */
  reasons() {
    const frame = this.#frame;
    if (!frame) return [];
    const counts = this.meta.reasons.map((_, code) => frame.reasons.reduce((sum, row) => sum + row[code], 0));
    const all = counts.slice(1).reduce((sum, count) => sum + count, 0);
    const rows = this.meta.reasons.map((reason, code) => ({
      reason,
      count: counts[code],
      share: all > 0 ? counts[code] / all : 0,
      starts: this.meta.nodes
        .map((node, i) => ({ id: node.id, count: frame.origins[i]?.[code] ?? 0 }))
        .filter((start) => start.count > 0)
        .sort((a, b) => b.count - a.count),
    }));
    return rows
      .slice(1)
      .filter((row) => row.count > 0)
      .sort((a, b) => b.count - a.count);
  }
}
