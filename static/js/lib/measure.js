/** Widths of texts in the page's font, measured once for each text. */

/** @type {CanvasRenderingContext2D | null} */
let context = null;
/** @type {Map<string, number>} */
let widths = new Map();

function measurer() {
  if (!context) {
    context = document.createElement("canvas").getContext("2d");
    // Widths measured before the font came are those of another font.
    document.fonts?.addEventListener("loadingdone", () => {
      widths = new Map();
    });
  }
  return /** @type {CanvasRenderingContext2D} */ (context);
}

/** @param {string} text @param {number} size px @param {number} [weight] */
export function textWidth(text, size, weight = 400) {
  const key = `${weight} ${size} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    const pen = measurer();
    pen.font = `${weight} ${size}px Inter, system-ui, sans-serif`;
    width = pen.measureText(text).width;
    if (widths.size > 5000) widths = new Map();
    widths.set(key, width);
  }
  return width;
}

/** The text, or as much of it as fits, with an ellipsis. @param {string} text @param {number} room px @param {number} size @param {number} [weight] */
export function ellipsis(text, room, size, weight = 400) {
  if (textWidth(text, size, weight) <= room) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (textWidth(`${text.slice(0, middle).trimEnd()}…`, size, weight) <= room) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low).trimEnd()}…`;
}
