import { find, h, need, setAttr, setText } from "../lib/dom.js";
import { clock, NONE, percent, plural, time } from "../lib/format.js";
import { STATE_WORDS } from "./tile.js";

/** The class as a whole: how many are in which state, the median, what was pushed, what was sent last. */

const PARTS = /** @type {const} */ (["failing", "strained", "ok", "idle", "down"]);

/** Draws the bar of a class. @param {HTMLElement} place @param {Record<string, number>} counts */
export function paintParts(place, counts) {
  const shown = PARTS.filter((state) => counts[state] > 0);
  const key = shown.map((state) => `${state}${counts[state]}`).join();
  if (place.dataset.shown === key) return;
  place.dataset.shown = key;
  const parts = shown.map((state) => {
    const part = h("span", { class: `now-part is-${state}` }, String(counts[state]));
    part.style.setProperty("--n", String(counts[state]));
    return part;
  });
  place.replaceChildren(...parts);
  const words = shown.map((state) => `${counts[state]} ${STATE_WORDS[state]}`);
  place.setAttribute("aria-label", words.join(", ") || "Nobody yet");
}

/** @param {import("./tile.js").Tile[]} tiles */
export function median(tiles) {
  const values = tiles.flatMap((tile) => (tile.here && tile.row?.p99_ms != null ? [tile.row.p99_ms] : []));
  values.sort((a, b) => a - b);
  return { median: values[values.length >> 1] ?? null, worst: values.at(-1) ?? null };
}

export class Now {
  /** @param {import("./wall.js").Wall} wall */
  constructor(wall) {
    this.wall = wall;
  }

  paint() {
    const tiles = [...this.wall.tiles.values()];
    const running = tiles.filter((tile) => tile.row && tile.here);
    const here = tiles.filter((tile) => tile.here).length;
    const { median: middle, worst } = median(tiles);
    paintParts(need("#parts"), this.wall.counts);
    setText(need("#count"), `${here} of ${tiles.length}`);
    setText(need("#median"), time(middle));
    setText(need("#worst"), `worst ${time(worst)}`);
    const met = running.filter((tile) => tile.row?.slo === "met").length;
    setText(need("#met"), running.length > 0 ? percent(met / running.length) : NONE);
    setText(need("#met-of"), running.length > 0 ? `${met} of ${running.length}` : "nothing runs");
  }

  /** @param {import("./line.js").ClassState} state */
  know(state) {
    setText(need("#scene"), state.pushed ?? "Nothing pushed yet");
    setText(need("#scene-more"), state.pushed ? "each on a copy of their own" : "everybody has a design of their own");
    const last = state.broadcasts[0];
    if (last) {
      setText(need("#last-what"), `You ${last.words}`);
      setText(need("#last-how"), sentWords(last));
    }
    setText(need("#freeze span"), state.frozen ? "Thaw editing" : "Freeze editing");
    setAttr(need("#freeze"), "aria-pressed", String(state.frozen));
    setText(need("#pause span"), state.paused ? "Resume all" : "Pause all");
    setAttr(need("#pause"), "aria-pressed", String(state.paused));
    setText(need("#live-chip"), state.open ? "Live" : "Closed");
    setAttr(need("#live-chip"), "data-state", state.open ? "open" : "closed");
    const close = find("#close");
    if (close) setText(close, state.open ? "Close the class" : "Open the class again");
  }
}

/** "at 2:04, 22 at the same moment, 1 late, no cache: 2". @param {import("./line.js").Sent} sent */
export function sentWords(sent) {
  const parts = [
    `at ${clock(sent.at_s, false)}`,
    `seed ${sent.seed}`,
    `${plural(sent.sent - sent.late, "run")} at that moment`,
  ];
  if (sent.late > 0) parts.push(`${sent.late} past it, at once`);
  for (const [why, count] of Object.entries(sent.why_not)) parts.push(`${why}: ${count}`);
  return parts.join(" · ");
}
