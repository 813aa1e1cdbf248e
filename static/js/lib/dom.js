/** Small helpers over the DOM. Writers touch the page only when the shown value changed. */

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {string | number | boolean | null | undefined} Attr */
/** @typedef {Node | string | null | undefined | false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Record<string, Attr>} [attrs] @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attrs = {}, ...children) {
  return fill(document.createElement(tag), attrs, children);
}

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag @param {Record<string, Attr>} [attrs] @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function s(tag, attrs = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attrs, children);
}

/** @template {Element} E @param {E} element @param {Record<string, Attr>} attrs @param {Child[]} children @returns {E} */
function fill(element, attrs, children) {
  for (const [name, value] of Object.entries(attrs)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(.../** @type {(Node | string)[]} */ (children.filter(Boolean)));
  return element;
}

/** An icon of the inlined sprite, for HTML. @param {string} name @param {string} [className] */
export function icon(name, className = "icon") {
  return s("svg", { class: className, "aria-hidden": "true" }, s("use", { href: `#i-${name}` }));
}

/** The element, or an error that names it. @param {string} selector @param {ParentNode} [root] @returns {HTMLElement} */
export function need(selector, root = document) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`The page has no ${selector}`);
  return /** @type {HTMLElement} */ (found);
}

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement | null} */
export const find = (selector, root = document) => root.querySelector(selector);

/** Data that the page brought along in a json_script block. @param {string} id */
export function pageData(id) {
  const block = document.getElementById(id);
  return block?.textContent ? JSON.parse(block.textContent) : null;
}

/** @type {WeakMap<Element, Record<string, string | null>>} */
const written = new WeakMap();

/** Set an attribute unless it already has that value; null removes it. @param {Element} element @param {string} name @param {string | number | null} value */
export function setAttr(element, name, value) {
  const text = value === null ? null : String(value);
  const seen = written.get(element) ?? {};
  written.set(element, seen);
  if (seen[name] === text) return;
  seen[name] = text;
  if (text === null) element.removeAttribute(name);
  else element.setAttribute(name, text);
}

/** @type {WeakMap<Node, string>} */
const texts = new WeakMap();

/** @param {Node} element @param {string} text */
export function setText(element, text) {
  if (texts.get(element) === text) return;
  texts.set(element, text);
  element.textContent = text;
}

/** Shows or hides by class, so that no style attribute is needed. @param {Element} element @param {boolean} shown */
export const show = (element, shown) => void element.classList.toggle("hidden", !shown);

/** Is the person typing, so that single letters are text? @param {EventTarget | null} target */
export function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && !["range", "checkbox", "radio", "button"].includes(target.type);
}
