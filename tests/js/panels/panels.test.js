import assert from "node:assert/strict";
import { test } from "node:test";
import { points, positionOf, valueAt } from "../../../static/js/panels/field.js";
import { factorAt } from "../../../static/js/panels/load.js";
import { faultSpans, grouped, spanOf } from "../../../static/js/panels/timeline.js";

const linear = { minimum: 1, maximum: 50, log: false, low: 1, whole: true };
const log = { minimum: 0, maximum: 60_000, log: true, low: 0.05, whole: false };

test("a slider gives back the value that it was set to", () => {
  for (let value = 1; value <= 50; value++) assert.equal(valueAt(linear, positionOf(linear, value)), value);
  for (const value of [0.05, 0.5, 5, 84, 1000, 60_000]) {
    const back = valueAt(log, positionOf(log, value));
    assert.ok(Math.abs(back - value) <= 0.015 * value, `${value} came back as ${back}`);
  }
});

test("the ends of a slider are its limits", () => {
  assert.equal(valueAt(log, 0), 0);
  assert.equal(valueAt(log, 1000), 60_000);
  assert.equal(positionOf(log, 0), 0);
  assert.equal(positionOf(log, 0.01), 1);
  assert.equal(positionOf(log, 60_000), 1000);
});

test("the load slider holds in its middle", () => {
  assert.equal(factorAt(0), 1);
  assert.equal(factorAt(4), 1);
  assert.equal(factorAt(100), 10);
  assert.equal(factorAt(-100), 0.1);
});

test("points are read line by line", () => {
  assert.deepEqual(points("0 1\n60, 3\n\n"), [
    [0, 1],
    [60, 3],
  ]);
  assert.deepEqual(points(""), []);
  assert.equal(points("0 1 2"), undefined);
  assert.equal(points("soon 1"), undefined);
});

test("the timeline doubles when it is full", () => {
  assert.equal(spanOf(0), 60);
  assert.equal(spanOf(57), 60);
  assert.equal(spanOf(58), 120);
  assert.equal(spanOf(3600), 3840);
});

test("marks that are too close become one", () => {
  const groups = grouped([{ x: 40 }, { x: 0 }, { x: 15 }, { x: 16 }]);
  assert.deepEqual(
    groups.map((group) => group.map(({ x }) => x)),
    [[0, 15], [16], [40]],
  );
});

test("a fault lasts from its injection until it is healed, or until now; an instant one has no length", () => {
  const event = (t, what, id, fault) => ({ t, event: { t_s: t, node: "web", what, detail: { id, fault } } });
  const events = [
    event(1, "fault_injected", "a", "slow"),
    event(2, "fault_injected", "b", "slow"),
    event(3, "fault_injected", "c", "cache_flush"),
    event(5, "fault_healed", "a", "slow"),
  ];
  assert.deepEqual(
    faultSpans({ events }, 9, (fault) => fault === "cache_flush"),
    [
      { from: 1, to: 5 },
      { from: 2, to: 9 },
      { from: 3, to: 3 },
    ],
  );
});
