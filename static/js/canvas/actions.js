import { CARD, centre, snap } from "../lib/geometry.js";
import { freePlace } from "./guides.js";
import { copyName, freshId, freshLinkId, freshName, linkProblem } from "./rules.js";

/**
 * Everything that people do to a design, whatever they do it with. Each is one edit and one step of undo.
 *
 * @typedef {{ doc: import("./document.js").DesignDocument, scene: import("./scene.js").Scene,
 *   selection: import("./selection.js").Selection, catalogue: import("../lib/catalogue.js").Catalogue,
 *   editable: boolean, say: (words: string) => void, tell: (words: string) => void }} Bench
 * `say` is for the screen reader, `tell` for everybody (a toast)
 */

const PITCH = 288;

/** @param {Bench} bench @param {string} kind @param {Point} [at] top left corner; without it beside the selection @returns {string | null} id */
export function addNode(bench, kind, at) {
  if (!bench.editable) return null;
  const { doc, catalogue } = bench;
  const words = catalogue.kind(kind);
  const place = at ?? freePlace(besideSelection(bench), [...bench.scene.rects.values()]);
  const node = {
    id: freshId(doc.design, kind.replaceAll("_", "-")),
    kind,
    name: freshName(doc.design, words.label),
    x: snap(place.x),
    y: snap(place.y),
    zone: null,
    params: {},
  };
  if (!doc.submit({ op: "add", node })) return null;
  bench.selection.set([node.id]);
  bench.say(`${node.name} added`);
  return node.id;
}

/** @param {Bench} bench @returns {Point} */
function besideSelection({ selection, scene }) {
  const rect = selection.only ? scene.rect(selection.only) : null;
  if (rect) return { x: rect.x + PITCH, y: rect.y };
  const all = scene.bounds();
  const middle = centre(scene.viewport.view);
  return all ? { x: all.x + all.w + PITCH - CARD.w, y: all.y } : { x: middle.x - CARD.w / 2, y: middle.y - CARD.h / 2 };
}

/** @param {Bench} bench @param {string} source @param {string} target @returns {string | null} id of the link */
export function connect(bench, source, target) {
  if (!bench.editable) return null;
  const { doc, catalogue } = bench;
  const problem = linkProblem(doc.design, catalogue, source, target);
  if (problem) {
    bench.tell(problem);
    return null;
  }
  const link = { id: freshLinkId(doc.design), source, target, params: {} };
  if (!doc.submit({ op: "connect", link })) return null;
  bench.say(`${doc.nameOf(source)} calls ${doc.nameOf(target)}`);
  return link.id;
}

/** @param {Bench} bench @param {Iterable<string>} [ids] */
export function remove(bench, ids = bench.selection.ids) {
  const all = [...ids];
  if (!bench.editable || all.length === 0) return false;
  const names = all.map((id) => bench.doc.nameOf(id));
  if (!bench.doc.submit({ op: "remove", ids: all })) return false;
  bench.say(names.length === 1 ? `${names[0]} removed` : `${names.length} removed`);
  return true;
}

/** @param {Bench} bench @param {number} dx @param {number} dy */
export function nudge(bench, dx, dy) {
  /** @type {Record<string, [number, number]>} */
  const to = {};
  for (const id of bench.selection.ids) {
    const node = bench.doc.node(id);
    if (node) to[id] = [node.x + dx, node.y + dy];
  }
  return bench.editable && Object.keys(to).length > 0 && bench.doc.submit({ op: "move", to });
}

/** @param {Bench} bench @param {string} id @param {string} name */
export function rename(bench, id, name) {
  const clean = name.trim().slice(0, 80);
  const node = bench.doc.node(id);
  if (!bench.editable || !node || !clean || clean === node.name) return false;
  return bench.doc.submit({ op: "rename", id, name: clean });
}

/** The selected nodes with the links among them. @param {Bench} bench */
export function excerpt({ doc, selection }) {
  const nodes = doc.design.nodes.filter((node) => selection.has(node.id));
  const ids = new Set(nodes.map((node) => node.id));
  const links = doc.design.links.filter((link) => ids.has(link.source) && ids.has(link.target));
  return { format: 1, nodes, links };
}

/**
 * Nodes and links from elsewhere under new ids, as one step.
 * @param {Bench} bench @param {{ nodes: DesignNode[], links: DesignLink[] }} part @param {number} dx @param {number} dy
 */
export function insert(bench, part, dx, dy) {
  if (!bench.editable || part.nodes.length === 0) return false;
  const { design } = bench.doc;
  /** @type {Map<string, string>} */
  const ids = new Map();
  /** @type {Edit[]} */
  const edits = [];
  const used = () => [...ids.values()];
  for (const node of part.nodes) {
    const id = freshId(design, node.id, used());
    ids.set(node.id, id);
    const taken = design.nodes.some((other) => other.name === node.name);
    const name = taken ? copyName(design, node.name) : node.name;
    edits.push({ op: "add", node: { ...node, id, name, x: node.x + dx, y: node.y + dy } });
  }
  const nodes = used();
  const links = [];
  for (const link of part.links) {
    const [source, target] = [ids.get(link.source), ids.get(link.target)];
    if (!source || !target) continue;
    const id = freshLinkId(design, [...nodes, ...links]);
    links.push(id);
    edits.push({ op: "connect", link: { ...link, id, source, target } });
  }
  if (!bench.doc.submit(edits.length === 1 ? edits[0] : { op: "batch", edits })) return false;
  bench.selection.set(nodes);
  bench.say(`${nodes.length} added`);
  return true;
}

/** @param {Bench} bench */
export const duplicate = (bench) => insert(bench, excerpt(bench), 32, CARD.h + 24);

/** @param {Bench} bench */
export const selectAll = ({ doc, selection }) => selection.set(doc.design.nodes.map((node) => node.id));
