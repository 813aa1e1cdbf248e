import { s, setAttr, setText } from "../lib/dom.js";
import * as format from "../lib/format.js";
import { pointAt, roundedPath } from "../lib/geometry.js";
import { textWidth } from "../lib/measure.js";

/**
 * One link: a line with an arrow, a wide invisible one that catches the pointer, and a label pill.
 *
 * @typedef {import("./router.js").Route} Route
 * @typedef {import("../stream/link_state.js").LinkState} LinkState
 */

const RADIUS = 10;
const ARROW = 8;

export class LinkView {
  /** @type {Route | null} */
  route = null;
  name = "";
  #label = "";
  #extra = "";
  #width = 0;

  /** @param {DesignLink} link */
  constructor(link) {
    this.link = link;
    this.hit = s("path", { class: "l-hit" });
    this.line = s("path", { class: "l-line" });
    this.arrow = s("path", { class: "l-arrow", d: "M0 -4.2L0 4.2L8 0z" });
    this.cut = s("g", { class: "l-cut" }, s("circle", { r: 11 }), s("path", { d: "M-4 -4L4 4M4 -4L-4 4" }));
    const attrs = { class: "link", "data-id": link.id, tabindex: -1, role: "group", "aria-roledescription": "link" };
    this.title = s("title");
    this.g = s("g", attrs, this.title, this.hit, this.line, this.arrow, this.cut);
    this.rect = s("rect", { height: 18, y: -9, rx: 9 });
    this.text = s("text", { y: 3.8 });
    this.label = s("g", { class: "l-label", "data-id": link.id }, this.rect, this.text);
  }

  /** @param {string} name "Web → Cache" */
  rename(name) {
    this.name = name;
    setText(this.title, name);
    if (this.g.getAttribute("data-look") === "rest") setAttr(this.g, "aria-label", name);
  }

  /** @param {Route} route */
  place(route) {
    this.route = route;
    const points = route.points;
    const [a, b] = points.slice(-2);
    const [dx, dy] = [Math.sign(b.x - a.x), Math.sign(b.y - a.y)];
    const turn = dx > 0 ? 0 : dx < 0 ? 180 : dy > 0 ? 90 : 270;
    const short = [...points.slice(0, -1), { x: b.x - dx * ARROW, y: b.y - dy * ARROW }];
    const d = roundedPath(short, RADIUS);
    setAttr(this.line, "d", d);
    setAttr(this.hit, "d", d);
    setAttr(this.arrow, "transform", `translate(${b.x - dx * ARROW} ${b.y - dy * ARROW}) rotate(${turn})`);
    const middle = pointAt(points, route.length / 2);
    setAttr(this.cut, "transform", `translate(${middle.x} ${middle.y})`);
    this.#write();
  }

  rest() {
    setAttr(this.g, "data-look", "rest");
    setAttr(this.g, "data-width", 0);
    setAttr(this.g, "aria-label", this.name);
    this.#say("", "");
    setAttr(this.label, "data-look", "rest");
  }

  /** @param {LinkState} state @param {{ texts: boolean, lod: string }} how */
  paint(state, { texts, lod }) {
    setAttr(this.g, "data-look", state.look);
    setAttr(this.g, "data-width", state.width);
    if (!texts) return;
    const lost = state.lost >= 0.01 ? `${format.percent(Math.round(state.lost * 100) / 100)} fail` : "";
    const rate = state.look === "rest" ? "" : format.rate(state.rate);
    if (lod === "full") {
      setAttr(this.label, "data-look", state.look);
      this.#say(state.look === "cut" ? "" : rate, state.look === "failing" || state.lost >= 0.05 ? lost : "");
    }
    const breaker = state.breaker === 2 ? "breaker open" : state.breaker === 1 ? "breaker half-open" : "";
    const words = [this.name, format.rate(state.rate), lost, breaker, `p99 ${format.time(state.p99)}`];
    setAttr(this.g, "aria-label", words.filter(Boolean).join(", "));
  }

  /** Is the point under the label? @param {Point} p */
  covers(p) {
    const at = this.#width > 0 ? this.route?.label : null;
    return Boolean(at && Math.abs(p.x - at.x) < this.#width / 2 + 3 && Math.abs(p.y - at.y) < 12);
  }

  /** @param {string} text @param {string} extra shown too where there is room */
  #say(text, extra) {
    if (text === this.#label && extra === this.#extra) return;
    this.#label = text;
    this.#extra = extra;
    this.#write();
  }

  #write() {
    const place = this.route?.label;
    const room = place?.room ?? 0;
    const long = this.#extra ? `${this.#label} · ${this.#extra}` : this.#label;
    const choices = this.#extra ? [long, this.#extra, this.#label] : [long];
    const text = place && this.#label ? choices.find((choice) => widthOf(choice) <= room) : undefined;
    this.label.classList.toggle("hidden", !text);
    this.#width = text ? widthOf(text) : 0;
    if (!text || !place) return;
    const width = this.#width;
    setText(this.text, text);
    setAttr(this.rect, "x", -width / 2);
    setAttr(this.rect, "width", width);
    setAttr(this.label, "transform", `translate(${Math.round(place.x)} ${Math.round(place.y)})`);
  }
}

/** @param {string} text */
const widthOf = (text) => Math.round(textWidth(text, 10.5, 500)) + 16;
