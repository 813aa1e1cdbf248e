import { inflate } from "../lib/geometry.js";
import { token } from "../lib/tokens.js";
import { dressed, hexOf } from "./dress.js";
import { withText } from "./png.js";

/**
 * The canvas as a picture that can be opened again: the design file is inside. Comes when somebody asks for it.
 *
 * @typedef {ReturnType<typeof import("../canvas/bench.js").openBench>} OpenBench
 */

const NAMESPACE = "urn:system-design-playground:design:1"; // also in playground/designs/pictures.py
const KEYWORD = "system-design-playground";
const SVG = "http://www.w3.org/2000/svg";
const AIR = 32;
const FILE_BYTES = 1_000_000; // the most that can be opened again

/** Saves the picture. @param {OpenBench} bench @param {"svg" | "png"} format */
export async function exportPicture(bench, format) {
  if (bench.doc.design.nodes.length === 0) {
    bench.tell("A blank canvas makes no picture. Add a component first.");
    return;
  }
  await bench.doc.settled(5000);
  const svg = draw(bench);
  const json = JSON.stringify(bench.doc.design);
  const blob =
    format === "svg" ? new Blob([withDesign(svg, json)], { type: "image/svg+xml" }) : await raster(svg, json);
  if (blob.size > FILE_BYTES) bench.tell("The picture is saved, but too large to be opened here again.");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${slug(bench.doc.design.name)}-r${bench.doc.revision}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** @param {string} name */
const slug = (name) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 60) || "design";

/** All of the design at full detail, as it looks now, in a picture of its own. @param {OpenBench} bench @returns {SVGSVGElement} */
function draw({ scene, doc }) {
  for (const view of scene.nodes.values()) view.fit("full");
  const copy = /** @type {SVGSVGElement} */ (scene.stage.cloneNode(true));
  for (const view of scene.nodes.values()) view.fit(scene.viewport.lod);
  copy.setAttribute("class", "stage lod-full picture");
  copy.removeAttribute("id");
  // It must be in the page to have a look that can be read.
  document.body.append(copy);
  const all = inflate(scene.bounds() ?? { x: 0, y: 0, w: 1, h: 1 }, AIR);
  const world = /** @type {SVGGElement} */ (copy.querySelector(".world"));
  world.querySelector(".over")?.remove();
  world.removeAttribute("transform");
  for (const chosen of world.querySelectorAll(".selected, .linking")) chosen.classList.remove("selected", "linking");
  const drawn = dressed(world);
  copy.remove();
  const svg = document.createElementNS(SVG, "svg");
  const [x, y, w, h] = [all.x, all.y, all.w, all.h].map(Math.round);
  for (const [name, value] of Object.entries({ viewBox: `${x} ${y} ${w} ${h}`, width: w, height: h }))
    svg.setAttribute(name, String(value));
  svg.setAttribute("font-family", "Inter, system-ui, sans-serif");
  const title = document.createElementNS(SVG, "title");
  title.textContent = doc.design.name;
  const ground = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ x, y, width: w, height: h, fill: hexOf(token("canvas")).colour }))
    ground.setAttribute(name, String(value));
  svg.append(title, ground, drawn);
  return svg;
}

/** @param {SVGSVGElement} svg @param {string} json */
function withDesign(svg, json) {
  const metadata = document.createElementNS(SVG, "metadata");
  const design = document.createElementNS(NAMESPACE, "design");
  design.textContent = json;
  metadata.append(design);
  svg.firstElementChild?.after(metadata);
  return `${new XMLSerializer().serializeToString(svg)}\n`;
}

/** @param {SVGSVGElement} svg @param {string} json @returns {Promise<Blob>} */
async function raster(svg, json) {
  const text = new XMLSerializer().serializeToString(svg);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  let blob = new Blob();
  for (const scale of [2, 1]) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.min(8192, image.width * scale);
    canvas.height = Math.min(8192, image.height * scale);
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const plain = await new Promise((/** @type {(blob: Blob | null) => void} */ done) => canvas.toBlob(done));
    if (!plain) continue;
    const bytes = withText(new Uint8Array(await plain.arrayBuffer()), KEYWORD, json);
    blob = new Blob([/** @type {any} */ (bytes)], { type: "image/png" });
    if (blob.size <= FILE_BYTES) break;
  }
  return blob;
}
