import assert from "node:assert/strict";
import { test } from "node:test";
import { DesignDocument } from "../../../static/js/canvas/document.js";

const node = (id, x = 0) => ({ id, kind: "service", name: id, x, y: 0, zone: null, params: {} });
const start = () => ({
  format: 1,
  name: "",
  description: "",
  scale: 1,
  nodes: [node("a")],
  links: [],
  script: [],
  slos: [],
});

/** A document, and a server that answers when it is told to. */
function open(now = () => 0) {
  const doc = new DesignDocument(start(), 5, now);
  const sent = [];
  const refused = [];
  doc.on("send", (pending) => sent.push(pending));
  doc.on("refused", (problems) => refused.push(...problems));
  const accept = (pending = sent.shift(), revision = doc.revision + 1) =>
    doc.accepted({ revision, ref: pending.ref, edit: pending.edit });
  const refuse = (pending = sent.shift()) => doc.refused({ ref: pending.ref, problems: [{ where: "edit" }] });
  return { doc, sent, refused, accept, refuse };
}
const ids = (doc) => doc.design.nodes.map((n) => n.id).join("");

test("it is settled when the server has answered everything", async () => {
  const { doc, accept, refuse } = open();
  await doc.settled(60_000);
  doc.submit({ op: "add", node: node("b") });
  doc.submit({ op: "add", node: node("c") });
  let settled = false;
  const waiting = doc.settled(500).then(() => {
    settled = true;
  });
  accept();
  await new Promise(setImmediate);
  assert.equal(settled, false);
  refuse();
  await waiting;
  doc.submit({ op: "add", node: node("d") });
  await doc.settled(1); // nobody answers
});

test("an edit shows at once and is stored when the server says so", () => {
  const { doc, accept } = open();
  assert.equal(doc.submit({ op: "add", node: node("b") }), true);
  assert.equal(ids(doc), "ab");
  assert.deepEqual(doc.stored, ["a"]);
  accept();
  assert.deepEqual(doc.stored, ["a", "b"]);
  assert.equal(doc.revision, 6);
  assert.deepEqual(doc.pending, []);
});

test("what is refused disappears again, and later edits stay", () => {
  const { doc, refused, accept, refuse } = open();
  doc.submit({ op: "add", node: node("b") });
  doc.submit({ op: "rename", id: "a", name: "Front" });
  refuse();
  assert.equal(ids(doc), "a");
  assert.equal(doc.node("a").name, "Front");
  assert.equal(refused.length, 1);
  accept();
  assert.equal(doc.node("a").name, "Front");
  doc.undo();
  assert.equal(doc.node("a").name, "a", "the refused edit is no step of undo");
  assert.equal(doc.history.canUndo, false);
});

test("the server's order wins over ours", () => {
  const { doc, accept } = open();
  doc.submit({ op: "move", to: { a: [8, 8] } });
  doc.accepted({ revision: 6, ref: "other-1", edit: { op: "move", to: { a: [80, 80] } } });
  assert.deepEqual([doc.node("a").x, doc.node("a").y], [8, 8], "ours comes after theirs");
  accept();
  assert.deepEqual([doc.node("a").x, doc.node("a").y], [8, 8]);
});

test("an edit that the server completes shows as completed", () => {
  const { doc, sent } = open();
  doc.submit({ op: "add", node: { id: "b", kind: "service", name: "b", x: 0, y: 0, params: {} } });
  doc.accepted({ revision: 6, ref: sent[0].ref, edit: { op: "add", node: node("b") } });
  assert.equal(doc.node("b").zone, null);
});

test("an edit that others made impossible is left out, not fatal", () => {
  const { doc, refuse } = open();
  doc.submit({ op: "rename", id: "a", name: "Front" });
  doc.accepted({ revision: 6, ref: null, edit: { op: "remove", ids: ["a"] } });
  assert.equal(ids(doc), "");
  refuse();
  assert.equal(ids(doc), "");
});

test("undo and redo are edits like any other", () => {
  const { doc, sent } = open();
  doc.submit({ op: "add", node: node("b") });
  doc.undo();
  assert.equal(ids(doc), "a");
  doc.redo();
  assert.equal(ids(doc), "ab");
  doc.undo();
  assert.deepEqual(
    sent.map(({ edit }) => edit.op),
    ["add", "remove", "add", "remove"],
  );
  assert.equal(doc.undo(), false);
  doc.submit({ op: "rename", id: "a", name: "Front" });
  assert.equal(doc.redo(), false, "a new edit ends the way forward");
});

test("a slider is one step of undo, however many values it sent", () => {
  let now = 0;
  const { doc } = open(() => now);
  for (const value of [1, 2, 3]) {
    doc.submit({ op: "set", id: "a", param: "workers", value });
    now += 100;
  }
  now += 5000;
  doc.submit({ op: "set", id: "a", param: "workers", value: 9 });
  doc.undo();
  assert.equal(doc.node("a").params.workers, 3);
  doc.undo();
  assert.equal(doc.node("a").params.workers, undefined);
});

test("an old or repeated message changes nothing", () => {
  const { doc } = open();
  doc.accepted({ revision: 5, ref: null, edit: { op: "remove", ids: ["a"] } });
  assert.equal(ids(doc), "a");
  assert.equal(doc.revision, 5);
});

test("a snapshot keeps what is still on its way", () => {
  const { doc } = open();
  doc.submit({ op: "add", node: node("b") });
  doc.snapshot({ revision: 9, design: { ...start(), nodes: [node("a"), node("c")] } });
  assert.equal(ids(doc), "acb");
  assert.equal(doc.revision, 9);
});

test("undo takes back one's own last edit, whatever others did since", () => {
  const { doc, sent, accept } = open();
  doc.submit({ op: "set", id: "a", param: "workers", value: 8 });
  accept();
  doc.accepted({ revision: 7, ref: "other-1", edit: { op: "add", node: node("b") } });
  doc.accepted({ revision: 8, ref: "other-2", edit: { op: "rename", id: "a", name: "Theirs" } });
  assert.equal(doc.undo(), true);
  assert.deepEqual(sent.at(-1).edit, { op: "unset", id: "a", param: "workers" });
  assert.equal(ids(doc), "ab");
  assert.equal(doc.node("a").name, "Theirs");
});

test("a step that no longer fits is told, and the one before it waits for another key", () => {
  const { doc, accept } = open();
  const stuck = [];
  doc.on("stuck", (edit) => stuck.push(edit));
  doc.submit({ op: "add", node: node("b") });
  accept();
  doc.submit({ op: "rename", id: "a", name: "Mine" });
  accept();
  doc.accepted({ revision: 8, ref: "other-1", edit: { op: "remove", ids: ["a"] } });
  assert.equal(doc.undo(), false);
  assert.deepEqual(stuck, [{ op: "rename", id: "a", name: "a" }]);
  assert.equal(ids(doc), "b", "nothing else was taken back");
  assert.equal(doc.undo(), true);
  assert.equal(ids(doc), "");
  assert.equal(doc.undo(), false);
  assert.equal(stuck.length, 1, "with nothing to take back there is nothing to tell");
});

test("going back leads to where the server's order had it", () => {
  const { doc, sent } = open();
  doc.submit({ op: "rename", id: "a", name: "Mine" });
  doc.accepted({ revision: 6, ref: "other-1", edit: { op: "rename", id: "a", name: "Theirs" } });
  const [{ ref, edit }] = sent.splice(0);
  doc.accepted({ revision: 7, ref, edit, inverse: { op: "rename", id: "a", name: "Theirs" } });
  doc.undo();
  assert.equal(doc.node("a").name, "Theirs");
});
