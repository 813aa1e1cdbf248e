/** Where a value lies on its slider: 0 to 1000, linear or logarithmic. The server draws sliders by the same two formulas. */

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
