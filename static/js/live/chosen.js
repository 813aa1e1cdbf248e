import { h } from "../lib/dom.js";
import { percent, time } from "../lib/format.js";
import { STATE_WORDS } from "./tile.js";

/** What can be done about one learner: open and follow, spotlight, lower the hand, send out. */

/**
 * @param {import("./line.js").Line} line @param {import("./tile.js").Tile} tile
 * @param {{ spotlight: string | null, tell: (words: string) => void }} page
 */
export function showChosen(line, tile, { spotlight, tell }) {
  document.querySelector("#chosen")?.remove();
  const { person, row } = tile;
  const lit = spotlight === person.id;
  const facts = row ? `p99 ${time(row.p99_ms)}, ${percent(row.failed)} failed, goals ${row.slo}` : "No run now.";
  const box = h(
    "dialog",
    { id: "chosen", class: "chosen", "aria-label": person.name },
    h("h2", {}, person.name),
    h("p", { class: "label" }, `${STATE_WORDS[tile.state]} · ${facts}`),
  );
  const actions = h("div", { class: "class-actions" });
  if (person.design)
    actions.append(h("a", { class: "btn primary", href: `/d/${person.design}`, target: "_blank" }, "Open and follow"));
  const button = (/** @type {string} */ words, /** @type {string} */ type, /** @type {object} */ rest) => {
    const made = h("button", { class: "btn", type: "button" }, words);
    made.addEventListener("click", async () => {
      const answer = await line.order(type, { participant: person.id, ...rest });
      if (!answer.ok) tell(answer.problems[0]?.rule ?? "That could not be done");
      box.close();
    });
    actions.append(made);
    return made;
  };
  button(lit ? "Off the projector" : "Spotlight", "class.spotlight", lit ? { participant: null } : {});
  if (person.hand) button("Lower the hand", "learner.lower", {});
  const out = button("Send out", "learner.kick", {});
  out.classList.add("danger");
  out.title = "They leave the class. Their design stays theirs.";
  const close = h("button", { class: "btn ghost", type: "button" }, "Close");
  close.addEventListener("click", () => box.close());
  actions.append(close);
  box.append(actions);
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
}
