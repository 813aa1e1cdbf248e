import { find, need } from "../lib/dom.js";
import { problemText } from "../lib/http.js";

/** What keeps a design from running: a badge on each node, a count and a first sentence over the canvas. */

/** @typedef {import("../canvas/actions.js").Bench} Bench */

export class Problems {
  /** @type {Problem[]} */
  #list = [];
  #at = 0;

  /** @param {Bench} bench @param {(id: string) => void} go brings a node into view */
  constructor(bench, go) {
    this.bench = bench;
    this.go = go;
    this.box = need("#problems");
    find("[data-action=show-problem]", this.box)?.addEventListener("click", () => this.next());
  }

  /** @param {Problem[]} problems */
  show(problems) {
    this.#list = problems;
    this.#at = 0;
    /** @type {Map<string, Problem[]>} */
    const byNode = new Map();
    for (const problem of problems)
      byNode.set(this.#node(problem), [...(byNode.get(this.#node(problem)) ?? []), problem]);
    for (const [id, view] of this.bench.scene.nodes) {
      const own = byNode.get(id) ?? [];
      const others = view.notes.filter((note) => note.action !== "show-problem");
      const title = own.map((problem) => problemText(problem, this.bench.doc.nameOf.bind(this.bench.doc))).join("\n");
      const text = own.length === 1 ? brief(own[0]) : `${own.length} problems`;
      view.note(
        own.length > 0
          ? [{ text, icon: "alert-triangle", tone: "warn", title, action: "show-problem" }, ...others]
          : others,
      );
    }
    this.#write();
  }

  /** The node that carries it: of a link, the caller. @param {Problem} problem */
  #node({ where }) {
    return this.bench.doc.link(where)?.source ?? where;
  }

  /** Walk through them. */
  next() {
    if (this.#list.length === 0) return;
    const problem = this.#list[this.#at % this.#list.length];
    this.#at += 1;
    const id = this.bench.doc.node(problem.where) || this.bench.doc.link(problem.where) ? problem.where : null;
    if (id) this.go(id);
    this.#write(problem);
  }

  /** @param {Problem} [problem] */
  #write(problem = this.#list[0]) {
    const count = this.#list.length;
    this.box.hidden = count === 0;
    if (!problem) return;
    const nameOf = this.bench.doc.nameOf.bind(this.bench.doc);
    const strong = document.createElement("b");
    strong.textContent = count === 1 ? "1 thing to mend" : `${count} things to mend`;
    const where = problem.where === "design" ? "The design" : nameOf(problem.where);
    need(".problems-text", this.box).replaceChildren(strong, ` before it runs. ${sentence(problem, where)}`);
  }
}

/** @param {Problem} problem @param {string} where */
function sentence({ field, rule }, where) {
  const words = rule.endsWith(".") ? rule : `${rule}.`;
  const links = rule.match(/^must be at (least|most) (\d+) (outgoing|incoming)/);
  if (links) return `${where} needs at ${links[1]} ${links[2]} ${links[3]} link${links[2] === "1" ? "" : "s"}.`;
  return field && field !== "links" ? `${where}, ${field}: ${words}` : `${where} ${words}`;
}

/** One to three words for a badge. @param {Problem} problem */
function brief({ field, rule }) {
  if (/link/.test(field) || /link/.test(rule)) return "no link";
  return field
    ? field
        .replace(/^params\./, "")
        .replaceAll("_", " ")
        .slice(0, 22)
    : "problem";
}
