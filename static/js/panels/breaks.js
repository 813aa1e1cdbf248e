import { freshFaultId } from "../stream/faults.js";

/** The buttons of the home page: press to break, press again to heal; what is pressed follows the frames. */

/** @typedef {import("../stream/run_session.js").RunSession} RunSession */

export class Breaks {
  /** @type {RunSession | null} */
  session = null;
  /** @type {Map<HTMLElement, string>} the fault that a button injected */
  #own = new Map();

  constructor() {
    this.buttons = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-break]")]);
    this.healAll = /** @type {HTMLButtonElement | null} */ (document.querySelector("[data-action=heal-all]"));
    for (const button of this.buttons) button.addEventListener("click", () => this.press(button));
    this.healAll?.addEventListener("click", () => this.heal());
    document.addEventListener("keydown", (event) => {
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      const typing = event.target instanceof Element && event.target.closest("input, textarea, select");
      const button = plain && !typing ? this.buttons[Number(event.key) - 1] : undefined;
      if (button) this.press(button);
    });
  }

  /** @param {RunSession} session */
  watch(session) {
    this.session = session;
    session.on("faults", () => this.#show());
    session.on("state", () => this.#show());
    this.#show();
  }

  /** @param {HTMLElement} button */
  press(button) {
    const { session } = this;
    if (!session) return;
    const active = this.#activeOf(button);
    if (active) {
      session.command({ command: "heal", id: active });
      return;
    }
    const id = freshFaultId();
    this.#own.set(button, id);
    session.command({ command: "inject", id, ...JSON.parse(button.dataset.break ?? "{}") });
  }

  heal() {
    for (const { id } of this.session?.faults.active ?? []) this.session?.command({ command: "heal", id });
  }

  /** The id of the active fault that a button stands for: its own, or one like it from an earlier visit. @param {HTMLElement} button */
  #activeOf(button) {
    const wanted = JSON.parse(button.dataset.break ?? "{}");
    const active = this.session?.isOn ? this.session.faults.active : [];
    const own = active.find(({ id }) => id === this.#own.get(button));
    return (own ?? active.find((fault) => fault.fault === wanted.fault && fault.target === wanted.target))?.id ?? null;
  }

  #show() {
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(this.#activeOf(button) !== null));
    if (this.healAll) this.healAll.disabled = !this.session?.isOn || this.session.faults.active.length === 0;
  }
}
