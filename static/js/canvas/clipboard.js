import { bounds, cardRect } from "../lib/geometry.js";
import { excerpt, insert, remove } from "./actions.js";

/** Copy, cut and paste as JSON text, so that it works across tabs and in any editor. */

/** @typedef {import("./actions.js").Bench} Bench */

const SHIFT = 32;

export class Clipboard {
  #pastes = 0;

  /** @param {Bench} bench @param {() => boolean} active whether the canvas has the keyboard */
  constructor(bench, active) {
    this.bench = bench;
    document.addEventListener("copy", (event) => active() && this.#copy(event));
    document.addEventListener("cut", (event) => {
      if (active() && this.#copy(event)) remove(bench);
    });
    document.addEventListener("paste", (event) => active() && this.#paste(event));
  }

  /** @param {ClipboardEvent} event */
  #copy(event) {
    const part = excerpt(this.bench);
    if (part.nodes.length === 0 || !event.clipboardData) return false;
    event.clipboardData.setData("text/plain", JSON.stringify(part, null, 1));
    event.preventDefault();
    this.#pastes = 0;
    this.bench.say(part.nodes.length === 1 ? `${part.nodes[0].name} copied` : `${part.nodes.length} copied`);
    return true;
  }

  /** @param {ClipboardEvent} event */
  #paste(event) {
    const part = parse(event.clipboardData?.getData("text/plain") ?? "");
    if (!this.bench.editable) return;
    if (!part) {
      this.bench.tell("The clipboard holds no components.");
      return;
    }
    event.preventDefault();
    this.#pastes += 1;
    const { scene } = this.bench;
    const from = /** @type {Rect} */ (bounds(part.nodes.map(cardRect)));
    const view = scene.viewport.view;
    const seen =
      from.x < view.x + view.w && from.x + from.w > view.x && from.y < view.y + view.h && from.y + from.h > view.y;
    // From another place it lands in the middle of what is in view; from here, a little aside.
    const dx = seen ? SHIFT * this.#pastes : view.x + (view.w - from.w) / 2 - from.x;
    const dy = seen ? SHIFT * this.#pastes : view.y + (view.h - from.h) / 2 - from.y;
    insert(this.bench, part, Math.round(dx / 8) * 8, Math.round(dy / 8) * 8);
  }
}

/** Nodes and links out of a text; null if it holds none. @param {string} text @returns {{ nodes: DesignNode[], links: DesignLink[] } | null} */
export function parse(text) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(data?.nodes)) return null;
  const text40 = (/** @type {unknown} */ v) => typeof v === "string" && v.length > 0 && v.length <= 80;
  const nodes = data.nodes
    .filter((/** @type {any} */ n) => text40(n?.id) && text40(n?.kind))
    .map((/** @type {any} */ n) => ({
      id: n.id,
      kind: n.kind,
      name: text40(n.name) ? n.name : n.id,
      x: Number.isFinite(n.x) ? n.x : 0,
      y: Number.isFinite(n.y) ? n.y : 0,
      zone: null,
      params: n.params ?? {},
    }));
  const links = (Array.isArray(data.links) ? data.links : [])
    .filter((/** @type {any} */ l) => text40(l?.source) && text40(l?.target))
    .map((/** @type {any} */ l) => ({ id: l.id ?? "", source: l.source, target: l.target, params: l.params ?? {} }));
  return nodes.length > 0 ? { nodes, links } : null;
}
