import { latencyGoal, runRules } from "../canvas/bench.js";
import { s } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { clamp } from "../lib/geometry.js";
import { Film, FilmChannel } from "../stream/film.js";
import { RunSession } from "../stream/run_session.js";

/**
 * Plays a film on the canvas: forwards by giving frames as their time comes, to anywhere by starting anew a little before.
 *
 * @typedef {import("../canvas/run_view.js").RunView} RunView
 * @typedef {import("../stream/film.js").FilmData} FilmData
 * @extends {Emitter<{ moment: number, playing: boolean }>}
 */
export class Player extends Emitter {
  t = 0;
  speed = 1;
  playing = false;
  #next = 0; // number of the frame that comes next
  #last = 0;
  #request = 0;
  #channel = new FilmChannel();

  /** @param {RunView} view @param {FilmData} data */
  constructor(view, data) {
    super();
    // No wall clock is behind a film: however slowly it is played, nothing stalls.
    RunSession.STALL_MS = RunSession.FLOW_MS = Number.POSITIVE_INFINITY;
    this.view = view;
    this.film = new Film(data, runRules(view.bench));
    this.limitMs = latencyGoal(view.bench.doc.design);
    this.seek(0);
  }

  get session() {
    return /** @type {RunSession} */ (this.view.session);
  }

  /** @param {number} t seconds */
  seek(t) {
    this.t = clamp(t, 0, this.film.end);
    this.#channel = new FilmChannel();
    const session = this.view.watch("film", /** @type {any} */ (this.#channel));
    for (const { t: at, event } of this.film.series.events)
      if (at <= this.t && event.what === "fault_injected")
        session.faults.learn({ command: "inject", ...event.detail, target: event.node });
    this.#channel.emit("meta", this.film.metaAt(this.t));
    this.#tell();
    for (const frame of this.film.leading(this.t)) this.#channel.emit("frame", frame);
    this.#next = this.film.until(this.t);
    // Rings are for what happens now.
    for (const ring of this.view.bench.scene.layers.over.querySelectorAll(".ring-out")) ring.remove();
    this.emit("moment", this.t);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.t >= this.film.end - 0.05) this.seek(0);
    this.playing = true;
    this.#last = performance.now();
    this.#request ||= requestAnimationFrame((now) => this.#tick(now));
    this.#tell();
  }

  pause() {
    this.playing = false;
    this.#tell();
  }

  /** @param {number} now */
  #tick(now) {
    this.#request = 0;
    if (!this.playing) return;
    this.t = Math.min(this.film.end, this.t + (Math.min(1000, Math.max(0, now - this.#last)) / 1000) * this.speed);
    this.#last = now;
    const until = this.film.until(this.t);
    for (; this.#next < until; this.#next++) this.#channel.emit("frame", this.film.data.frames[this.#next]);
    this.emit("moment", this.t);
    if (this.t >= this.film.end) this.pause();
    else this.#request = requestAnimationFrame((next) => this.#tick(next));
  }

  #tell() {
    const status = this.playing ? "running" : "paused";
    this.#channel.emit("state", { type: "run.state", status, place: null, detail: "", speed: this.speed });
    this.emit("playing", this.playing);
  }
}

/** The triangle or the two bars of a play button. @param {boolean} playing */
export const playIcon = (playing) =>
  s(
    "svg",
    { class: "icon", "aria-hidden": "true" },
    s("use", { href: playing ? "#i-player-pause" : "#i-player-play" }),
  );

/**
 * The film from where it is, asked for until it is made. `progress` hears 0 to 1.
 * @param {string} url @param {(share: number) => void} progress @returns {Promise<FilmData>} rejects with a sentence
 */
export async function fetchFilm(url, progress) {
  for (;;) {
    const answer = await fetch(url);
    const data = await answer.json().catch(() => ({}));
    if (answer.status === 200) return data;
    if (answer.status !== 202) throw new Error(data.detail || "The run could not be computed again.");
    progress(data.until_s > 0 ? data.done_s / data.until_s : 0);
    await new Promise((done) => setTimeout(done, 500));
  }
}
