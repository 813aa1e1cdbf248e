import { find, h, need } from "../lib/dom.js";
import { post, problemText } from "../lib/http.js";
import { toast } from "../panels/toasts.js";

/** The panel at the right: what is being graded, and the report. The server draws it; here it opens and closes. */

export class Reports {
  /** @param {{ urls: Record<string, string>, settled: () => Promise<void>, say: (words: string) => void }} page */
  constructor(page) {
    this.page = page;
    this.panel = need("#report");
    document.addEventListener("htmx:afterSwap", () => this.#told());
  }

  /** Grades what the server has, so edits that are on their way come first. @param {HTMLElement} button */
  async submit(button) {
    button.toggleAttribute("disabled", true);
    await this.page.settled();
    await this.#fill("POST", this.page.urls.submit);
    button.toggleAttribute("disabled", false);
  }

  /** @param {string} url */
  open(url) {
    return this.#fill("GET", url);
  }

  close() {
    this.panel.hidden = true;
    need("#stage").focus({ preventScroll: true });
  }

  /** @param {HTMLElement} button */
  async replay(button) {
    button.toggleAttribute("disabled", true);
    const answer = await post(button.dataset.url ?? "");
    button.toggleAttribute("disabled", false);
    if (answer.ok) toast("It waits 5 s before that moment. Press Resume to see it happen.");
    else toast(`It cannot be replayed. ${answer.problems.map((problem) => problemText(problem)).join(". ")}`);
  }

  /** @param {"GET" | "POST"} verb @param {string} url */
  async #fill(verb, url) {
    this.panel.hidden = false;
    this.panel.scrollIntoView({ block: "nearest" });
    this.panel.replaceChildren(h("section", { class: "grading" }, h("p", {}, "One moment.")));
    await htmx.ajax(verb, url, { target: this.panel, swap: "innerHTML" });
  }

  /** Says the verdict once. */
  #told() {
    const body = find("[data-verdict]", this.panel);
    if (!body || body.dataset.said) return;
    body.dataset.said = "yes";
    this.page.say(need(".report-title", this.panel).textContent ?? "");
  }
}
