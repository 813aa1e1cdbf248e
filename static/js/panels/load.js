import { need, setText } from "../lib/dom.js";
import * as format from "../lib/format.js";

/** The load slider: a factor on what all clients send, from a tenth to ten times, live. */

/** @typedef {import("../canvas/actions.js").Bench} Bench */
/** @typedef {import("../stream/run_session.js").RunSession} RunSession */

const NOTCH = 5; // the middle of the slider holds a little

/** @param {number} position −100 to 100 */
export const factorAt = (position) =>
  Math.abs(position) <= NOTCH ? 1 : Math.round(10 ** (position / 100) * 100) / 100;

export class Load {
  /** @type {RunSession | null} */
  session = null;
  #timer = 0;

  /** @param {Bench} bench */
  constructor(bench) {
    this.bench = bench;
    this.slider = /** @type {HTMLInputElement} */ (need("#load"));
    this.value = need("#load-value");
    this.slider.disabled = !bench.editable;
    this.slider.addEventListener("input", () => {
      this.show();
      this.#sendSoon();
    });
    this.slider.addEventListener("dblclick", () => {
      this.slider.value = "0";
      this.show();
      this.#sendSoon();
    });
    this.show();
  }

  get factor() {
    return factorAt(Number(this.slider.value));
  }

  /** @param {RunSession | null} session */
  watch(session) {
    this.session = session;
    session?.on("events", (events) => {
      const last = events.findLast((event) => event.what === "load");
      if (last && document.activeElement !== this.slider) this.#follow(last.detail.factor);
    });
    let sent = this.factor === 1;
    session?.on("state", ({ status }) => {
      if (status === "running" && !sent && this.session === session) this.#send();
      sent ||= status === "running";
    });
  }

  /** Somebody else, or the script, has changed the load. @param {number} factor */
  #follow(factor) {
    this.slider.value = String(Math.round(100 * Math.log10(Math.max(0.1, factor))));
    this.show();
  }

  get #clients() {
    return this.bench.doc.design.nodes.filter((node) => node.kind === "client");
  }

  /** As a rate, where all clients have one. */
  show() {
    const { catalogue, doc } = this.bench;
    const clients = this.#clients;
    const open = clients.every((node) => catalogue.value(node, "arrival") !== "closed");
    const rate = clients.reduce((sum, node) => sum + Number(catalogue.value(node, "rate_rps") ?? 0), 0);
    const factor = this.factor;
    const words = open && clients.length > 0 ? format.rate((rate * factor) / (doc.design.scale || 1)) : `×${factor}`;
    setText(this.value, words);
    const f = (Number(this.slider.value) + 100) / 200;
    this.slider.style.setProperty("--f", String(f));
    this.slider.setAttribute("aria-valuetext", `${words}, ${factor} times`);
    this.value.title = `${factor} times what the design says`;
  }

  #sendSoon() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#send(), 60);
  }

  #send() {
    if (!this.session?.isOn) return;
    for (const { id } of this.#clients) this.session.command({ command: "load", target: id, factor: this.factor });
  }
}
