import assert from "node:assert/strict";
import { test } from "node:test";
import * as g from "../../../static/js/lib/geometry.js";

test("bounds of rectangles, and of none", () => {
  assert.equal(g.bounds([]), null);
  assert.deepEqual(
    g.bounds([
      { x: 0, y: 0, w: 10, h: 10 },
      { x: -5, y: 20, w: 5, h: 5 },
    ]),
    { x: -5, y: 0, w: 15, h: 25 },
  );
});

test("touching is not overlapping", () => {
  const a = { x: 0, y: 0, w: 10, h: 10 };
  assert.equal(g.overlaps(a, { x: 10, y: 0, w: 5, h: 5 }), false);
  assert.equal(g.overlaps(a, { x: 9, y: 9, w: 5, h: 5 }), true);
});

test("a segment hits what it passes through, not what it slides along", () => {
  const r = { x: 10, y: 10, w: 20, h: 20 };
  assert.equal(g.segmentHits({ x: 0, y: 20 }, { x: 50, y: 20 }, r), true);
  assert.equal(g.segmentHits({ x: 0, y: 10 }, { x: 50, y: 10 }, r), false);
  assert.equal(g.segmentHits({ x: 0, y: 20 }, { x: 10, y: 20 }, r), false);
});

test("a polyline without needless points", () => {
  const points = [
    [0, 0],
    [5, 0],
    [5, 0],
    [10, 0],
    [10, 5],
  ].map(([x, y]) => ({ x, y }));
  assert.deepEqual(g.simplify(points), [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 10, y: 5 },
  ]);
});

test("points along a polyline", () => {
  const points = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 10, y: 10 },
  ];
  assert.equal(g.lengthOf(points), 20);
  assert.deepEqual(g.pointAt(points, 4), { x: 4, y: 0 });
  assert.deepEqual(g.pointAt(points, 15), { x: 10, y: 5 });
  assert.deepEqual(g.pointAt(points, 99), { x: 10, y: 10 });
});

test("corners are rounded as far as their legs allow", () => {
  const d = g.roundedPath(
    [
      { x: 0, y: 0 },
      { x: 100, y: 0 },
      { x: 100, y: 8 },
    ],
    10,
  );
  assert.equal(d, "M0 0L96 0Q100 0 100 4L100 8");
});
