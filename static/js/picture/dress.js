/** A drawing that takes its look along: what the style sheets say is written on every element, colours as sRGB. */

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["path", "rect", "circle", "text", "line", "svg", "use"]);
const LOOK = ["stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "paint-order"];
const TYPE = ["font-size", "font-weight", "text-anchor"];
const PLAIN = new Map(
  Object.entries({
    ...{ "stroke-dasharray": "none", "stroke-linecap": "butt", "stroke-linejoin": "miter", "paint-order": "normal" },
    ...{ "text-anchor": "start", "font-weight": "400" },
  }),
);

/** @type {Map<string, { colour: string, alpha: number }>} */
const colours = new Map();
/** @type {CanvasRenderingContext2D | null} */
let pen = null;

/** Any CSS colour as six digits and an opacity, for programs that know no others. @param {string} css */
export function hexOf(css) {
  let found = colours.get(css);
  if (!found) {
    pen ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const drawn = /** @type {CanvasRenderingContext2D} */ (pen);
    drawn.clearRect(0, 0, 1, 1);
    drawn.fillStyle = css;
    drawn.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = drawn.getImageData(0, 0, 1, 1).data;
    const digits = [r, g, b].map((value) => value.toString(16).padStart(2, "0")).join("");
    found = { colour: `#${digits}`, alpha: Math.round((a / 255) * 100) / 100 };
    colours.set(css, found);
  }
  return found;
}

/** @param {Element} element in the page @returns {Element} a copy that needs no style sheet */
export function dressed(element) {
  return copied(element) ?? document.createElementNS(SVG, "g");
}

/** @param {Element} element @returns {Element | null} null: it is not seen */
function copied(element) {
  const style = getComputedStyle(element);
  const tag = element.localName;
  if (style.display === "none" || style.visibility === "hidden" || style.opacity === "0") return null;
  if (tag === "use") return icon(element, style);
  const copy = document.createElementNS(SVG, tag);
  for (const { name, value } of element.attributes) if (!hidden(name)) copy.setAttribute(name, value);
  if (DRAWN.has(tag) && !paint(copy, style, tag)) return null;
  if (style.opacity !== "1") copy.setAttribute("opacity", style.opacity);
  if (tag === "text" || tag === "title") copy.textContent = element.textContent;
  else for (const child of element.children) copy.append(...[copied(child)].flatMap((made) => made ?? []));
  return tag === "g" && copy.childElementCount === 0 ? null : copy;
}

/** Of use on the page alone. @param {string} name */
const hidden = (name) => /^(class|style|role|tabindex|filter|id|data-.*|aria-.*)$/.test(name);

/** @param {Element} copy @param {CSSStyleDeclaration} style @param {string} tag @returns {boolean} whether anything is to be seen */
function paint(copy, style, tag) {
  let seen = false;
  for (const what of ["fill", "stroke"]) {
    const value = style.getPropertyValue(what);
    const { colour, alpha } = value === "none" ? { colour: "none", alpha: 0 } : hexOf(value);
    if (alpha === 0) {
      if (what === "fill") copy.setAttribute(what, "none");
      continue;
    }
    seen = true;
    copy.setAttribute(what, colour);
    if (alpha < 1) copy.setAttribute(`${what}-opacity`, String(alpha));
  }
  for (const name of tag === "text" ? TYPE : copy.hasAttribute("stroke") ? LOOK : []) {
    const value = style.getPropertyValue(name);
    if (value && value !== PLAIN.get(name)) copy.setAttribute(name, value.replace(/px/g, ""));
  }
  return seen;
}

/** What the sprite has under that name, drawn in place. @param {Element} use @param {CSSStyleDeclaration} style */
function icon(use, style) {
  const symbol = document.querySelector(use.getAttribute("href") ?? "");
  if (!symbol) return null;
  const copy = document.createElementNS(SVG, "svg");
  for (const name of ["x", "y", "width", "height"]) copy.setAttribute(name, use.getAttribute(name) ?? "0");
  copy.setAttribute("viewBox", symbol.getAttribute("viewBox") ?? "0 0 24 24");
  paint(copy, style, "svg");
  for (const child of symbol.children) copy.append(child.cloneNode(true));
  return copy;
}
