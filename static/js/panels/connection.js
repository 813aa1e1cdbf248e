import { need } from "../lib/dom.js";
import * as format from "../lib/format.js";

/** Says when the line to the server is lost, or frames stay away, and how old the numbers are. */

/** @typedef {import("../stream/run_session.js").RunSession} RunSession */
/** @typedef {import("../stream/design_channel.js").DesignChannel} DesignChannel */

const PATIENCE_MS = 1500; // a line that comes back at once is not worth a word

export class Connection {
  /** @type {RunSession | null} */
  #session = null;
  /** @type {DesignChannel | null} */
  #channel = null;
  #lost = 0;
  #until = 0;
  #final = "";

  constructor() {
    this.box = need("#connection");
    this.text = need(".problems-text", this.box);
    this.again = need("[data-action=reconnect]", this.box);
    this.again.addEventListener("click", () => {
      this.#channel?.socket.retry();
      this.#session?.channel.socket.retry();
    });
    window.setInterval(() => this.#paint(), 500);
  }

  /** @param {DesignChannel} channel */
  design(channel) {
    this.#channel = channel;
    channel.on("down", ({ wait }) => this.#down(wait));
    channel.on("up", () => this.#up());
    channel.on("closed", (code) => {
      this.#final = code === 4404 ? "This design is gone." : "You may no longer see this design.";
      this.#paint();
    });
  }

  /** @param {RunSession} session */
  watch(session) {
    this.#session = session;
    session.channel.on("down", ({ wait }) => session.isOn && this.#down(wait));
    session.channel.on("state", () => this.#up());
    session.on("stalled", () => this.#paint());
  }

  /** @param {number} wait */
  #down(wait) {
    this.#lost ||= performance.now();
    this.#until = performance.now() + wait * 1000;
    this.#paint();
  }

  #up() {
    this.#lost = 0;
    this.#paint();
  }

  #paint() {
    const now = performance.now();
    const lost = this.#lost > 0 && now - this.#lost > PATIENCE_MS;
    const stalled = !lost && (this.#session?.stalled ?? false);
    document.body.classList.toggle("disconnected", lost || stalled || this.#final !== "");
    this.box.hidden = !(lost || stalled || this.#final);
    if (this.box.hidden) return;
    this.again.hidden = this.#final !== "";
    const from = this.#session?.live ? ` Numbers below are from ${format.clock(this.#session.t, false)}.` : "";
    const wait = Math.max(0, Math.ceil((this.#until - now) / 1000));
    const strong = document.createElement("b");
    strong.textContent = this.#final || (lost ? "Lost the connection." : "No news from the run for 3 s.");
    const goes = this.#session?.isOn ? " The run goes on." : "";
    const rest = this.#final
      ? ""
      : lost
        ? `${goes}${from} Trying again${wait > 0 ? ` in ${wait} s` : ""}.`
        : `${from} Waiting for the machine.`;
    this.text.replaceChildren(strong, rest);
  }
}
