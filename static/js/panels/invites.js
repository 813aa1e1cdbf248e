import { find, need, setText } from "../lib/dom.js";
import * as format from "../lib/format.js";

/** What to do next, on a canvas that is blank or has not run yet. */

/** @typedef {import("../canvas/actions.js").Bench} Bench */
/** @typedef {import("../stream/run_session.js").RunSession} RunSession */

export class Invites {
  /** @param {Bench} bench */
  constructor(bench) {
    this.bench = bench;
    this.empty = need("#empty");
    this.hint = need("#hint");
    this.words = find(".hint-text", this.hint);
  }

  /** @param {RunSession | null} session */
  update(session) {
    const { doc, editable, catalogue } = this.bench;
    const { nodes, links } = doc.design;
    const clients = nodes.filter((node) => node.kind === "client");
    this.empty.hidden = nodes.length > 0 || !editable;
    this.hint.hidden = Boolean(session) || clients.length === 0 || links.length === 0 || !editable;
    const rate = clients.reduce((sum, node) => sum + Number(catalogue.value(node, "rate_rps") ?? 0), 0);
    const from = format.list(clients.map((node) => node.name));
    if (this.words)
      setText(this.words, `${format.short(rate)} requests each second from ${from}. Change anything while it runs.`);
  }
}
