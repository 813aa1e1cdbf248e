import { h, need } from "../lib/dom.js";
import * as format from "../lib/format.js";

/** Why requests failed since the start of the run: each reason with its count, its share and where it starts. */

/** @typedef {import("../stream/totals.js").Reason} Reason */
/** @typedef {import("../stream/live.js").Live} Live */

/** What happened, past tense, no blame. @type {Record<string, string>} */
export const REASON_WORDS = {
  timeout: "Waited longer than the caller allows",
  queue_full: "The queue was full",
  node_down: "The component was down",
  partitioned: "The network was cut",
  lost: "The message got lost",
  error: "Answered with an error",
  limited: "Over the rate limit",
  shed: "Turned away under load",
  expired: "Came too late to be useful",
  breaker_open: "The breaker was open",
  pool_timeout: "No free connection in time",
  retries_exhausted: "All tries failed",
  aborted: "The caller gave up",
  removed: "The component was removed",
};

const SHOWN_STARTS = 3;

export class Reasons {
  #key = "";

  /** @param {(id: string) => string} nameOf @param {(id: string) => void} select */
  constructor(nameOf, select) {
    this.nameOf = nameOf;
    this.list = need("#reasons");
    this.list.addEventListener("click", (event) => {
      const id =
        event.target instanceof Element ? event.target.closest("[data-select]")?.getAttribute("data-select") : null;
      if (id) select(id);
    });
  }

  /** @param {Live | null} live */
  paint(live) {
    const rows = live?.totals.reasons() ?? [];
    const key = rows.length > 0 ? JSON.stringify(rows) : String(live?.totals.ok ?? "none");
    if (key === this.#key) return;
    this.#key = key;
    const focused = document.activeElement?.closest("#reasons [data-select]")?.getAttribute("data-select");
    this.list.replaceChildren(...(rows.length > 0 ? rows.map((row) => this.#row(row)) : [this.#none(live)]));
    if (focused) /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-select="${focused}"]`))?.focus();
  }

  /** @param {Live | null} live */
  #none(live) {
    const served = live ? `${format.plural(live.totals.ok, "request")} served so far.` : "Press Run to send traffic.";
    return h("li", { class: "reasons-none" }, h("b", {}, live ? "Nothing has failed." : "No run yet."), ` ${served}`);
  }

  /** @param {Reason} row */
  #row({ reason, count, share, starts }) {
    const bar = h("span", { class: "share-bar" }, h("span", { class: "share-done" }));
    /** @type {HTMLElement} */ (bar.firstElementChild).style.setProperty("--f", String(share));
    return h(
      "li",
      { class: "reason", "data-reason": reason, "data-count": count },
      h(
        "div",
        { class: "reason-words" },
        h(
          "p",
          {},
          h("b", {}, REASON_WORDS[reason] ?? reason.replaceAll("_", " ")),
          h("code", { class: "label" }, reason),
        ),
        this.#starts(starts),
      ),
      h(
        "div",
        { class: "reason-share" },
        h("span", {}, format.percent(share)),
        bar,
        h("span", { class: "label" }, format.whole(count)),
      ),
    );
  }

  /** @param {Reason["starts"]} starts */
  #starts(starts) {
    if (starts.length === 0) return null;
    const line = h("p", { class: "label" }, "starts at ");
    starts.slice(0, SHOWN_STARTS).forEach(({ id, count }, i) => {
      const button = h("button", { class: "start", type: "button", "data-select": id }, this.nameOf(id));
      line.append(i > 0 ? ", " : "", button, starts.length > 1 ? ` ${format.short(count)}` : "");
    });
    if (starts.length > SHOWN_STARTS) line.append(`, and ${starts.length - SHOWN_STARTS} more`);
    return line;
  }
}
