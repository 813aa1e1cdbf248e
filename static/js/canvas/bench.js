import { Catalogue } from "../lib/catalogue.js";
import { find, need, pageData } from "../lib/dom.js";
import { Urls } from "../lib/urls.js";
import { DesignChannel } from "../stream/design_channel.js";
import { Socket } from "../stream/socket.js";
import { Announcer } from "./announcer.js";
import { DesignDocument } from "./document.js";
import { Scene } from "./scene.js";
import { Selection } from "./selection.js";

/** What a page with a canvas starts from: the design it came with, the drawing of it, the line to the server. */

/** @param {{ editable: boolean, tell: (words: string) => void }} page */
export function openBench({ editable, tell }) {
  const { design, share = "" } = document.body.dataset;
  const catalogue = new Catalogue(pageData("catalogue"));
  const stored = pageData("design");
  const stage = /** @type {SVGSVGElement} */ (/** @type {unknown} */ (need("#stage")));
  const scene = new Scene(stage, catalogue);
  const doc = new DesignDocument(stored.design, stored.revision);
  const selection = new Selection();
  const announcer = new Announcer(find("#announcer") ?? document.createElement("div"));
  const urls = new Urls({ design: design ?? "", share }, pageData("urls") ?? {});
  stage.classList.toggle("editable", editable);
  const bench = {
    doc,
    scene,
    selection,
    catalogue,
    editable,
    tell,
    say: (/** @type {string} */ w) => announcer.say(w),
  };
  doc.on("change", ({ after }) => {
    scene.sync(after);
    selection.keep((id) => scene.nodes.has(id) || scene.links.has(id));
  });
  selection.on("change", (ids) => {
    for (const [id, view] of [...scene.nodes, ...scene.links]) view.g.classList.toggle("selected", ids.has(id));
    stage.classList.toggle("single", ids.size === 1);
  });
  scene.on("synced", () => {
    for (const id of selection.ids) (scene.nodes.get(id) ?? scene.links.get(id))?.g.classList.add("selected");
  });
  scene.sync(doc.design);
  return { ...bench, announcer, urls, open: () => new DesignChannel(new Socket(urls.designSocket), doc) };
}

/** What the rules of health need to know of a design. @param {{ doc: DesignDocument, catalogue: Catalogue }} bench */
export function runRules({ doc, catalogue }) {
  return {
    script: doc.design.script,
    /** Requests that a node works on at once, over all replicas. @param {string} id */
    slots(id) {
      const node = doc.node(id);
      if (!node) return 1;
      const each = catalogue.value(node, "workers") ?? catalogue.value(node, "max_conns") ?? 1;
      return Number(each) * Number(catalogue.value(node, "replicas") ?? 1);
    },
    limitMs: latencyGoal(doc.design),
  };
}

/** The strictest latency objective. @param {Design} design */
export function latencyGoal(design) {
  const limits = design.slos.flatMap((slo) => (slo.sli === "latency" && slo.threshold_ms ? [slo.threshold_ms] : []));
  return limits.length > 0 ? Math.min(...limits) : null;
}
