import assert from "node:assert/strict";
import { test } from "node:test";
import { DesignDocument } from "../../../static/js/canvas/document.js";
import { Emitter } from "../../../static/js/lib/emitter.js";
import { DesignChannel } from "../../../static/js/stream/design_channel.js";

const node = (id) => ({ id, kind: "service", name: id, x: 0, y: 0, zone: null, params: {} });
const design = (...ids) => ({
  ...{ format: 1, name: "", description: "", scale: 1, links: [], script: [], slos: [] },
  nodes: ids.map(node),
});

/** A socket whose other end is the test. */
class Wire extends Emitter {
  sent = [];
  connect() {
    this.connected = true;
  }
  send(message) {
    this.sent.push(message);
    return true;
  }
  say(message) {
    this.emit("message", message);
  }
}

function open() {
  const wire = new Wire();
  const doc = new DesignDocument(design("a"), 1, () => 0);
  const channel = new DesignChannel(wire, doc);
  const snapshot = (revision, ...ids) =>
    wire.say({ type: "design.snapshot", revision, design: design(...ids), role: "owner" });
  return { wire, doc, channel, snapshot };
}

test("edits wait until the line is up", () => {
  const { wire, doc, snapshot } = open();
  doc.submit({ op: "add", node: node("b") });
  assert.deepEqual(wire.sent, []);
  snapshot(1, "a");
  assert.deepEqual(
    wire.sent.map((message) => message.type),
    ["edit.submit"],
  );
  doc.submit({ op: "add", node: node("c") });
  assert.equal(wire.sent.length, 2);
});

test("an edit that was accepted while the line was dead is not sent twice", () => {
  const { wire, doc, snapshot } = open();
  snapshot(1, "a");
  doc.submit({ op: "add", node: node("b") });
  const [{ ref, edit }] = wire.sent.splice(0);
  wire.emit("down", { wait: 1, code: 1006 });
  doc.submit({ op: "add", node: node("c") });
  assert.deepEqual(wire.sent, []);
  snapshot(2, "a", "b");
  assert.deepEqual(wire.sent.splice(0), [{ type: "hello", since: 1 }]);
  wire.say({ type: "edit.accepted", revision: 2, ref, edit });
  assert.deepEqual(
    wire.sent.map((message) => message.edit?.node.id),
    ["c"],
  );
  assert.deepEqual(
    doc.design.nodes.map((n) => n.id),
    ["a", "b", "c"],
  );
});

test("without anything of its own a page takes the server's newest", () => {
  const { wire, doc, snapshot } = open();
  snapshot(7, "a", "x");
  assert.equal(doc.revision, 7);
  assert.deepEqual(
    doc.design.nodes.map((n) => n.id),
    ["a", "x"],
  );
  assert.deepEqual(wire.sent, []);
});

test("runs of the design are announced", () => {
  const { wire, channel } = open();
  const runs = [];
  channel.on("run", (run) => runs.push(run));
  wire.say({ type: "design.snapshot", revision: 1, design: design("a"), role: "viewer", run: "r1" });
  wire.say({ type: "run.started", run: "r2" });
  assert.deepEqual(runs, ["r1", "r2"]);
});
