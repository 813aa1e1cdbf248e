import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { apply } from "../../../static/js/canvas/edits.js";

const { design, cases } = JSON.parse(readFileSync(new URL("../fixtures/edits.json", import.meta.url), "utf8"));

for (const { name, edit, result, inverse } of cases) {
  test(`${name}: the same as on the server`, () => {
    const before = structuredClone(design);
    const step = apply(design, edit);
    assert.deepEqual(step?.design ?? null, result);
    assert.deepEqual(step?.inverse ?? null, inverse);
    assert.deepEqual(design, before, "designs are never changed in place");
  });

  test(`${name}: the inverse leads back`, () => {
    const step = apply(design, edit);
    if (step) assert.deepEqual(apply(step.design, step.inverse)?.design, design);
    else assert.equal(result, null);
  });
}

test("what an edit does not touch keeps its identity", () => {
  const step = apply(design, { op: "set", id: "web", param: "workers", value: 1 });
  assert.equal(step.design.nodes[0], design.nodes[0]);
  assert.notEqual(step.design.nodes[1], design.nodes[1]);
  assert.equal(step.design.script, design.script);
});

test("an edit of an unknown kind is not possible", () => {
  assert.equal(apply(design, { op: "explode" }), null);
});
