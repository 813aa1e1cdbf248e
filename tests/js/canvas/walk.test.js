import assert from "node:assert/strict";
import { test } from "node:test";
import { freePlace, snapDrag } from "../../../static/js/canvas/guides.js";
import { neighbour, tabOrder } from "../../../static/js/canvas/walk.js";
import { cardRect } from "../../../static/js/lib/geometry.js";

const rects = new Map(
  Object.entries({ a: [0, 128], b: [288, 0], c: [288, 256], d: [576, 128] }).map(([id, [x, y]]) => [
    id,
    cardRect({ x, y }),
  ]),
);

test("arrows walk to the nearest neighbour in their direction", () => {
  assert.equal(neighbour(rects, "b", "ArrowDown"), "c");
  assert.equal(neighbour(rects, "d", "ArrowLeft"), "b");
  assert.equal(neighbour(rects, "a", "ArrowLeft"), null);
  assert.ok(["b", "c"].includes(neighbour(rects, "a", "ArrowRight")));
});

test("every card can be reached by arrows", () => {
  const seen = new Set(["a"]);
  for (const id of seen) {
    for (const arrow of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]) {
      const next = neighbour(rects, id, arrow);
      if (next) seen.add(next);
    }
  }
  assert.equal(seen.size, rects.size);
});

const design = (links) => ({
  nodes: ["a", "b", "c"].map((id, i) => ({ id, x: -i * 100, y: 0 })),
  links: links.map(([source, target], i) => ({ id: `l${i}`, source, target })),
});

test("tab goes from callers to callees, then through the links", () => {
  assert.deepEqual(
    tabOrder(
      design([
        ["a", "b"],
        ["b", "c"],
      ]),
    ),
    ["a", "b", "c", "l0", "l1"],
  );
  assert.deepEqual(tabOrder(design([])), ["c", "b", "a"], "from the left where nothing calls");
});

test("a circle of calls is walked too", () => {
  assert.equal(
    new Set(
      tabOrder(
        design([
          ["a", "b"],
          ["b", "a"],
        ]),
      ),
    ).size,
    5,
  );
});

test("a drag snaps to the grid", () => {
  const { dx, dy, lines } = snapDrag(cardRect({ x: 0, y: 0 }), 13, 21, [], 6);
  assert.deepEqual([dx, dy, lines], [16, 24, []]);
});

test("a drag snaps to the middle or edge of another card, with a guide", () => {
  const { dx, dy, lines } = snapDrag(cardRect({ x: 0, y: 0 }), 283, 203, [cardRect({ x: 288, y: 0 })], 6);
  assert.equal(dx, 288);
  assert.equal(dy, 200);
  assert.deepEqual(
    lines.map(({ x1, x2 }) => [x1, x2]),
    [[384, 384]],
  );
});

test("a free drag does not snap", () => {
  assert.deepEqual(snapDrag(cardRect({ x: 0, y: 0 }), 3, 5, [cardRect({ x: 4, y: 4 })], 6, true), {
    dx: 3,
    dy: 5,
    lines: [],
  });
});

test("a new card covers no other", () => {
  const place = freePlace({ x: 3, y: 130 }, [...rects.values()]);
  for (const rect of rects.values()) {
    assert.ok(Math.abs(place.x - rect.x) >= 200 || Math.abs(place.y - rect.y) >= 90);
  }
  assert.deepEqual(freePlace({ x: 1003, y: 1000 }, [...rects.values()]), { x: 1000, y: 1000 });
});
