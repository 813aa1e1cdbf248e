import { bench, channel, runView } from "./editor.js";
import { Goals } from "./lab/goals.js";
import { Locks } from "./lab/locks.js";
import { Prices } from "./lab/prices.js";
import { Reports } from "./lab/reports.js";
import { find, need, pageData } from "./lib/dom.js";

/** A lab: the editor with a brief, goals that tick while a run is on, and a report. */

const { doc, urls } = bench;
const goals = new Goals(pageData("lab-goals"));
const prices = new Prices(urls.given.prices, (price) => goals.price(price));
new Locks(bench.scene, pageData("rules") ?? {});
const reports = new Reports({ urls: urls.given, settled: () => doc.settled(5000), say: bench.say });

channel.on("run", () => {
  const { session } = runView;
  if (session) goals.watch(session);
  // A guess is worth something before the first run.
  for (const choice of document.querySelectorAll("#prediction button")) choice.toggleAttribute("disabled", true);
});
doc.on("revision", () => prices.soon());
prices.soon();

const clicks = /** @type {Record<string, (button: HTMLElement) => unknown>} */ ({
  try: () => need("#run").click(),
  submit: (button) => reports.submit(button),
  "close-report": () => reports.close(),
  replay: (button) => reports.replay(button),
});
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-action], [data-show-attempt]") : null;
  if (!(button instanceof HTMLElement)) return;
  if (button.dataset.showAttempt) reports.open(button.dataset.showAttempt);
  else clicks[button.dataset.action ?? ""]?.(button);
});
const brief = find(".brief-body");
if (brief && brief.scrollHeight <= brief.clientHeight) brief.removeAttribute("tabindex");
