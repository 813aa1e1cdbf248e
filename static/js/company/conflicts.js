/** When two people change the same thing: what an edit is about, and the sentence that says who came last. */

/**
 * What an edit changes: "web workers", "web @" for its place, "web" for all of it when it is removed.
 * @param {Edit} edit @returns {string[]}
 */
export function targets(edit) {
  switch (edit.op) {
    case "set":
    case "unset":
      return [`${edit.id} ${edit.param}`];
    case "move":
      return Object.keys(edit.to).map((id) => `${id} @`);
    case "rename":
      return [`${edit.id} name`];
    case "remove":
      return edit.ids;
    case "batch":
      return edit.edits.flatMap(targets);
    case "script":
    case "slos":
      return [`: ${edit.op}`];
    case "describe":
      return Object.keys(edit)
        .filter((key) => key !== "op")
        .map((key) => `: ${key}`);
    default:
      return [];
  }
}

/**
 * @param {string} who @param {Edit} edit theirs @param {string} target
 * @param {boolean} mine whether one's own change is still on its way, and so comes after theirs
 * @param {(id: string) => string} nameOf
 */
export function conflictWords(who, edit, target, mine, nameOf) {
  const [id, what = ""] = target.split(" ");
  if (what === "") return `${who} removed what you were changing. Undo on their side brings it back.`;
  const about = id === ":" ? `the ${what === "slos" ? "objectives" : what} of the design` : nameOf(id);
  if (what === "@") return `${who} moved ${about} too. ${mine ? "Your place" : "Their place"} came last and counts.`;
  const value = edit.op === "set" && !mine && typeof edit.value !== "object" ? `: ${what} is ${edit.value} now` : "";
  return `${who} changed ${about} too${value}. ${mine ? "Yours" : "Theirs"} came last and counts.`;
}
