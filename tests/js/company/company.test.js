import assert from "node:assert/strict";
import { test } from "node:test";
import { conflictWords, targets } from "../../../static/js/company/conflicts.js";
import { initials } from "../../../static/js/company/people.js";

const nameOf = (id) => id.toUpperCase();

test("an edit says what it is about", () => {
  assert.deepEqual(targets({ op: "set", id: "a", param: "workers", value: 1 }), ["a workers"]);
  const batch = [
    { op: "move", to: { a: [0, 0], b: [8, 8] } },
    { op: "remove", ids: ["l1"] },
    { op: "describe", name: "x", scale: 2 },
  ];
  assert.deepEqual(targets({ op: "batch", edits: batch }), ["a @", "b @", "l1", ": name", ": scale"]);
  assert.deepEqual(targets({ op: "add", node: {} }), []);
});

test("a sentence says who came last", () => {
  const set = { op: "set", id: "a", param: "workers", value: 32 };
  assert.equal(
    conflictWords("Jun", set, "a workers", false, nameOf),
    "Jun changed A too: workers is 32 now. Theirs came last and counts.",
  );
  assert.equal(conflictWords("Jun", set, "a workers", true, nameOf), "Jun changed A too. Yours came last and counts.");
  const move = { op: "move", to: { a: [0, 0] } };
  assert.equal(conflictWords("Jun", move, "a @", false, nameOf), "Jun moved A too. Their place came last and counts.");
  assert.match(conflictWords("Jun", { op: "remove", ids: ["a"] }, "a", false, nameOf), /^Jun removed/);
  assert.match(conflictWords("Jun", { op: "slos", slos: [] }, ": slos", false, nameOf), /the objectives of the design/);
});

test("initials are two letters", () => {
  assert.deepEqual(["Ada Lovelace", "Guest otter", "jun", "  x ", ""].map(initials), ["AL", "GO", "JU", "X", ""]);
});
