import assert from "node:assert/strict";
import { test } from "node:test";
import { arcPath, sparkPath } from "../../../static/js/canvas/node_card.js";
import { chance, dotCount, passage } from "../../../static/js/canvas/traffic.js";
import { fitting, lodOf } from "../../../static/js/canvas/viewport.js";

test("no text falls below 9 px before its level ends", () => {
  const smallest = { full: 11, reading: 15, far: 22.5 };
  for (let k = 0.4; k <= 1; k += 0.01) {
    const size = smallest[lodOf(k)];
    if (lodOf(k) !== "full") assert.ok(size * k >= 8.99, `${lodOf(k)} at ${k}: ${size * k}`);
  }
  assert.deepEqual([1, 0.79, 0.59, 0.39, 0.19].map(lodOf), ["full", "reading", "far", "dial", "tile"]);
});

test("fitting shows all of it in the middle and never enlarges", () => {
  const screen = { x: 100, y: 0, w: 800, h: 400 };
  const wide = fitting({ x: 0, y: 0, w: 1600, h: 100 }, screen);
  assert.equal(wide.k, 0.5);
  assert.equal(wide.x, 100);
  const small = fitting({ x: 50, y: 50, w: 100, h: 100 }, screen);
  assert.deepEqual(small, { k: 1, x: 400, y: 100 });
});

test("dots follow the rate, but only so many fit", () => {
  assert.equal(dotCount(0, 1000), 0);
  assert.deepEqual(
    [1, 10, 1000, 1e6].map((rate) => dotCount(rate, 1000)),
    [1, 3, 7, 9],
  );
  assert.equal(dotCount(1e6, 96), 4);
});

test("a slow link looks slow", () => {
  assert.ok(Math.abs(passage(0.1) - 0.6) < 1e-9);
  assert.ok(Math.abs(passage(10_000) - 4) < 1e-9);
  assert.ok(passage(5) < passage(50) && passage(50) < passage(500));
});

test("the share of lost dots is the share that is lost", () => {
  let lost = 0;
  for (let trip = 0; trip < 4000; trip++) if (chance(17, trip) < 0.3) lost += 1;
  assert.ok(Math.abs(lost / 4000 - 0.3) < 0.03, `${lost / 4000}`);
});

test("a dial is empty at nought and closed at full", () => {
  assert.equal(arcPath(0), "");
  assert.match(arcPath(25), /^M28,11A17 17 0 0 1 45,28$/);
  assert.match(arcPath(75), /A17 17 0 1 1 11,28$/);
  assert.equal(arcPath(100).match(/A/g).length, 2);
});

test("a spark line keeps gaps and ends at the newest value", () => {
  assert.deepEqual(sparkPath([5], 100), { line: "", area: "", end: null });
  const { line, end } = sparkPath([1, null, 2, 3], 118, 60);
  assert.equal(line.match(/M/g).length, 2);
  assert.equal(end.x, 12 + 3 * 2);
});
