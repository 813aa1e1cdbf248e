import { s } from "../lib/dom.js";
import { CARD } from "../lib/geometry.js";
import { still } from "../lib/tokens.js";
import { RunChannel } from "../stream/run_channel.js";
import { RunSession } from "../stream/run_session.js";
import { Socket } from "../stream/socket.js";
import { runRules } from "./bench.js";
import { Traffic } from "./traffic.js";

/** Shows a run on the canvas: numbers on the cards, dots on the links, frames round what is broken. */

const LATE_MS = 300;

/** @typedef {ReturnType<typeof import("./bench.js").openBench>} OpenBench */

export class RunView {
  /** @type {RunSession | null} */
  session = null;
  #late = 0;

  /** @param {OpenBench} bench @param {HTMLCanvasElement} canvas */
  constructor(bench, canvas) {
    this.bench = bench;
    this.traffic = new Traffic(canvas, bench.scene);
    bench.scene.on("synced", () => {
      this.#marks();
      if (this.session) bench.scene.paint(this.session.live, true);
    });
    bench.scene.viewport.on("settled", () => this.session && bench.scene.paint(this.session.live, true));
  }

  /** @param {string} run @param {RunSession["channel"]} [channel] where its frames come from, if not from the server @returns {RunSession} */
  watch(run, channel) {
    this.session?.close();
    const { bench } = this;
    channel ??= new RunChannel(new Socket(bench.urls.runSocket(run)), run);
    const session = new RunSession(channel, runRules(bench));
    this.session = session;
    this.traffic.show(null, false);
    session.on("paint", (live) => {
      bench.scene.paint(live);
      this.traffic.show(live, session.flowing);
      bench.announcer.watch(live, (id) => bench.doc.nameOf(id));
      // The last frame before a pause is shown whole, though texts were not due.
      clearTimeout(this.#late);
      this.#late = window.setTimeout(() => this.session === session && bench.scene.paint(live, true), LATE_MS);
    });
    // A paused run keeps its dots where they are; one that is over has none.
    session.on("state", () => this.traffic.show(session.isOn ? session.live : null, session.flowing));
    session.on("stalled", () => this.traffic.show(session.live, session.flowing));
    session.on("faults", () => this.#marks());
    session.on("events", (events) => {
      for (const event of events)
        if (event.what === "fault_injected" && session.t - event.t_s < 1) this.#ring(event.node);
    });
    return session;
  }

  /** Which nodes and links are the target of an active fault. */
  #marks() {
    const broken = new Set(this.session?.isOn ? this.session.faults.active.map((fault) => fault.target) : []);
    const { nodes, links } = this.bench.scene;
    for (const [id, view] of [...nodes, ...links]) view.g.classList.toggle("broken", broken.has(id));
    for (const [id, view] of nodes) {
      const active = this.session?.isOn ? this.session.faults.on(id) : [];
      const kinds = [...new Set(active.map(({ fault }) => fault))];
      const notes = kinds.map((fault) =>
        this.#faultNote(fault, active.filter((other) => other.fault === fault).length),
      );
      view.note([...notes, ...view.notes.filter((note) => note.action !== "fault")]);
    }
  }

  /** @param {string} fault @param {number} count @returns {import("./badges.js").Badge} */
  #faultNote(fault, count) {
    const words = this.bench.catalogue.fault(fault);
    const text = `${(words?.label ?? fault).toLowerCase()}${count > 1 ? ` ×${count}` : ""}`;
    return { text, icon: words?.icon ?? "flame", tone: "crit", action: "fault" };
  }

  /** A ring that runs out once from what was broken. @param {string} id */
  #ring(id) {
    const rect = this.bench.scene.rect(id);
    if (!rect || still()) return;
    const ring = s("rect", { class: "ring-out", x: rect.x, y: rect.y, width: CARD.w, height: CARD.h, rx: 12 });
    this.bench.scene.layers.over.append(ring);
    ring.addEventListener("animationend", () => ring.remove());
  }
}
