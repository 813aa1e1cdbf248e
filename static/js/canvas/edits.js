/**
 * Edits of a design: apply one and get the new design and the inverse edit. The same rules as
 * components/edits.py, less the checks against the catalogue: those are the server's.
 */

/** @typedef {{ design: Design, inverse: Edit }} Applied */

/**
 * Designs are never changed in place, so what did not change keeps its identity.
 * @param {Design} design @param {Edit} edit @returns {Applied | null} null: not possible on this design
 */
export function apply(design, edit) {
  switch (edit.op) {
    case "add":
      return add(design, edit.node, edit.index);
    case "connect":
      return connect(design, edit.link, edit.index);
    case "remove":
      return remove(design, edit.ids);
    case "move":
      return move(design, edit.to);
    case "set":
      return setParam(design, edit.id, edit.param, edit.value);
    case "unset":
      return setParam(design, edit.id, edit.param, undefined);
    case "rename":
      return rename(design, edit.id, edit.name);
    case "describe":
      return describe(design, edit);
    case "script":
      return { design: { ...design, script: edit.script }, inverse: { op: "script", script: design.script } };
    case "slos":
      return { design: { ...design, slos: edit.slos }, inverse: { op: "slos", slos: design.slos } };
    case "batch":
      return batch(design, edit.edits);
    default:
      return null;
  }
}

/** @param {Design} design @param {string} id */
const taken = (design, id) => design.nodes.some((n) => n.id === id) || design.links.some((l) => l.id === id);

/** @template T @param {T[]} list @param {T} item @param {number} [index] */
const insert = (list, item, index = list.length) => [...list.slice(0, index), item, ...list.slice(index)];

/** @param {Design} design @param {DesignNode} node @param {number} [index] @returns {Applied | null} */
function add(design, node, index) {
  if (taken(design, node.id)) return null;
  return { design: { ...design, nodes: insert(design.nodes, node, index) }, inverse: { op: "remove", ids: [node.id] } };
}

/** @param {Design} design @param {DesignLink} link @param {number} [index] @returns {Applied | null} */
function connect(design, link, index) {
  const ends = [link.source, link.target].every((id) => design.nodes.some((node) => node.id === id));
  if (!ends || taken(design, link.id)) return null;
  return { design: { ...design, links: insert(design.links, link, index) }, inverse: { op: "remove", ids: [link.id] } };
}

/**
 * A node takes its links along, both take the script entries that aim at them; the inverse puts everything back.
 * @param {Design} design @param {string[]} ids @returns {Applied | null}
 */
function remove(design, ids) {
  if (ids.length === 0 || !ids.every((id) => taken(design, id))) return null;
  const gone = new Set(ids);
  for (const link of design.links) if (gone.has(link.source) || gone.has(link.target)) gone.add(link.id);
  /** @type {Edit[]} */
  const back = [];
  for (const [index, node] of design.nodes.entries()) if (gone.has(node.id)) back.push({ op: "add", node, index });
  for (const [index, link] of design.links.entries()) if (gone.has(link.id)) back.push({ op: "connect", link, index });
  const script = without(design.script, gone);
  if (script.length < design.script.length) back.push({ op: "script", script: design.script });
  const left = (/** @type {{ id: string }} */ item) => !gone.has(item.id);
  return {
    design: { ...design, nodes: design.nodes.filter(left), links: design.links.filter(left), script },
    inverse: back.length === 1 ? back[0] : { op: "batch", edits: back },
  };
}

/** The entries that aim at nothing of `gone` and heal nothing that is no longer injected. @param {any[]} script @param {Set<string>} gone */
function without(script, gone) {
  const lost = new Set(script.filter((entry) => gone.has(entry.target)).map((entry) => entry.id));
  lost.delete(undefined);
  return script.filter((entry) => !gone.has(entry.target) && !lost.has(entry.id));
}

/** @param {Design} design @param {Record<string, [number, number]>} to @returns {Applied | null} */
function move(design, to) {
  /** @type {Record<string, [number, number]>} */
  const back = {};
  if (Object.keys(to).length === 0) return null;
  const nodes = design.nodes.map((node) => {
    const place = to[node.id];
    if (!place) return node;
    back[node.id] = [node.x, node.y];
    return place[0] === node.x && place[1] === node.y ? node : { ...node, x: place[0], y: place[1] };
  });
  if (Object.keys(back).length < Object.keys(to).length) return null;
  return { design: { ...design, nodes }, inverse: { op: "move", to: back } };
}

/** @template {{ id: string }} T @param {T[]} list @param {string} id @param {(item: T) => T} change */
const change = (list, id, change) => list.map((item) => (item.id === id ? change(item) : item));

/** @param {Design} design @param {string} id @param {string} param @param {unknown} value undefined takes it away @returns {Applied | null} */
function setParam(design, id, param, value) {
  const owner = design.nodes.find((n) => n.id === id) ?? design.links.find((l) => l.id === id);
  if (!owner) return null;
  const [name, field] = param.split(".");
  const group = owner.params[name];
  const key = field === undefined || !isGroup(group) ? name : param;
  const before = key === name ? group : group[field];
  /** @type {Edit} */
  const inverse = before === undefined ? { op: "unset", id, param: key } : { op: "set", id, param: key, value: before };
  const params = { ...owner.params };
  if (field === undefined) assign(params, name, value);
  else if (value !== undefined || isGroup(group)) {
    params[name] = { ...group };
    assign(params[name], field, value);
  }
  const edit = (/** @type {any} */ item) => ({ ...item, params });
  return {
    design: { ...design, nodes: change(design.nodes, id, edit), links: change(design.links, id, edit) },
    inverse,
  };
}

/** @param {unknown} value */
const isGroup = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {Params} params @param {string} key @param {unknown} value */
function assign(params, key, value) {
  if (value === undefined) delete params[key];
  else params[key] = value;
}

/** @param {Design} design @param {string} id @param {string} name @returns {Applied | null} */
function rename(design, id, name) {
  const node = design.nodes.find((n) => n.id === id);
  if (!node) return null;
  const nodes = change(design.nodes, id, (item) => ({ ...item, name }));
  return { design: { ...design, nodes }, inverse: { op: "rename", id, name: node.name } };
}

/** @param {Design} design @param {{ op: "describe", name?: string, description?: string, scale?: number }} edit @returns {Applied} */
function describe(design, edit) {
  const { op, ...given } = edit;
  const back = Object.fromEntries(Object.keys(given).map((key) => [key, design[/** @type {"name"} */ (key)]]));
  return { design: { ...design, ...given }, inverse: { op, ...back } };
}

/** All or nothing, and one step for undo. @param {Design} design @param {Edit[]} edits @returns {Applied | null} */
function batch(design, edits) {
  /** @type {Edit[]} */
  const back = [];
  for (const edit of edits) {
    const step = apply(design, edit);
    if (!step) return null;
    design = step.design;
    back.unshift(...(step.inverse.op === "batch" ? step.inverse.edits : [step.inverse]));
  }
  return { design, inverse: { op: "batch", edits: back } };
}
