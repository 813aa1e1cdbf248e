/** Numbers as the page shows them: value, thin space, unit; one rule per quantity. */

const THIN = "\u2009";
export const NONE = "–"; // no data; not the same as 0 and not the same as "never"
export const MINUS = "\u2212";

/** Digits with grouping commas. @param {number} value */
export const whole = (value) => Math.round(value).toLocaleString("en-US");

/** Three significant steps: 999, 1.4k, 12.4k, 214k, 2.1M. @param {number} value */
export function short(value) {
  const size = Math.abs(value);
  if (size < 9.95) return String(Math.round(value * 10) / 10);
  if (size < 999.5) return String(Math.round(value));
  if (size < 99_950) return `${(value / 1000).toFixed(1)}k`;
  if (size < 999_500) return `${Math.round(value / 1000)}k`;
  return `${(value / 1e6).toFixed(1)}M`;
}

/** Events each second. @param {number | null} perSecond */
export const rate = (perSecond) => (perSecond === null ? NONE : `${short(perSecond < 0.05 ? 0 : perSecond)}/s`);

/** A duration given in ms: whole ms under one second, then seconds. @param {number | null} ms */
export function time(ms) {
  if (ms === null) return NONE;
  if (ms < 9.95) return `${Math.round(ms * 10) / 10}${THIN}ms`;
  if (ms < 999.5) return `${Math.round(ms)}${THIN}ms`;
  if (ms < 99_950) return `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)}${THIN}s`;
  return `${whole(ms / 1000)}${THIN}s`;
}

/** A share of one: one decimal under 10 %, and above 99 % where the rest is what matters. @param {number | null} share */
export function percent(share) {
  if (share === null) return NONE;
  const value = share * 100;
  const fine = (value > 0 && value < 9.95) || (value > 99 && value < 100);
  const text = fine ? String(Math.min(value, 99.9).toFixed(1)) : String(Math.round(value));
  return `${text.replace(/\.0$/, "")}${THIN}%`;
}

/** Simulated time: 2:41.0, and with hours 1:02:41. @param {number} seconds @param {boolean} [tenths] */
export function clock(seconds, tenths = true) {
  const all = tenths ? Math.floor(seconds * 10 + 1e-6) / 10 : Math.floor(seconds + 1e-6);
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const tail = tenths ? s.toFixed(1).padStart(4, "0") : String(Math.floor(s)).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${tail}` : `${m}:${tail}`;
}

/** "1 request", "2 requests". @param {number} count @param {string} noun */
export const plural = (count, noun) => `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;

/** "a, b and c". @param {string[]} words */
export function list(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
