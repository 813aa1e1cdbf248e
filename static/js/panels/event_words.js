import { quantity } from "../lib/catalogue.js";
import * as format from "../lib/format.js";

/** What happened in a run, in words and with an icon: for the timeline and the list of events. */

/** @typedef {import("../lib/catalogue.js").Catalogue} Catalogue */
/** @typedef {{ text: string, short: string, icon: string, tone: "crit" | "warn" | "neutral" }} Words */

/** @param {RunEvent} event @param {Catalogue} catalogue @param {(id: string) => string} nameOf @param {Design} design @returns {Words} */
export function eventWords(event, catalogue, nameOf, design) {
  const { what, node, detail = {} } = event;
  const name = node ? nameOf(node) : "";
  const fault = catalogue.fault(detail.fault ?? "");
  switch (what) {
    case "fault_injected": {
      const label = fault?.label ?? detail.fault ?? "Fault";
      return {
        text: `${label} on ${name}`,
        short: `${name}: ${label.toLowerCase()}`,
        icon: fault?.icon ?? "flame",
        tone: "crit",
      };
    }
    case "fault_healed":
      return {
        text: `${fault?.label ?? "Fault"} on ${name} healed`,
        short: `${name} healed`,
        icon: "lifebuoy",
        tone: "neutral",
      };
    case "load":
      return {
        text: `${name} sends ${format.short(detail.factor)} times as much`,
        short: `load ×${format.short(detail.factor)}`,
        icon: "trending-up",
        tone: "neutral",
      };
    case "set": {
      const value = shown(catalogue, design, node, detail.param, detail.value);
      const label = labelOf(catalogue, design, node, detail.param);
      return {
        text: `${name}: ${label} set to ${value}`,
        short: `${label} ${value}`,
        icon: "adjustments",
        tone: "neutral",
      };
    }
    case "breaker_opened":
      return { text: `The breaker of ${name} opened`, short: "breaker open", icon: "plug-connected-x", tone: "warn" };
    case "breaker_closed":
      return {
        text: `The breaker of ${name} closed`,
        short: "breaker closed",
        icon: "plug-connected-x",
        tone: "neutral",
      };
    default:
      return {
        text: `${name} ${what.replaceAll("_", " ")}`.trim(),
        short: what.replaceAll("_", " "),
        icon: "info-circle",
        tone: "neutral",
      };
  }
}

/** @param {Catalogue} catalogue @param {Design} design @param {string} id @param {string} path */
function paramOf(catalogue, design, id, path = "") {
  const node = design.nodes.find((n) => n.id === id);
  const params = node ? catalogue.kind(node.kind).params : catalogue.data.link.params;
  const [name, field] = path.split(".");
  const param = params.find((p) => p.name === name);
  return field ? param?.fields?.find((p) => p.name === field) : param;
}

/** @param {Catalogue} catalogue @param {Design} design @param {string} id @param {string} path */
function labelOf(catalogue, design, id, path) {
  return (paramOf(catalogue, design, id, path)?.label ?? path).toLowerCase();
}

/** @param {Catalogue} catalogue @param {Design} design @param {string} id @param {string} path @param {any} value */
function shown(catalogue, design, id, path, value) {
  const param = paramOf(catalogue, design, id, path);
  return param ? quantity(param, value) : String(value);
}
