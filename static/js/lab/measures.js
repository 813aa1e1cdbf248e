/** What frames tell of the measures of goals. Shares count from the end of the warm-up, as the grader counts. */

/** @typedef {import("../stream/live.js").Live} Live */

export class Measures {
  #from = { ok: 0, failed: 0 };
  #warm = true;

  /** @param {number} warm_s */
  constructor(warm_s) {
    this.warm_s = warm_s;
  }

  /** @param {Live} live */
  see(live) {
    const { ok, failed } = live.totals;
    if (this.#warm) this.#from = { ok, failed };
    this.#warm = live.t < this.warm_s;
  }

  get ready() {
    return !this.#warm;
  }

  /** Null where nothing was measured, as when nobody is answered. @param {string} measure @param {Live} live @returns {number | null} */
  of(measure, live) {
    const ok = live.totals.ok - this.#from.ok;
    const failed = live.totals.failed - this.#from.failed;
    if (measure === "client.latency_ms.p99") return live.totals.percentiles[2];
    const client = /^clients\.([a-z0-9_-]+)\.latency_ms\.p99$/.exec(measure)?.[1];
    if (client) return live.totals.clients.get(client)?.p99.value ?? null;
    if (measure === "amplification") return Math.max(1, ...[...live.links.values()].map((link) => link.amplification));
    if (ok + failed === 0) return null;
    if (measure === "client.failed_share") return failed / (ok + failed);
    return measure === "client.served_share" ? ok / (ok + failed) : null;
  }
}
