/** Key strokes as words ("Ctrl+Shift+z", "Alt+ArrowLeft", "?") and tables from word to action. */

/** @param {KeyboardEvent} event */
export function stroke(event) {
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const letter = /^[a-z]$/.test(key) || key.length > 1;
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  // Shift is part of what a symbol is ("?" or "+"), so it is named only with letters and named keys.
  if (event.shiftKey && letter) parts.push("Shift");
  return [...parts, shiftedDigit(event) ?? key].join("+");
}

/** Shift 1 is "!" here and "+" elsewhere: the place of the key is what people learn. @param {KeyboardEvent} event */
function shiftedDigit(event) {
  return event.shiftKey && /^Digit\d$/.test(event.code) ? `Shift+${event.code.slice(5)}` : null;
}

/**
 * Runs the action of a stroke; an action that returns false leaves the event alone.
 * @param {KeyboardEvent} event @param {Record<string, (event: KeyboardEvent) => unknown>} table
 */
export function dispatch(event, table) {
  const action = table[stroke(event)];
  if (!action || action(event) === false) return false;
  event.preventDefault();
  event.stopPropagation();
  return true;
}
