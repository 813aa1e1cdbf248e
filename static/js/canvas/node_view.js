import { setAttr, setText } from "../lib/dom.js";
import * as format from "../lib/format.js";
import { ellipsis, textWidth } from "../lib/measure.js";
import { HEALTH_WORDS, SHAPES } from "../lib/shapes.js";
import { badgesKey, drawBadges, liveBadges } from "./badges.js";
import { arcPath, buildCard, QUEUE, SPARK, sparkPath } from "./node_card.js";

/**
 * One node on the canvas. `update` follows the design, `paint` follows the frames; each writes only what changed.
 *
 * @typedef {import("../lib/catalogue.js").Catalogue} Catalogue
 * @typedef {import("../stream/node_state.js").NodeState} NodeState
 * @typedef {import("../stream/link_state.js").LinkState} LinkState
 * @typedef {import("./badges.js").Badge} Badge
 * @typedef {"full" | "reading" | "far" | "dial" | "tile"} Lod
 */

/** Size and room of the name where it is not that of the full card. @type {Partial<Record<Lod, [number, number]>>} */
const NAME = { reading: [15, 124], far: [23, 126] };

export class NodeView {
  /** @type {Badge[]} shown beside what the run says: problems, active faults */
  notes = [];
  /** @type {Badge[]} */
  #live = [];
  name = "";
  /** @type {DesignLink[]} */
  links = [];
  /** @type {[string, string]} */
  facts = ["", ""];
  #resting = false;
  #badges = "";
  #spark = "";
  #replicas = 1;
  /** @type {Lod} */
  #lod = "full";

  /** @param {DesignNode} node @param {Catalogue} catalogue */
  constructor(node, catalogue) {
    this.node = node;
    this.catalogue = catalogue;
    this.words = catalogue.kind(node.kind);
    this.card = buildCard(node.id, this.words.icon);
    this.g = this.card.g;
    this.update(node);
  }

  /** @param {DesignNode} node @param {DesignLink[]} [links] that leave it */
  update(node, links = this.links) {
    const { card, catalogue } = this;
    this.links = links;
    const replicas = Number(catalogue.value(node, "replicas") ?? 1);
    this.node = node;
    this.place(node.x, node.y);
    setAttr(this.g, "data-stack", Math.min(3, replicas));
    setText(card.count, replicas > 1 ? `×${replicas}` : "");
    const name = node.name || this.words.label;
    setText(card.title, name);
    this.name = name;
    this.#replicas = replicas;
    this.fit(this.#lod);
    this.facts = catalogue.facts(node, this.links);
    if (this.#resting) this.rest();
  }

  /** The name, cut to what this level of detail has room for. @param {Lod} lod */
  fit(lod) {
    this.#lod = lod;
    const [size, room] = NAME[lod] ?? [13, this.#replicas > 1 ? 96 : 120];
    setText(this.card.name, ellipsis(this.name, room, size, 600));
  }

  /** Other notes than before. @param {Badge[]} notes */
  note(notes) {
    this.notes = notes;
    this.#drawBadges(this.#live);
  }

  /** @param {number} x @param {number} y */
  place(x, y) {
    setAttr(this.g, "transform", `translate(${x} ${y})`);
  }

  /** As it looks without a run. */
  rest() {
    const { card } = this;
    const [first, second] = this.facts;
    this.#resting = true;
    setAttr(this.g, "data-health", "rest");
    setAttr(this.g, "data-level", "ok");
    setText(card.rate, ellipsis(first, 124, 11.5));
    setText(card.fact, ellipsis(second, 168, 11.5));
    for (const text of [card.p99, card.load]) setText(text, "");
    for (const path of [card.arc, card.spark, card.area]) setAttr(path, "d", "");
    setAttr(this.g, "data-queue", null);
    this.#drawBadges([]);
    this.#spark = "";
    const words = [this.name, this.words.label.toLowerCase(), first, second];
    setAttr(this.g, "aria-label", words.filter(Boolean).join(", "));
  }

  /**
   * @param {NodeState} state @param {LinkState[]} links those that leave it @param {number | null} okShare of a client
   * @param {{ lod: Lod, texts: boolean }} how `texts`: whether texts are due, at most five times a second
   */
  paint(state, links, okShare, { lod, texts }) {
    const { card, g } = this;
    this.#resting = false;
    setAttr(g, "data-health", state.health);
    setAttr(g, "data-level", okShare === null ? state.level : okShare < 0.95 ? "strained" : "ok");
    setAttr(card.shape, "d", SHAPES[state.health]);
    const load = okShare ?? state.load;
    if (lod !== "tile") setAttr(card.arc, "d", arcPath(Math.round((load ?? 0) * 100)));
    if (texts) this.#paintTexts(state, links, okShare, lod);
    if (lod === "full") this.#paintDetail(state);
  }

  /** @param {NodeState} state @param {LinkState[]} links @param {number | null} okShare @param {Lod} lod */
  #paintTexts(state, links, okShare, lod) {
    const { card, g } = this;
    const idle = state.health === "down";
    const load = okShare === null ? loadText(state.load) : `${format.percent(okShare)} ok`;
    const p99 = idle ? "" : format.time(state.p99);
    const rate = idle ? "no traffic" : format.rate(state.rate);
    const badges = liveBadges(state, links);
    if (lod !== "dial" && lod !== "tile") setText(card.p99, p99);
    if (lod === "full") {
      setText(card.rate, rate);
      setText(card.load, load);
      this.#drawBadges(badges);
    }
    const words = [this.name, this.words.label.toLowerCase(), HEALTH_WORDS[state.health], rate];
    if (load) words.push(okShare === null ? `${load} busy` : load);
    if (p99) words.push(`p99 ${p99}`);
    words.push(...[...this.notes, ...badges].map((badge) => badge.text));
    setAttr(g, "aria-label", words.join(", "));
  }

  /** @param {NodeState} state */
  #paintDetail(state) {
    const { card, g } = this;
    const busy = state.queue > 0;
    setAttr(g, "data-queue", busy ? (state.queueCap > 0 && state.queue >= state.queueCap ? "full" : "some") : null);
    if (busy) {
      const share = state.queueCap > 0 ? Math.min(1, state.queue / state.queueCap) : 1;
      setAttr(card.fill, "width", Math.max(2, Math.round(share * QUEUE.w)));
    }
    const room = SPARK.w - Math.max(38, textWidth(card.load.textContent ?? "", 12, 600) + 12);
    const key = `${state.sparkStep} ${Math.round(room / 6)}`;
    if (key === this.#spark) return;
    this.#spark = key;
    const { line, area, end } = sparkPath(state.spark, room);
    setAttr(card.spark, "d", line);
    setAttr(card.area, "d", area);
    setAttr(card.dot, "r", end ? SPARK.dot : 0);
    setAttr(card.dot, "cx", end?.x ?? 0);
    setAttr(card.dot, "cy", end?.y ?? 0);
  }

  /** @param {Badge[]} live */
  #drawBadges(live) {
    this.#live = live;
    const badges = [...this.notes, ...live];
    const key = badgesKey(badges);
    if (key === this.#badges) return;
    this.#badges = key;
    drawBadges(this.card.badges, badges);
  }
}

/** @param {number | null} load */
const loadText = (load) => (load === null ? "" : format.percent(Math.round(load * 100) / 100));
