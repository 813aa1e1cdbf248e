/** What may be linked to what, and names for what is new. The server has the last word. */

/** @typedef {import("../lib/catalogue.js").Catalogue} Catalogue */

/**
 * Why the two cannot be linked, as a sentence; null when they can.
 * @param {Design} design @param {Catalogue} catalogue @param {string} source @param {string} target
 */
export function linkProblem(design, catalogue, source, target) {
  if (source === target) return "A component cannot call itself.";
  const [from, to] = [source, target].map((id) => design.nodes.find((node) => node.id === id));
  if (!from || !to) return "One end is gone.";
  const [caller, callee] = [catalogue.kind(from.kind), catalogue.kind(to.kind)];
  if (!callee.receives) return `${to.name} sends traffic and takes none. Draw the link the other way.`;
  if (design.links.some((link) => link.source === source && link.target === target)) return "They are linked already.";
  const [, most] = caller.sends;
  if (most === 0) return `${from.name} does not call anything.`;
  const sends = design.links.filter((link) => link.source === source).length;
  if (most !== null && sends >= most) {
    return most === 1 ? `${from.name} calls one component only.` : `${from.name} calls at most ${most} components.`;
  }
  return closesCycle(design, source, target) ? "That would close a circle of calls that wait for each other." : null;
}

/** Can the calls of `target` reach `source` already? @param {Design} design @param {string} source @param {string} target */
function closesCycle(design, source, target) {
  const seen = new Set([target]);
  for (const id of seen) {
    if (id === source) return true;
    for (const link of design.links) if (link.source === id) seen.add(link.target);
  }
  return false;
}

/** "service", "service-2" … @param {Design} design @param {string} base @param {Iterable<string>} [also] ids that are spoken for */
export function freshId(design, base, also = []) {
  const used = new Set([...design.nodes.map((n) => n.id), ...design.links.map((l) => l.id), ...also]);
  const stem =
    base
      .toLowerCase()
      .replace(/[^a-z0-9_-]+/g, "-")
      .slice(0, 36) || "node";
  if (!used.has(stem)) return stem;
  for (let i = 2; ; i++) if (!used.has(`${stem}-${i}`)) return `${stem}-${i}`;
}

/** "l1", "l2" … @param {Design} design @param {Iterable<string>} [also] */
export function freshLinkId(design, also = []) {
  const used = new Set([...design.nodes.map((n) => n.id), ...design.links.map((l) => l.id), ...also]);
  for (let i = design.links.length + 1; ; i++) if (!used.has(`l${i}`)) return `l${i}`;
}

/** "Service", "Service 2" … @param {Design} design @param {string} label */
export function freshName(design, label) {
  const used = new Set(design.nodes.map((node) => node.name));
  if (!used.has(label)) return label;
  for (let i = 2; ; i++) if (!used.has(`${label} ${i}`)) return `${label} ${i}`;
}

/** A copy's name: "Web copy", "Web copy 2" … @param {Design} design @param {string} name */
export const copyName = (design, name) =>
  freshName(design, name.endsWith(" copy") ? name : `${name} copy`.slice(0, 76));
