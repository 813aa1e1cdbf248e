/**
 * Frames carry counts since the start of the run, in rows whose columns the meta message names.
 * The decoder takes the difference to the frame before; a missed frame costs nothing.
 *
 * @typedef {Record<string, number>} Row
 * @typedef {{ seq: number, t: number, dt: number, nodes: Row[], links: Row[], clients: Row[],
 *   reasons: number[][], origins: number[][], counters: Record<string, Row>, frame: Frame }} Sample
 */

const NOW = new Set([
  ...["busy_permille", "queue", "queue_cap", "down", "paused", "outstanding", "in_flight", "breaker"],
  ...["p50_us", "p95_us", "p99_us"],
]);

export class Decoder {
  /** @type {Frame | null} what differences are taken against */
  #base = null;
  #seq = -1;

  /** @param {Meta} meta */
  constructor(meta) {
    this.meta = meta;
  }

  /**
   * Null for a frame that is not newer than the last one. `dt` is 0 when no virtual time has passed, as for the
   * frame right after a command, and for the first frame of somebody who comes late; then all differences are 0.
   * @param {Frame} frame @returns {Sample | null}
   */
  read(frame) {
    if (frame.seq <= this.#seq) return null;
    this.#seq = frame.seq;
    const late = !this.#base && frame.seq > 1;
    const base = late ? frame : this.#base;
    const dt = (frame.t_ns - (base?.t_ns ?? 0)) / 1e9;
    // What happened in no time is counted with the next frame.
    const before = dt > 0 ? base : frame;
    if (dt > 0 || late) this.#base = frame;
    const meta = this.meta;
    /** @type {Record<string, Row>} */
    const counters = {};
    for (const [id, names] of Object.entries(meta.counters)) {
      counters[id] = row(names, frame.counters[id] ?? [], before?.counters[id]);
    }
    return {
      seq: frame.seq,
      t: frame.t_ns / 1e9,
      dt,
      nodes: frame.nodes.map((now, i) => row(meta.node_columns, now, before?.nodes[i])),
      links: frame.links.map((now, i) => row(meta.link_columns, now, before?.links[i])),
      clients: frame.clients.map((now, i) => row(meta.client_columns, now, before?.clients[i])),
      reasons: frame.reasons.map((now, i) => minus(now, before?.reasons[i])),
      origins: frame.origins.map((now, i) => minus(now, before?.origins[i])),
      counters,
      frame,
    };
  }
}

/** @param {string[]} columns @param {number[]} now @param {number[]} [before] @returns {Row} */
function row(columns, now, before) {
  /** @type {Row} */
  const out = {};
  columns.forEach((name, i) => {
    const value = now[i] ?? 0;
    out[name] = NOW.has(name) ? value : value - (before?.[i] ?? 0);
  });
  return out;
}

/** @param {number[]} now @param {number[]} [before] */
const minus = (now, before) => now.map((value, i) => value - (before?.[i] ?? 0));

/** Microseconds as ms; −1 is "no data". @param {number | undefined} us */
export const ms = (us) => (us === undefined || us < 0 ? null : us / 1000);
