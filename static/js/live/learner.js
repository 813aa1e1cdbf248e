import { h, need, pageData, setAttr, setText, show } from "../lib/dom.js";
import { Line } from "./line.js";

/** A class above the editor: what the instructor did, whether editing is frozen, one's own score, a hand to raise. */

const BANNER_MS = 20_000;
const page = pageData("live");
const line = new Line(page.session);
const strip = need("#class");
const banner = need("#class-banner");
let hand = false;
let count = 0;
let timer = 0;
let open = true;

need(".topbar").after(strip);
need("#surface").append(banner);

/** @param {string} what @param {string} how @param {"crit" | "calm"} tone */
function say(what, how, tone) {
  setText(need("#class-banner-what"), what);
  setText(need("#class-banner-how"), how);
  setAttr(banner, "data-tone", tone);
  show(banner, true);
  clearTimeout(timer);
  timer = window.setTimeout(() => show(banner, false), BANNER_MS);
}

/** @param {number | null} score */
function paintScore(score) {
  show(need("#class-score"), score !== null);
  if (score !== null) setText(need("#class-score"), `Score ${Math.round(score)}`);
}

line.on("state", (state) => {
  if (state.design && state.design !== page.design) {
    location.reload(); // another design was pushed: the editor starts on the new copy
    return;
  }
  count = state.count;
  hand = state.hand;
  show(need("#class-frozen"), state.frozen);
  show(need("#class-paused"), state.paused);
  show(need("#class-closed"), !state.open);
  document.body.classList.toggle("class-is-frozen", state.frozen);
  if (open && !state.open) say("The class is over.", "Your design stays yours: go on as you like.", "calm");
  open = state.open;
  setAttr(need("#class-hand"), "aria-pressed", String(hand));
  setText(need("#class-hand span"), hand ? "Hand is up" : "Raise hand");
  paintScore(state.score);
  if (state.board) {
    const rows = state.board.map((place) => boardRow(place));
    need("#class-board").replaceChildren(...rows);
  }
});

/** @param {import("./line.js").Place} place */
function boardRow({ place, score, mine, name }) {
  const words = mine ? "You" : (name ?? "Somebody");
  return h(
    "li",
    { class: mine ? "is-mine" : null },
    h("span", {}, `${place}`),
    h("span", {}, words),
    h("b", {}, String(Math.round(score))),
  );
}

line.on("did", ({ words }) => {
  say(`Your instructor ${words}.`, `Same moment and seed for all ${count}.`, "crit");
});
line.on("scores", (scores) => paintScore(scores[page.participant]?.score ?? null));
line.on("over", (why) => {
  say(why, "Your design stays yours.", "calm");
  show(strip, false);
});
need("#class-hand").addEventListener("click", () => line.say({ type: "hand.set", up: !hand }));
need("#class-banner-close").addEventListener("click", () => show(banner, false));
line.open();
