import { h, need, setText } from "../lib/dom.js";
import * as format from "../lib/format.js";
import { playIcon } from "./player.js";

/** What moves a film: play, speed, the slider over the timeline, keys. */

/** @typedef {import("./player.js").Player} Player */

const STEP_S = 5;
export const SPEEDS = [0.5, 1, 2, 5, 10, 20];

export class Scrub {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.button = /** @type {HTMLButtonElement} */ (need("#play"));
    this.clock = need("#clock");
    this.speed = /** @type {HTMLSelectElement} */ (need("#speed"));
    this.slider = h("input", {
      ...{ type: "range", class: "scrub", min: 0, max: player.film.end, step: 0.1, value: 0 },
      "aria-label": "Moment of the run",
    });
    need(".t-track").append(this.slider);
    this.button.disabled = false;
    this.button.addEventListener("click", () => player.toggle());
    this.slider.addEventListener("input", () => player.seek(Number(this.slider.value)));
    this.speed.addEventListener("change", () => this.#pace());
    this.#pace();
    player.on("moment", (t) => this.#show(t));
    player.on("playing", (playing) => this.#playing(playing));
    this.#show(player.t);
    this.#playing(player.playing);
  }

  /** Keys that mean the same everywhere on the page. */
  get keys() {
    return {
      Space: () => this.player.toggle(),
      "[": () => this.player.seek(this.player.t - STEP_S),
      "]": () => this.player.seek(this.player.t + STEP_S),
      "{": () => this.#toEvent(-1),
      "}": () => this.#toEvent(1),
      ">": () => this.#faster(1),
      "<": () => this.#faster(-1),
    };
  }

  /** @param {1 | -1} way */
  #toEvent(way) {
    const at = this.player.film.event(this.player.t, way);
    this.player.seek(at ?? (way > 0 ? this.player.film.end : 0));
  }

  /** @param {number} by */
  #faster(by) {
    this.speed.selectedIndex = Math.max(0, Math.min(this.speed.options.length - 1, this.speed.selectedIndex + by));
    this.#pace();
  }

  #pace() {
    this.player.speed = Number(this.speed.value);
  }

  /** @param {number} t */
  #show(t) {
    setText(this.clock, format.clock(t));
    this.slider.value = String(t);
    this.slider.setAttribute(
      "aria-valuetext",
      `${format.clock(t, false)} of ${format.clock(this.player.film.end, false)}`,
    );
  }

  /** @param {boolean} playing */
  #playing(playing) {
    document.body.classList.toggle("running", playing);
    this.button.replaceChildren(playIcon(playing), h("span", {}, playing ? "Pause" : "Play"));
  }
}
