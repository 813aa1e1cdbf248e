import { find, need, pageData, setText } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { problemText } from "../lib/http.js";
import { toast } from "../panels/toasts.js";

/** The broadcast bar: what, to whom, when, and one red button with the count in it. */

const RANDOM = 5;

export class Chaos {
  /** @type {Set<string>} */
  picked = new Set();

  /** @param {import("./line.js").Line} line @param {import("./wall.js").Wall} wall */
  constructor(line, wall) {
    this.line = line;
    this.wall = wall;
    this.page = pageData("live");
    this.form = /** @type {HTMLFormElement} */ (need("#broadcast"));
    this.more = /** @type {HTMLSelectElement} */ (need("#what-more"));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    this.form.addEventListener("change", (event) => {
      if (event.target === this.more && this.more.value) this.#uncheck();
      else if (event.target instanceof HTMLInputElement && event.target.name === "what") this.more.value = "";
      this.paint();
    });
    need("#seed").addEventListener("change", () => void this.#seed());
  }

  #uncheck() {
    for (const radio of this.form.querySelectorAll("input[name=what]"))
      if (radio instanceof HTMLInputElement) radio.checked = false;
  }

  async #seed() {
    const field = /** @type {HTMLInputElement} */ (need("#seed"));
    const answer = await this.line.order("class.seed", { seed: Number(field.value) });
    if (!answer.ok) toast(answer.problems.map((problem) => problemText(problem)).join(". "));
  }

  /** @returns {string} */
  get to() {
    return String(new FormData(this.form).get("to"));
  }

  get picking() {
    return this.to === "some";
  }

  /** How many runs a broadcast would reach now. */
  get count() {
    const tiles = [...this.wall.tiles.values()].filter((tile) => tile.person.run);
    if (this.to === "healthy") return tiles.filter((tile) => tile.row?.health === "ok").length;
    if (this.to === "random") return Math.min(RANDOM, tiles.length);
    if (this.to === "some") return tiles.filter((tile) => this.picked.has(tile.person.id)).length;
    return tiles.length;
  }

  paint() {
    const tiles = [...this.wall.tiles.values()];
    setText(need("#to-all"), `All ${tiles.length}`);
    setText(need("#to-healthy"), `Healthy ${tiles.filter((tile) => tile.row?.health === "ok").length}`);
    setText(need("#to-random"), `Random ${Math.min(RANDOM, tiles.length)}`);
    setText(need("#to-some"), this.picked.size > 0 ? `Pick ${this.picked.size}` : "Pick");
    const { count } = this;
    const button = /** @type {HTMLButtonElement} */ (need("#send"));
    button.disabled = count === 0;
    button.title = count === 0 ? "Nothing runs there. Start together first." : "";
    setText(need("#send span"), count > 0 ? `Send to ${count}` : "Send");
    for (const tile of tiles) tile.element.classList.toggle("picked", this.picking && this.picked.has(tile.person.id));
    this.wall.place.classList.toggle("picking", this.picking);
  }

  /** @param {string} id */
  pick(id) {
    if (!this.picked.delete(id)) this.picked.add(id);
    this.paint();
  }

  get steps() {
    const what = String(new FormData(this.form).get("what") ?? "") || this.more.value;
    return what.startsWith("script:") ? this.page.scripts[what.slice(7)] : [{ plan: what, after_s: 0 }];
  }

  async send() {
    const to = { some: { some: [...this.picked] }, random: { random: RANDOM } }[this.to] ?? this.to;
    const field = /** @type {HTMLInputElement | null} */ (find("#at"));
    const at = field?.value.trim() ? Number(field.value) : null;
    const answer = await this.line.order("class.broadcast", {
      steps: this.steps,
      to,
      ...(at === null ? {} : { at_s: at }),
    });
    if (answer.ok)
      toast(`You ${answer.done.words}. It comes to ${plural(this.count, "run")} at second ${answer.done.at_s}.`);
    else toast(answer.problems.map((problem) => problemText(problem)).join(". "));
  }
}
