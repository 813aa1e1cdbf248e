/** Reading the controls that the server draws for a parameter: value out of a control, twins kept in step. */

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

/** The control of an event, if it is one of a parameter (`data-param`) or of a fault (`data-option`). @param {EventTarget | null} target @returns {Control | null} */
export function controlOf(target) {
  const isControl =
    target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
  return isControl && (target.dataset.param || target.dataset.option) ? target : null;
}

/** @param {string} id */
const byId = (id) => /** @type {HTMLInputElement | null} */ (document.getElementById(id));

/** The value that a control stands for; undefined when it is not (yet) one. @param {Control} control @returns {any} */
export function readControl(control) {
  const { type, twin, none } = control.dataset;
  const box = control instanceof HTMLInputElement ? control : null;
  if (twin) return valueAt(scaleOf(control.dataset), Number(control.value));
  if (none) return box?.checked ? null : JSON.parse(control.dataset.default ?? "null");
  switch (type) {
    case "number":
    case "integer":
      return control.value === "" ? undefined : Number(control.value);
    case "boolean":
      return box?.checked ?? false;
    case "group":
      return box?.checked ? {} : null;
    case "several":
      return [...(control.closest(".checks")?.querySelectorAll("input:checked") ?? [])].map(
        (input) => /** @type {HTMLInputElement} */ (input).value,
      );
    case "points":
      return points(control.value);
    case "rows":
      return rows(control.value);
    case "choice":
    case "pointer":
      return control.value === "" ? null : control.value;
    default:
      return control.value;
  }
}

/** "0 1" a line as [[0, 1]]; undefined when a line is not two numbers. @param {string} text */
export function points(text) {
  const rows = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => line.split(/[\s,;]+/).map(Number));
  return rows.every((row) => row.length === 2 && row.every(Number.isFinite)) ? rows : undefined;
}

/** JSON objects, commas between; undefined while they are not. @param {string} text */
function rows(text) {
  try {
    return JSON.parse(`[${text}]`);
  } catch {
    return undefined;
  }
}

/** Slider, number field and the box for "none" show one value. @param {Control} control @param {any} value */
export function keepTwins(control, value) {
  const field = control.closest(".field");
  if (!field || !["number", "integer"].includes(control.dataset.type ?? "")) return;
  const none = /** @type {HTMLInputElement | null} */ (field.querySelector("[data-none]"));
  if (none && none !== control) none.checked = value === null;
  const slider = /** @type {HTMLInputElement | null} */ (field.querySelector("[data-twin]"));
  const number = byId(control.dataset.twin ?? control.dataset.none ?? "");
  if (number) number.value = value === null ? "" : String(value);
  const place = (/** @type {HTMLInputElement} */ bed) =>
    value === null ? bed.max : positionOf(scaleOf(bed.dataset), value);
  if (slider && slider !== control) slider.value = String(place(slider));
  if (slider) fillSlider(slider);
}

/** The done part of a slider's bed. @param {HTMLInputElement} slider */
export function fillSlider(slider) {
  const [low, high] = [Number(slider.min), Number(slider.max)];
  slider.style.setProperty("--f", String((Number(slider.value) - low) / (high - low)));
}

/** @param {ParentNode} root */
export function fillSliders(root) {
  for (const slider of root.querySelectorAll("input.range")) fillSlider(/** @type {HTMLInputElement} */ (slider));
}

// Where a value lies on its slider: 0 to 1000, linear or logarithmic. The server draws by the same two formulas.

const STEPS = 1000;

/** @typedef {{ minimum: number, maximum: number, log: boolean, low: number, whole: boolean }} Scale */

/** @param {DOMStringMap} data of a slider @returns {Scale} */
export function scaleOf(data) {
  const minimum = Number(data.minimum);
  return {
    minimum,
    maximum: Number(data.maximum),
    log: data.log === "true",
    low: Number(data.low ?? minimum),
    whole: data.type === "integer",
  };
}

/** @param {Scale} scale @param {number} value */
export function positionOf({ minimum, maximum, log, low }, value) {
  if (value <= minimum) return 0;
  if (!log) return Math.round((STEPS * (value - minimum)) / (maximum - minimum));
  if (value <= low) return low === minimum ? 0 : 1;
  return Math.max(1, Math.round((STEPS * Math.log(value / low)) / Math.log(maximum / low)));
}

/** Three significant digits, so that numbers stay readable. @param {Scale} scale @param {number} position */
export function valueAt({ minimum, maximum, log, low, whole }, position) {
  if (position <= 0) return minimum;
  if (position >= STEPS) return maximum;
  const value = log ? low * (maximum / low) ** (position / STEPS) : minimum + ((maximum - minimum) * position) / STEPS;
  if (whole) return Math.max(minimum, Math.round(value));
  return Math.max(minimum, Math.min(maximum, Number(value.toPrecision(3))));
}
