/**
 * What one writes first: every frame writes every attribute of every card and link. Same run, same numbers, same stage
 * and camera as the real page, which this is measured against; `window.given` carries them.
 */

const NS = "http://www.w3.org/2000/svg";
const CARD = { w: 192, h: 80 };
const SPARK = 60;
const { design, camera, run } = window.given;

/** @param {string} name @param {Record<string, string | number>} attributes @param {Element} parent */
function make(name, attributes, parent) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

const stage = document.getElementById("stage");
stage.setAttribute("width", camera.w);
stage.setAttribute("height", camera.h);
const world = make("g", { transform: `translate(${camera.x} ${camera.y}) scale(${camera.k})` }, stage);

const links = design.links.map(({ source, target }) => {
  const [a, b] = [design.nodes[source], design.nodes[target]];
  const [x1, y1, x2, y2] = [a.x + CARD.w, a.y + CARD.h / 2, b.x, b.y + CARD.h / 2];
  const middle = (x1 + x2) / 2;
  const path = make("path", { class: "link", d: `M${x1} ${y1}H${middle}V${y2}H${x2}` }, world);
  const label = make("text", { class: "label", x: middle, y: (y1 + y2) / 2 }, world);
  return { path, label };
});
const nodes = design.nodes.map(({ name, x, y }) => {
  const g = make("g", { transform: `translate(${x} ${y})` }, world);
  const card = make("rect", { class: "card", width: CARD.w, height: CARD.h, rx: 12 }, g);
  make("text", { class: "name", x: 12, y: 22 }, g).textContent = name;
  const rate = make("text", { class: "number", x: 12, y: 40 }, g);
  const p99 = make("text", { class: "number", x: 120, y: 40 }, g);
  const load = make("text", { class: "number", x: 150, y: 68 }, g);
  make("rect", { class: "bed", x: 12, y: 74, width: 168, height: 3 }, g);
  const bar = make("rect", { x: 12, y: 74, height: 3 }, g);
  const spark = make("polyline", { class: "spark" }, g);
  return { card, rate, p99, load, bar, spark, past: [] };
});

let meta = null;
let before = null;
window.frames_painted = 0;

function paint(frame) {
  const dt = before ? (frame.t_ns - before.t_ns) / 1e9 : 0;
  const column = (part, name) => meta[`${part}_columns`].indexOf(name);
  const [arrivals, busy, p99] = ["arrivals", "busy_permille", "p99_us"].map((name) => column("node", name));
  const [tries, failed] = ["tries", "failed"].map((name) => column("link", name));
  if (dt > 0) {
    nodes.forEach((node, i) => {
      const now = frame.nodes[i];
      const rate = (now[arrivals] - before.nodes[i][arrivals]) / dt;
      const load = Math.max(0, now[busy]) / 1000;
      node.past = [...node.past.slice(1 - SPARK), rate];
      const most = Math.max(...node.past, 1);
      const colour = load > 0.9 ? "#ff6b70" : load > 0.7 ? "#ffc24d" : "#4fd1b0";
      node.card.setAttribute("stroke", colour);
      node.rate.textContent = `${rate.toFixed(1)}/s`;
      node.p99.textContent = `${(now[p99] / 1000).toFixed(1)} ms`;
      node.load.textContent = `${(load * 100).toFixed(1)} %`;
      node.bar.setAttribute("width", 168 * load);
      node.bar.setAttribute("fill", colour);
      node.spark.setAttribute("points", node.past.map((v, n) => `${12 + n * 2.2},${66 - (v / most) * 16}`).join(" "));
    });
    links.forEach((link, i) => {
      const rate = (frame.links[i][tries] - before.links[i][tries]) / dt;
      const lost = frame.links[i][failed] - before.links[i][failed];
      link.path.setAttribute("stroke", lost > 0 ? "#ff6b70" : "#3f7f80");
      link.path.setAttribute("stroke-width", 1.5 + Math.log10(1 + rate));
      link.label.textContent = `${rate.toFixed(1)}/s`;
    });
    window.frames_painted++;
  }
  if (!before || dt > 0) before = frame;
}

const socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws/runs/${run}`);
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.type === "meta") meta = message;
  if (message.type !== "frame") return;
  socket.send(JSON.stringify({ type: "ack", seq: message.seq }));
  requestAnimationFrame(() => paint(message));
};
