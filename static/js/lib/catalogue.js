import { NONE, percent, short, time } from "./format.js";

/**
 * The catalogue that the server puts into the page: kinds, parameters, link options, faults.
 *
 * @typedef {{ name: string, type: string, label: string, unit: string, help: string, default: any, nullable: boolean,
 *   live: boolean, minimum?: number, maximum?: number | null, log?: boolean, choices?: string[], fields?: ParamWords[] }} ParamWords
 * @typedef {{ kind: string, family: string, label: string, icon: string, summary: string, params: ParamWords[],
 *   faults: string[], facts: string[], knobs: string[], sends: [number, number | null], receives: boolean }} KindWords
 * @typedef {{ label: string, icon: string, help: string, on: string[], replicas: boolean, instant: boolean,
 *   params: ParamWords[] }} FaultWords
 * @typedef {{ families: { name: string, label: string, kinds: string[] }[], kinds: Record<string, KindWords>,
 *   link: { params: ParamWords[], knobs: string[] }, faults: Record<string, FaultWords> }} CatalogueData
 */

/** What is shown of a kind that this page's catalogue does not know. @type {KindWords} */
const STRANGER = {
  kind: "",
  family: "",
  label: "Unknown",
  icon: "info-circle",
  summary: "",
  params: [],
  faults: [],
  facts: [],
  knobs: [],
  sends: [0, null],
  receives: true,
};

export class Catalogue {
  /** @param {CatalogueData} data */
  constructor(data) {
    this.data = data;
  }

  /** @param {string} kind @returns {KindWords} */
  kind(kind) {
    return this.data.kinds[kind] ?? { ...STRANGER, kind };
  }

  /** @param {string} id @returns {FaultWords | null} */
  fault(id) {
    return this.data.faults[id] ?? null;
  }

  /** Faults that a node of this kind, or a link (null), can have. @param {string | null} kind @returns {[string, FaultWords][]} */
  faultsFor(kind) {
    const all = Object.entries(this.data.faults);
    if (kind === null) return all.filter(([, fault]) => fault.on.includes("link"));
    const own = new Set(this.kind(kind).faults);
    return all.filter(([id]) => own.has(id));
  }

  /** A parameter of a node, its default where it is not given. @param {DesignNode} node @param {string} name */
  value(node, name) {
    return node.params[name] ?? this.kind(node.kind).params.find((param) => param.name === name)?.default ?? null;
  }

  /** Two facts that a card shows at rest; who has one of its own says how it calls. @param {DesignNode} node @param {DesignLink[]} links that leave it @returns {[string, string]} */
  facts(node, links = []) {
    const words = this.kind(node.kind);
    const facts = words.facts.flatMap((name) => {
      const param = words.params.find((p) => p.name === name);
      return param ? [fact(param, this.value(node, name))] : [];
    });
    return [facts[0] ?? words.label, facts[1] ?? this.#patience(links)];
  }

  /** "timeout 1 s · 2 retries" of the first link. @param {DesignLink[]} links */
  #patience([link]) {
    if (!link) return "";
    const value = (/** @type {string} */ name) =>
      name in link.params ? link.params[name] : this.data.link.params.find((param) => param.name === name)?.default;
    const timeout = value("timeout_ms");
    const retry = value("retry");
    const retries = this.data.link.params
      .find((param) => param.name === "retry")
      ?.fields?.find((f) => f.name === "max");
    const tries = retry ? (retry.max ?? retries?.default ?? 0) : 0;
    const words = timeout ? [`timeout ${time(timeout).replace(".00", "")}`] : ["waits for ever"];
    return [...words, ...(tries > 0 ? [tries === 1 ? "1 retry" : `${tries} retries`] : [])].join(" · ");
  }
}

/** "16 workers", "5 ms service time", "100/s", "round robin", "90 % reads". @param {ParamWords} param @param {any} value */
export function fact(param, value) {
  if (value === null || value === undefined) return `no ${param.label.toLowerCase()}`;
  if (typeof value === "string") return value.replaceAll("_", " ");
  if (typeof value !== "number") return param.label;
  if (param.unit === "rps") return `${short(value)} requests/s`;
  return `${quantity(param, value)} ${factWord(param)}`;
}

/** @param {ParamWords} param */
function factWord(param) {
  const word = param.label.toLowerCase();
  return param.maximum === 1 && word.endsWith(" share") ? `${word.slice(0, -6)}s` : word;
}

/** A value with its unit. @param {ParamWords} param @param {any} value */
export function quantity(param, value) {
  if (typeof value !== "number") return value === null ? NONE : String(value);
  if (param.unit === "ms") return time(value);
  if (param.unit === "s") return time(value * 1000);
  if (param.unit === "rps") return `${short(value)}/s`;
  if (param.type === "number" && param.maximum === 1) return percent(value);
  return param.unit ? `${short(value)}\u2009${param.unit}` : short(value);
}
