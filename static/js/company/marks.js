import { h, need, s } from "../lib/dom.js";
import { CARD } from "../lib/geometry.js";
import { textWidth } from "../lib/measure.js";

/** Pointers and selections of the others: pointers of one size at every zoom, frames that belong to the drawing. */

/** @typedef {import("./company.js").Peer} Peer */
/** @typedef {import("./company.js").OpenBench} OpenBench */

const ARROW = "M1 1L1 15L5.2 11.2L8 17.4L10.8 16.2L8 10.2L13.6 10Z";

export class Marks {
  /** @type {Peer[]} */
  #peers = [];
  /** @type {Map<string, HTMLElement>} */
  #pointers = new Map();
  #frames = "";

  /** @param {OpenBench} bench */
  constructor(bench) {
    this.scene = bench.scene;
    this.layer = h("div", { class: "company", "aria-hidden": "true" });
    need("#surface").append(this.layer);
    this.frames = s("g", { class: "peer-frames", "aria-hidden": "true" });
    this.scene.layers.over.append(this.frames);
    this.scene.viewport.on("move", () => this.#place(false));
    this.scene.on("routed", () => {
      this.#frames = "";
      this.#drawFrames();
    });
  }

  /** @param {Peer[]} peers */
  show(peers) {
    this.#peers = peers;
    for (const [id, element] of this.#pointers) {
      if (peers.some((peer) => peer.peer === id && peer.cursor)) continue;
      element.remove();
      this.#pointers.delete(id);
    }
    for (const peer of peers) {
      if (!peer.cursor || this.#pointers.has(peer.peer)) continue;
      const arrow = s("svg", { viewBox: "0 0 16 19" }, s("path", { d: ARROW }));
      const element = h("div", { class: `peer hue-${peer.hue}` }, arrow, h("span", {}, peer.name));
      this.#pointers.set(peer.peer, element);
      this.layer.append(element);
    }
    this.#place(true);
    this.#drawFrames();
  }

  /** @param {boolean} glide a pointer glides when its person moved it, not when the canvas moves below it */
  #place(glide) {
    const { x, y, k } = this.scene.viewport;
    for (const { peer, cursor } of this.#peers) {
      const element = this.#pointers.get(peer);
      if (!element || !cursor) continue;
      element.classList.toggle("gliding", glide);
      element.style.setProperty("--x", `${(cursor[0] * k + x).toFixed(1)}px`);
      element.style.setProperty("--y", `${(cursor[1] * k + y).toFixed(1)}px`);
    }
  }

  #drawFrames() {
    const key = JSON.stringify(this.#peers.map(({ peer, hue, name, selection }) => [peer, hue, name, selection]));
    if (key === this.#frames) return;
    this.#frames = key;
    this.frames.replaceChildren(
      ...this.#peers.flatMap((peer) => peer.selection.flatMap((id) => this.#frame(peer, id))),
    );
  }

  /** @param {Peer} peer @param {string} id @returns {Element[]} */
  #frame({ name, hue }, id) {
    const rect = this.scene.rect(id);
    if (!rect) {
      const line = this.scene.links.get(id)?.g.querySelector(".l-line")?.getAttribute("d");
      return line ? [s("path", { class: `peer-line hue-${hue}`, d: line })] : [];
    }
    const width = Math.ceil(textWidth(name, 10.5, 600)) + 12;
    return [
      s(
        "g",
        { class: `peer-frame hue-${hue}`, "data-peer": name, transform: `translate(${rect.x} ${rect.y})` },
        s("rect", { class: "peer-box", x: -4, y: -4, width: CARD.w + 8, height: CARD.h + 8, rx: 15 }),
        s("rect", { class: "peer-tag", x: 10, y: CARD.h - 4, width, height: 16, rx: 8 }),
        s("text", { x: 16, y: CARD.h + 8 }, name),
      ),
    ];
  }
}
