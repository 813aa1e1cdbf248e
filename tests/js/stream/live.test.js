import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Live } from "../../../static/js/stream/live.js";

const { meta, frames } = JSON.parse(readFileSync(new URL("../fixtures/run.json", import.meta.url), "utf8"));
const rules = { slots: (id) => ({ web: 16, db: 4 })[id] ?? 1, limitMs: null };

/** The run as the page knows it after `seconds`. */
function at(seconds, list = frames) {
  const live = new Live(meta, rules);
  for (const frame of list) if (frame.t_ns <= seconds * 1e9) live.add(frame);
  return live;
}

test("a quiet system is healthy and its numbers are those of the machine", () => {
  const live = at(7);
  assert.deepEqual(
    [...live.nodes.values()].map((node) => node.health),
    ["ok", "ok", "ok", "ok"],
  );
  assert.ok(Math.abs(live.nodes.get("users").rate - 300) < 30, `${live.nodes.get("users").rate}`);
  assert.equal(live.totals.failing, 0);
  assert.equal(live.totals.okShare("users"), 1);
  assert.equal(live.nodes.get("users").load, null, "clients have no load");
  assert.ok(live.nodes.get("db").load > 0.1 && live.nodes.get("db").load < 0.3);
  assert.deepEqual(live.totals.reasons(), []);
});

test("counts are those of the newest frame, to the unit", () => {
  const live = at(36);
  const frame = frames.at(-1);
  const [users] = frame.clients;
  assert.deepEqual([live.totals.offered, live.totals.ok, live.totals.failed], users.slice(0, 3));
  const reasons = Object.fromEntries(live.totals.reasons().map((row) => [row.reason, row.count]));
  const wanted = Object.fromEntries(meta.reasons.map((name, code) => [name, frame.reasons[0][code]]).slice(1));
  assert.deepEqual(reasons, Object.fromEntries(Object.entries(wanted).filter(([, count]) => count > 0)));
  assert.equal(
    live.totals.reasons().reduce((sum, row) => sum + row.count, 0),
    users[2],
  );
});

test("a crashed replica makes its own node fail, and the caller a victim", () => {
  const live = at(12);
  const web = live.nodes.get("web");
  assert.equal(web.health, "failing");
  assert.equal(web.down, 1);
  assert.equal(web.isDown, false);
  assert.ok(web.own > 0.3 && web.own < 0.7, `half of the tries are refused: ${web.own}`);
  assert.equal(live.nodes.get("users").health, "strained");
  assert.equal(live.nodes.get("db").health, "ok");
  assert.equal(live.links.get("l1").look, "failing");
  assert.equal(live.links.get("l3").look, "healthy");
  assert.ok(live.links.get("l1").amplification > 1.5);
  assert.deepEqual([...live.faults], ["f1"]);
  const [worst] = live.totals.reasons();
  assert.equal(worst.reason, "node_down");
  assert.deepEqual(
    worst.starts.map((start) => start.id),
    ["web"],
  );
});

test("a slow database is the cause, who waits for it is a victim", () => {
  const live = at(23);
  assert.equal(live.nodes.get("db").health, "failing");
  assert.equal(live.nodes.get("db").level, "failing");
  assert.equal(live.nodes.get("web").health, "strained", "its queue is full because the database is slow");
  assert.equal(live.nodes.get("web").level, "failing", "the dial shows load alone");
  assert.equal(live.nodes.get("users").health, "strained");
  assert.ok(live.totals.failing > 0.5);
});

test("all heals", () => {
  const live = at(36);
  assert.deepEqual(
    [...live.nodes.values()].map((node) => node.health),
    ["ok", "ok", "ok", "ok"],
  );
  assert.deepEqual(
    [...live.links.values()].map((link) => link.look),
    ["healthy", "healthy", "healthy"],
  );
});

test("missed frames cost nothing but grain", () => {
  const [whole, sparse] = [
    at(7),
    at(
      7,
      frames.filter((_, i) => i % 5 === 4),
    ),
  ];
  for (const id of ["users", "web", "db"]) {
    const [a, b] = [whole.nodes.get(id).rate, sparse.nodes.get(id).rate];
    assert.ok(Math.abs(a - b) < 0.1 * a, `${id}: ${a} and ${b}`);
  }
  assert.equal(
    at(
      36,
      frames.filter((_, i) => i % 7 === 2),
    ).totals.ok,
    frames.findLast((_, i) => i % 7 === 2).clients[0][1],
  );
});

test("an old frame changes nothing", () => {
  const live = at(7);
  const before = JSON.stringify([live.t, live.totals.ok, live.nodes.get("web").rate]);
  assert.equal(live.add(frames[3]), null);
  assert.equal(JSON.stringify([live.t, live.totals.ok, live.nodes.get("web").rate]), before);
});

test("who comes late starts with the first difference, not with an average of the past", () => {
  const late = new Live(meta, rules);
  const crash = frames.filter((frame) => frame.t_ns > 8.6e9);
  assert.equal(late.add(crash[0]).dt, 0);
  assert.equal(late.nodes.get("web").rate, null);
  late.add(crash[1]);
  assert.ok(late.totals.failing > 0.05, "it sees the failures of now");
});

test("a frame right after a command counts nothing twice", () => {
  const live = at(7);
  const next = frames.find((frame) => frame.seq > live.seq);
  const extra = { ...frames.find((frame) => frame.seq === live.seq), seq: live.seq + 0.5, faults: ["f9"] };
  assert.equal(live.add(extra).dt, 0);
  assert.deepEqual([...live.faults], ["f9"]);
  const sample = live.add(next);
  assert.ok(Math.abs(sample.dt - 0.2) < 1e-9);
  assert.equal(sample.clients[0].offered, next.clients[0][0] - extra.clients[0][0]);
});
