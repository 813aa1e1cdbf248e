import { pointAt } from "../lib/geometry.js";
import { token } from "../lib/tokens.js";

/** What moves on a link: dots with a fading tail, crosses where one got lost, chevrons for who wants no motion. */

const TAIL = 13;
const CHEVRONS = 96;

/** @typedef {CanvasRenderingContext2D} Pen */

/** @param {Pen} pen @param {Point[]} points @param {number} distance @param {string} colour */
export function drawDot(pen, points, distance, colour) {
  const head = pointAt(points, distance);
  const tail = pointAt(points, Math.max(0, distance - TAIL));
  pen.fillStyle = colour;
  pen.strokeStyle = colour;
  // The tail follows the line, so it is left out where it would cut a corner.
  if (tail.x === head.x || tail.y === head.y) {
    pen.globalAlpha = 0.35;
    pen.lineWidth = 3;
    pen.beginPath();
    pen.moveTo(tail.x, tail.y);
    pen.lineTo(head.x, head.y);
    pen.stroke();
    pen.globalAlpha = 1;
  }
  pen.beginPath();
  pen.arc(head.x, head.y, 2.7, 0, 7);
  pen.strokeStyle = token("canvas");
  pen.lineWidth = 2.4;
  pen.stroke();
  pen.fill();
}

/** @param {Pen} pen @param {Point} at */
export function drawCross(pen, { x, y }) {
  pen.beginPath();
  pen.moveTo(x - 3.4, y - 3.4);
  pen.lineTo(x + 3.4, y + 3.4);
  pen.moveTo(x + 3.4, y - 3.4);
  pen.lineTo(x - 3.4, y + 3.4);
  for (const [name, width] of /** @type {const} */ ([
    ["canvas", 4.6],
    ["critm", 2.2],
  ])) {
    pen.strokeStyle = token(name);
    pen.lineWidth = width;
    pen.stroke();
  }
}

/** Direction without motion. @param {Pen} pen @param {{ points: Point[], length: number }} route @param {string} colour */
export function drawChevrons(pen, route, colour) {
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  for (let at = Math.min(CHEVRONS / 2, route.length / 2); at < route.length - 12; at += CHEVRONS) {
    const [a, b] = [pointAt(route.points, at - 1), pointAt(route.points, at + 1)];
    const [dx, dy] = [Math.sign(b.x - a.x), Math.sign(b.y - a.y)];
    pen.beginPath();
    pen.moveTo(a.x - dx * 3 - dy * 4, a.y - dy * 3 - dx * 4);
    pen.lineTo(a.x + dx * 2, a.y + dy * 2);
    pen.lineTo(a.x - dx * 3 + dy * 4, a.y - dy * 3 + dx * 4);
    pen.stroke();
  }
}
