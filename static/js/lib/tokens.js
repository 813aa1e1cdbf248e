/** What the person wants to see: colour tokens for what CSS cannot reach, read again when the theme changes; motion. */

/** @type {Map<string, string>} */
let cache = new Map();
/** @type {Set<() => void>} */
const listeners = new Set();

/** The value of a CSS custom property such as "accent". @param {string} name */
export function token(name) {
  let value = cache.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    cache.set(name, value);
  }
  return value;
}

/** @param {string} name @param {number} alpha */
export const faded = (name, alpha) => `color-mix(in oklab, ${token(name)} ${Math.round(alpha * 100)}%, transparent)`;

/** @param {() => void} listener */
export function onTheme(listener) {
  if (listeners.size === 0) watch();
  listeners.add(listener);
}

function watch() {
  const changed = () => {
    cache = new Map();
    for (const listener of listeners) listener();
  };
  new MutationObserver(changed).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}

const wish = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

/** Whether nothing may move: the system's wish, or data-motion="off" on <html>. */
export const still = () => Boolean(wish?.matches) || document.documentElement.dataset.motion === "off";
