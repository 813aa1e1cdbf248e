import { find, h, icon } from "../lib/dom.js";
import { freshFaultId } from "../stream/faults.js";
import { readControl } from "./field.js";
import { toast } from "./toasts.js";

/** The faults in the inspector: inject now, add as a step of the script, heal what is active. */

/** @typedef {import("../canvas/actions.js").Bench} Bench */
/** @typedef {import("../stream/run_session.js").RunSession} RunSession */

export class FaultForms {
  /** @param {Bench} bench @param {HTMLElement} root @param {() => RunSession | null} session */
  constructor(bench, root, session) {
    this.bench = bench;
    this.root = root;
    this.session = session;
    root.addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.target instanceof HTMLFormElement && event.target.dataset.fault) this.#inject(event.target);
    });
    root.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      const form = button?.closest("form");
      if (button?.dataset.action === "schedule" && form) this.#schedule(form);
      if (button?.dataset.action === "unschedule") this.#unschedule(Number(button.dataset.index));
      if (button?.dataset.heal) this.heal(button.dataset.heal);
    });
  }

  /** The command that a form describes. @param {HTMLFormElement} form */
  command(form) {
    const { fault, target } = form.dataset;
    /** @type {Record<string, any>} */
    const command = { command: "inject", id: freshFaultId(), fault, target };
    for (const control of form.querySelectorAll("[data-option]")) {
      const input = /** @type {HTMLInputElement} */ (control);
      // A radio button speaks only when it is chosen; a slider has its number field beside it.
      if ((input.type === "radio" && !input.checked) || input.dataset.twin || input.dataset.none) continue;
      const value = readControl(input);
      if (value !== undefined && value !== null) command[input.dataset.option ?? ""] = value;
    }
    const reach = new FormData(form).get("selector");
    if (reach === "one") command.selector = "one";
    if (reach === "half") command.selector = { percent: 50 };
    const forS = Number(new FormData(form).get("for_s"));
    if (forS > 0) command.for_s = forS;
    return command;
  }

  /** @param {HTMLFormElement} form */
  #inject(form) {
    const session = this.session();
    if (!session?.isOn) toast("Press Run first: a fault needs traffic to hurt.");
    else if (this.bench.editable && form.reportValidity()) session.command(this.command(form));
  }

  /** @param {HTMLFormElement} form */
  #schedule(form) {
    const at = Number(new FormData(form).get("at_s"));
    if (!(at >= 0) || !form.reportValidity()) return;
    const { command, ...rest } = this.command(form);
    const step = { at_s: at, command, ...rest };
    const script = [...this.bench.doc.design.script, step];
    script.sort((a, b) => atOf(a) - atOf(b));
    if (this.bench.editable && this.bench.doc.submit({ op: "script", script })) this.bench.say("Step added");
  }

  /** @param {number} index */
  #unschedule(index) {
    const script = this.bench.doc.design.script.filter((_, i) => i !== index);
    if (this.bench.editable) this.bench.doc.submit({ op: "script", script });
  }

  /** @param {string} id */
  heal(id) {
    if (this.bench.editable) this.session()?.command({ command: "heal", id });
  }

  /** What is active on the thing that the form is about. */
  show() {
    const list = find("[data-active-faults]", this.root);
    const book = this.session()?.faults;
    if (!list) return;
    const active = this.session()?.isOn ? (book?.on(list.dataset.activeFaults ?? "") ?? []) : [];
    list.replaceChildren(
      ...active.map(({ id, fault }) => {
        const words = this.bench.catalogue.fault(fault);
        const heal = h("button", { class: "btn small", type: "button", "data-heal": id }, "Heal");
        return h("li", {}, icon(words?.icon ?? "flame"), h("span", {}, words?.label ?? fault), heal);
      }),
    );
  }
}

/** @param {any} step */
const atOf = (step) => Number(step?.at_s ?? 0);
