import assert from "node:assert/strict";
import { test } from "node:test";
import { assignPorts, facing } from "../../../static/js/canvas/ports.js";
import { routeAll } from "../../../static/js/canvas/router.js";
import { cardRect, inflate, segmentHits } from "../../../static/js/lib/geometry.js";

const card = (x, y) => cardRect({ x, y });
const scene = (places) => new Map(Object.entries(places).map(([id, [x, y]]) => [id, card(x, y)]));
const wires = (...pairs) => pairs.map(([source, target], i) => ({ id: `l${i + 1}`, source, target }));

/** Every piece is horizontal or vertical, and none runs through a card. */
function assertClean(rects, routes) {
  for (const [id, { points }] of routes) {
    for (let i = 1; i < points.length; i++) {
      const [a, b] = [points[i - 1], points[i]];
      assert.ok(a.x === b.x || a.y === b.y, `${id} slants from ${JSON.stringify(a)} to ${JSON.stringify(b)}`);
      for (const [card, rect] of rects) {
        assert.ok(!segmentHits(a, b, inflate(rect, -1)), `${id} runs through ${card}: ${JSON.stringify(points)}`);
      }
    }
  }
}

test("links leave and enter by the sides that face each other", () => {
  assert.deepEqual(facing(card(0, 0), card(288, 0)), ["right", "left"]);
  assert.deepEqual(facing(card(0, 0), card(20, 200)), ["bottom", "top"]);
  assert.deepEqual(facing(card(0, 200), card(20, 0)), ["top", "bottom"]);
  assert.deepEqual(facing(card(600, 0), card(0, 100)), ["left", "right"]);
});

test("neighbours in a row are joined by a straight line", () => {
  const routes = routeAll(scene({ a: [0, 0], b: [288, 0] }), wires(["a", "b"]));
  assert.deepEqual(routes.get("l1").points, [
    { x: 192, y: 40 },
    { x: 288, y: 40 },
  ]);
});

test("small offsets are straightened, not stepped", () => {
  const { points } = routeAll(scene({ a: [0, 0], b: [288, 16] }), wires(["a", "b"])).get("l1");
  assert.equal(points.length, 2);
  assert.equal(points[0].y, points[1].y);
});

test("a narrow gap is crossed without a loop", () => {
  const { points } = routeAll(scene({ a: [0, 0], b: [216, 0] }), wires(["a", "b"])).get("l1");
  assert.equal(points.length, 2);
});

test("a card in the way is gone round", () => {
  const rects = scene({ a: [0, 0], wall: [288, 0], b: [576, 0] });
  const routes = routeAll(rects, wires(["a", "b"]));
  assertClean(rects, routes);
  assert.ok(routes.get("l1").length > 384);
});

test("links on one side stand apart, in the order of where they go", () => {
  const rects = scene({ lb: [0, 128], up: [288, 0], even: [288, 128], down: [288, 256] });
  const ports = assignPorts(rects, wires(["lb", "down"], ["lb", "up"], ["lb", "even"]));
  const y = ["l2", "l3", "l1"].map((id) => ports.get(id)[0].y);
  assert.ok(y[1] - y[0] >= 16 && y[2] - y[1] >= 16, `${y}`);
});

test("parallel runs are pulled apart", () => {
  const rects = scene({ a: [0, 0], b: [0, 128], c: [576, 0], d: [576, 128] });
  const routes = routeAll(rects, wires(["a", "d"], ["b", "c"]));
  assertClean(rects, routes);
  const runs = [...routes.values()].map(({ points }) => points[1].x);
  assert.ok(Math.abs(runs[0] - runs[1]) >= 15, `${runs}`);
});

test("a line back to the left goes round both cards", () => {
  const rects = scene({ a: [576, 0], b: [0, 0], between: [288, 0] });
  assertClean(rects, routeAll(rects, wires(["a", "b"])));
});

test("labels have room on the longest level piece", () => {
  const { label } = routeAll(scene({ a: [0, 0], b: [480, 0] }), wires(["a", "b"])).get("l1");
  assert.ok(label.x > 260 && label.x < 400 && label.y === 40);
  assert.ok(label.room > 200);
});

test("a large design is routed cleanly", () => {
  const places = {};
  for (let c = 0; c < 10; c++) for (let r = 0; r < 20; r++) places[`n${c}-${r}`] = [c * 288, r * 128];
  const pairs = [];
  for (let c = 0; c < 9; c++) {
    for (let r = 0; r < 20; r++) {
      pairs.push([`n${c}-${r}`, `n${c + 1}-${r}`], [`n${c}-${r}`, `n${c + 1}-${(r * 7 + c) % 20}`]);
    }
  }
  const unique = [...new Map(pairs.map((pair) => [pair.join(), pair])).values()];
  const rects = scene(places);
  const routes = routeAll(rects, wires(...unique));
  assert.equal(routes.size, unique.length);
  assertClean(rects, routes);
});
