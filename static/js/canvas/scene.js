import { s, setAttr } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { bounds, cardRect, inflate, overlaps } from "../lib/geometry.js";
import { LinkView } from "./link_view.js";
import { NodeView } from "./node_view.js";
import { routeAll } from "./router.js";
import { Viewport } from "./viewport.js";

/**
 * The drawing of a design. It follows a document (`sync`) and a run (`paint`), and knows nothing of either's source.
 *
 * @typedef {import("../lib/catalogue.js").Catalogue} Catalogue
 * @typedef {import("../stream/live.js").Live} Live
 */

const TEXT_MS = 200; // texts are redrawn at most five times a second

/** @extends {Emitter<{ routed: void, painted: Live | null, synced: void }>} */
export class Scene extends Emitter {
  /** @type {Map<string, NodeView>} */
  nodes = new Map();
  /** @type {Map<string, LinkView>} */
  links = new Map();
  /** @type {Design | null} */
  design = null;
  /** Places of nodes that are being dragged, instead of those of the design. @type {Map<string, Point>} */
  held = new Map();
  #texts = 0;
  #routing = 0;

  /** @param {SVGSVGElement} stage @param {Catalogue} catalogue */
  constructor(stage, catalogue) {
    super();
    this.stage = stage;
    this.catalogue = catalogue;
    const dots = s("circle", { cx: 12, cy: 12, r: 1.1, class: "grid-dot" });
    this.pattern = s("pattern", { id: "grid", width: 24, height: 24, patternUnits: "userSpaceOnUse" }, dots);
    const ground = s("rect", { class: "grid", width: "100%", height: "100%", fill: "url(#grid)" });
    this.layers = {
      links: s("g", { class: "links" }),
      labels: s("g", { class: "labels" }),
      nodes: s("g", { class: "nodes" }),
      over: s("g", { class: "over" }),
    };
    const { links, labels, nodes, over } = this.layers;
    this.world = s("g", { class: "world" }, links, labels, nodes, over);
    stage.replaceChildren(s("defs", {}, this.pattern), ground, this.world);
    this.viewport = new Viewport(stage, this.world);
    this.viewport.on("lod", (lod) => {
      for (const view of this.nodes.values()) view.fit(lod);
    });
    this.viewport.on("settled", ({ x, y, k }) => {
      setAttr(this.pattern, "patternTransform", `translate(${x % (24 * k)} ${y % (24 * k)}) scale(${k})`);
    });
  }

  /** Bring the drawing in line with the design. @param {Design} design */
  sync(design) {
    this.design = design;
    const nodes = new Map(design.nodes.map((node) => [node.id, node]));
    const links = new Map(design.links.map((link) => [link.id, link]));
    for (const [id, view] of this.nodes) if (!nodes.has(id)) this.#drop(this.nodes, id, [view.g]);
    for (const [id, view] of this.links) if (!links.has(id)) this.#drop(this.links, id, [view.g, view.label]);
    for (const node of nodes.values())
      this.#syncNode(
        node,
        design.links.filter((link) => link.source === node.id),
      );
    for (const link of links.values()) this.#syncLink(link);
    this.route();
    this.emit("synced", undefined);
  }

  /** @param {Map<string, unknown>} views @param {string} id @param {Element[]} elements */
  #drop(views, id, elements) {
    views.delete(id);
    for (const element of elements) element.remove();
  }

  /** @param {DesignNode} node @param {DesignLink[]} out */
  #syncNode(node, out) {
    const view = this.nodes.get(node.id);
    if (view && view.node.kind === node.kind) {
      if (view.node !== node || out[0] !== view.links[0]) view.update(node, out);
      return;
    }
    view?.g.remove();
    const fresh = new NodeView(node, this.catalogue);
    fresh.fit(this.viewport.lod);
    fresh.update(node, out);
    fresh.rest();
    this.nodes.set(node.id, fresh);
    this.layers.nodes.append(fresh.g);
  }

  /** @param {DesignLink} link */
  #syncLink(link) {
    let view = this.links.get(link.id);
    if (!view) {
      view = new LinkView(link);
      view.rest();
      this.links.set(link.id, view);
      this.layers.links.append(view.g);
      this.layers.labels.append(view.label);
    }
    view.link = link;
    const name = (/** @type {string} */ id) => this.nodes.get(id)?.name ?? id;
    view.rename(`${name(link.source)} → ${name(link.target)}`);
  }

  /** Where a card is now, dragged or not. @param {string} id @returns {Rect | null} */
  rect(id) {
    const view = this.nodes.get(id);
    return view ? cardRect(this.held.get(id) ?? view.node) : null;
  }

  /** @returns {Map<string, Rect>} */
  get rects() {
    return new Map([...this.nodes].map(([id, view]) => [id, cardRect(this.held.get(id) ?? view.node)]));
  }

  /** @param {Iterable<string>} [ids] all without it */
  bounds(ids = this.nodes.keys()) {
    return bounds([...ids].flatMap((id) => this.rect(id) ?? []));
  }

  /** All lines anew, now. */
  route() {
    cancelAnimationFrame(this.#routing);
    this.#routing = 0;
    const routes = routeAll(this.rects, this.design?.links ?? []);
    for (const [id, view] of this.links) {
      const route = routes.get(id);
      if (route) view.place(route);
    }
    this.emit("routed", undefined);
  }

  /** Once before the next picture, however often it is asked for. */
  routeSoon() {
    this.#routing ||= requestAnimationFrame(() => this.route());
  }

  /** While a drag lasts: cards move, lines follow. @param {Map<string, Point>} places */
  hold(places) {
    this.held = places;
    for (const [id, { x, y }] of places) this.nodes.get(id)?.place(x, y);
    this.routeSoon();
  }

  /** Cards go back to where the design has them. */
  release() {
    const held = this.held;
    this.held = new Map();
    for (const id of held.keys()) {
      const view = this.nodes.get(id);
      view?.place(view.node.x, view.node.y);
    }
    this.route();
  }

  /** The newest numbers; called at most once a picture. @param {Live | null} live @param {boolean} [all] texts too, even if not due */
  paint(live, all = false) {
    const now = performance.now();
    const texts = all || now - this.#texts >= TEXT_MS;
    if (texts) this.#texts = now;
    const lod = this.viewport.lod;
    const view = inflate(this.viewport.view, 60);
    for (const [id, node] of this.nodes) {
      const state = live?.nodes.get(id);
      if (!live || !state) node.rest();
      else if (overlaps(view, cardRect(node.node))) {
        node.paint(state, live.from(id), live.totals.okShare(id), { lod, texts });
      }
    }
    for (const [id, link] of this.links) {
      const state = live?.links.get(id);
      if (state) link.paint(state, { texts, lod });
      else link.rest();
    }
    this.emit("painted", live);
  }
}
