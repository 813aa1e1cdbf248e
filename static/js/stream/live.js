import { Decoder } from "./decode.js";
import { LinkState } from "./link_state.js";
import { NodeState } from "./node_state.js";
import { Totals } from "./totals.js";

/** Everything that the page shows of a run. Fed by frames alone: when they stop, it stands still. */

/** @typedef {import("./decode.js").Sample} Sample */

const CROWDED = new Set(["queue_full", "timeout", "pool_timeout", "shed", "expired"]);
const UNSEEN = new Set(["node_down", "partitioned", "lost"]);

export class Live {
  t = 0;
  seq = 0;
  /** @type {Map<string, NodeState>} */
  nodes;
  /** @type {Map<string, LinkState>} */
  links;
  /** @type {Set<string>} ids of the faults that are active */
  faults = new Set();
  #decoder;
  /** @type {Map<string, LinkState[]>} */
  #out = new Map();

  /**
   * @param {Meta} meta
   * @param {{ slots: (id: string) => number, limitMs: number | null }} [design] what the rules need to know of it
   */
  constructor(meta, design = { slots: () => 1, limitMs: null }) {
    this.meta = meta;
    this.design = design;
    this.#decoder = new Decoder(meta);
    this.nodes = new Map(meta.nodes.map((n) => [n.id, new NodeState(n.id, n.kind, n.replicas)]));
    this.links = new Map(meta.links.map((l) => [l.id, new LinkState(l.id, l.source, l.target)]));
    for (const link of this.links.values()) {
      this.#out.set(link.source, [...(this.#out.get(link.source) ?? []), link]);
    }
    this.totals = new Totals(meta);
  }

  /** Links that leave a node. @param {string} id */
  from(id) {
    return this.#out.get(id) ?? [];
  }

  /** The sample that the frame gave, or null when it is old. @param {Frame} frame @returns {Sample | null} */
  add(frame) {
    const sample = this.#decoder.read(frame);
    if (!sample) return null;
    const { t, dt } = sample;
    this.t = t;
    this.seq = sample.seq;
    this.faults = new Set(frame.faults);
    this.meta.links.forEach((link, i) => this.links.get(link.id)?.add(sample.links[i], dt));
    this.meta.nodes.forEach((node, i) => {
      const starts = this.#starts(sample.origins[i]);
      const open = this.from(node.id).reduce((sum, link) => sum + link.outstanding, 0);
      const waiting = open / Math.max(1, this.design.slots(node.id));
      this.nodes.get(node.id)?.add(sample.nodes[i], starts, sample.counters[node.id], waiting, dt, t);
    });
    this.totals.add(sample);
    if (dt > 0) this.#judge(t);
    return sample;
  }

  /** @param {number[]} counts by reason, "ok" first */
  #starts(counts) {
    const starts = { all: 0, crowded: 0, unseen: 0, late: 0 };
    for (let code = 1; code < counts.length; code++) {
      const reason = this.meta.reasons[code];
      starts.all += counts[code];
      if (CROWDED.has(reason)) starts.crowded += counts[code];
      if (UNSEEN.has(reason)) starts.unseen += counts[code];
      if (reason === "timeout") starts.late += counts[code];
    }
    return starts;
  }

  /** @param {number} t */
  #judge(t) {
    for (const node of this.nodes.values()) {
      const limit = this.design.limitMs;
      const slow = limit !== null && this.totals.clients.has(node.id) && (node.p99 ?? 0) >= 0.67 * limit;
      node.judge({ t, slow });
    }
    for (const link of this.links.values()) {
      const target = this.nodes.get(link.target);
      const further = Math.max(target?.passed ?? 0, ...this.from(link.target).map((next) => next.lost));
      link.judge({ t, target: target?.health ?? "idle", inherited: further });
    }
  }
}
