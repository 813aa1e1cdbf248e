import { find, h, icon, need, setText } from "../lib/dom.js";
import * as format from "../lib/format.js";

/** What happened in the run, newest first. */

const MOST = 200;

/** @typedef {import("./event_words.js").Words} Words */

export class Events {
  #count = 0;

  /** @param {(event: RunEvent) => Words} words */
  constructor(words) {
    this.words = words;
    this.list = need("#events");
    this.badge = find("#event-count");
    this.clear();
  }

  clear() {
    this.#count = 0;
    this.list.replaceChildren(
      h("li", { class: "reasons-none" }, h("b", {}, "Nothing yet."), " Faults, knobs and breakers show up here."),
    );
    this.#badge();
  }

  /** @param {RunEvent[]} events */
  add(events) {
    if (this.#count === 0) this.list.replaceChildren();
    for (const event of events) {
      const { text, icon: name, tone } = this.words(event);
      this.list.prepend(
        h(
          "li",
          { class: `event is-${tone}` },
          h("span", { class: "event-time" }, format.clock(event.t_s)),
          icon(name),
          h("span", {}, text),
        ),
      );
      if (this.list.childElementCount > MOST) this.list.lastElementChild?.remove();
    }
    this.#count += events.length;
    this.#badge();
  }

  #badge() {
    if (!this.badge) return;
    this.badge.hidden = this.#count === 0;
    setText(this.badge, format.whole(this.#count));
  }
}
