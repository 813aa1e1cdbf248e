import assert from "node:assert/strict";
import { test } from "node:test";
import { Hysteresis, loadLevel, rank, widthClass } from "../../../static/js/stream/levels.js";
import { Smooth, SmoothShare } from "../../../static/js/stream/smooth.js";

test("an average starts at its first sample and follows with its time constant", () => {
  const smooth = new Smooth(2.5);
  assert.equal(smooth.value, null);
  smooth.add(10, 0.1);
  assert.ok(Math.abs(smooth.value - 10) < 1e-9);
  for (let i = 0; i < 200; i++) smooth.add(10, 0.1);
  for (let i = 0; i < 25; i++) smooth.add(0, 0.1);
  assert.ok(Math.abs(smooth.value - 10 / Math.E) < 0.1, `one constant later a third is left: ${smooth.value}`);
});

test("an average does not depend on how time is cut", () => {
  const [fine, coarse] = [new Smooth(), new Smooth()];
  for (const value of [3, 8, 1]) {
    coarse.add(value, 1);
    for (let i = 0; i < 10; i++) fine.add(value, 0.1);
  }
  assert.ok(Math.abs(fine.value - coarse.value) < 1e-9);
});

test("no data is not nought", () => {
  const smooth = new Smooth();
  smooth.add(5, 1);
  smooth.add(null, 0.1);
  assert.equal(smooth.value, null);
});

test("a share is of counts, not of shares", () => {
  const share = new SmoothShare();
  assert.equal(share.value, null);
  share.add(1, 1, 0.1);
  for (let i = 0; i < 20; i++) share.add(0, 1000, 0.1);
  assert.ok(share.value < 0.01);
});

test("a state is left later than it is entered, and stays a second", () => {
  const state = new Hysteresis();
  const level = (load, t) => loadLevel(state, load, t);
  assert.equal(level(0.69, 0), "ok");
  assert.equal(level(0.7, 1), "strained");
  assert.equal(level(0.5, 1.5), "strained", "not before a second has passed");
  assert.equal(level(0.66, 3), "strained", "within the band");
  assert.equal(level(0.64, 4), "ok");
  assert.equal(level(0.95, 6), "failing");
  assert.equal(level(0.86, 8), "failing");
  assert.equal(level(0.84, 9), "strained");
});

test("another run begins without waiting", () => {
  const state = new Hysteresis();
  state.step(2, 2, 100);
  assert.equal(state.step(0, 0, 0.1), 0);
});

test("a rank counts the limits that are reached", () => {
  assert.deepEqual(
    [0.69, 0.7, 0.9, 2].map((v) => rank(v, [0.7, 0.9])),
    [0, 1, 2, 2],
  );
});

test("the width of a line changes only well past a border", () => {
  assert.equal(widthClass(0, 105), 0);
  assert.equal(widthClass(0, 111), 1);
  assert.equal(widthClass(1, 95), 1);
  assert.equal(widthClass(1, 89), 0);
  assert.equal(widthClass(0, 5e6), 4);
});
