import { find, need, setText } from "../lib/dom.js";
import * as format from "../lib/format.js";
import { post, problemText } from "../lib/http.js";

/** Run, pause, step, stop, speed, clock. Starts a run and asks the page to watch it. */

/** @typedef {import("../stream/run_session.js").RunSession} RunSession */
/** @typedef {import("../lib/urls.js").Urls} Urls */

const WORDS = {
  queued: "waiting",
  starting: "warming up",
  running: "",
  paused: "",
  finished: "",
  failed: "",
  stopped: "",
};

export class Transport {
  /** @type {RunSession | null} */
  session = null;
  #asked = false;

  /**
   * @param {Urls} urls
   * @param {{ editable: boolean, saved: () => Promise<void>, started: (run: string) => void, problems: (problems: Problem[]) => void, say: (words: string) => void }} page
   * `saved`: when the server has all edits, as it runs what it has
   */
  constructor(urls, page) {
    this.urls = urls;
    this.page = page;
    this.run = /** @type {HTMLButtonElement} */ (need("#run"));
    this.step = /** @type {HTMLButtonElement} */ (need("[data-action=step]"));
    this.stop = /** @type {HTMLButtonElement} */ (need("[data-action=stop]"));
    this.speed = /** @type {HTMLSelectElement} */ (need("#speed"));
    this.clock = need("#clock");
    this.word = need(".run-word", this.run);
    this.run.addEventListener("click", () => this.toggle());
    this.step.addEventListener("click", () => this.stepBy(0.1));
    this.stop.addEventListener("click", () => this.session?.command({ command: "stop" }));
    this.speed.disabled = !page.editable;
    this.speed.addEventListener("change", () => this.#sendSpeed());
    this.paint();
  }

  /** @param {RunSession | null} session */
  watch(session) {
    this.session = session;
    session?.on("state", (state) => {
      if (this.session !== session) return;
      if (state.status === "running" && state.speed !== this.#wantedSpeed && !this.#asked) this.#sendSpeed();
      if (state.status === "running") this.#asked = true;
      this.paint();
    });
    this.#asked = false;
    this.paint();
  }

  /** Space and the big button. */
  async toggle() {
    if (!this.page.editable) return;
    const status = this.session?.state.status;
    if (status === "running") this.session?.command({ command: "pause" });
    else if (status === "paused") this.session?.command({ command: "resume" });
    else if (!this.session?.isOn) await this.start();
  }

  async start() {
    this.run.disabled = true;
    setText(this.clock, WORDS.starting);
    await this.page.saved();
    const answer = await post(this.urls.runs);
    this.run.disabled = false;
    if (answer.ok) this.page.started(answer.data.id);
    else {
      this.page.problems(answer.problems);
      this.page.say(`It cannot run. ${answer.problems.map((problem) => problemText(problem)).join(". ")}`);
      this.paint();
    }
  }

  /** @param {number} seconds */
  stepBy(seconds) {
    if (this.session?.state.status === "paused") this.session.command({ command: "step", for_s: seconds });
  }

  /** @param {number} by rows of the list of speeds */
  faster(by) {
    const next = Math.max(0, Math.min(this.speed.options.length - 1, this.speed.selectedIndex + by));
    this.speed.selectedIndex = next;
    this.#sendSpeed();
    this.page.say(`Speed ${this.speed.options[next].text}`);
  }

  get #wantedSpeed() {
    return this.speed.value === "max" ? "max" : Number(this.speed.value);
  }

  #sendSpeed() {
    if (this.session?.isOn && this.page.editable) this.session.command({ command: "speed", factor: this.#wantedSpeed });
  }

  paint() {
    const { session } = this;
    const status = session?.state.status ?? "stopped";
    const on = session?.isOn ?? false;
    const classes = document.body.classList;
    classes.toggle("running", on);
    classes.toggle("paused", status === "paused");
    if (session) classes.add("has-run");
    setText(this.word, status === "paused" ? "Resume" : on ? "Pause" : "Run");
    this.run.disabled = !this.page.editable || status === "queued" || status === "starting";
    this.step.disabled = status !== "paused" || !this.page.editable;
    this.stop.disabled = !on || !this.page.editable;
    this.tick();
  }

  /** The clock shows the newest frame and nothing else. */
  tick() {
    const { session } = this;
    const state = session?.state;
    const waiting = state?.status === "queued" || state?.status === "starting";
    const place = state?.place ? `place ${state.place}` : "";
    if (!session || !waiting) setText(this.clock, format.clock(session?.t ?? 0));
    else setText(this.clock, place || WORDS[state?.status ?? "queued"]);
    this.clock.title = waiting && state?.detail ? state.detail : this.#pace(session);
  }

  /** Whether the run keeps up with the speed that was asked for. @param {RunSession | null} session */
  #pace(session) {
    const wanted = session?.state.speed;
    if (typeof wanted !== "number" || !session?.isOn || session.achieved >= wanted * 0.9) return "Simulated time";
    return `Simulated time. This run is too big for the speed that was asked for: now at ${format.short(session.achieved)}×.`;
  }
}

/** The field with the design's name in the bar. @param {(name: string) => void} rename */
export function wireName(rename) {
  const field = find("#design-name");
  if (!(field instanceof HTMLInputElement)) return;
  field.addEventListener("change", () => rename(field.value.trim()));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "Escape") field.blur();
  });
}
