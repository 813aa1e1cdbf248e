import assert from "node:assert/strict";
import { test } from "node:test";
import { FaultBook } from "../../../static/js/stream/faults.js";
import { Series } from "../../../static/js/stream/series.js";
import { waitFor } from "../../../static/js/stream/socket.js";

const moment = (t, failing = 0) => ({ t, p50: 1, p95: 2, p99: 3, failing, served: 1 });

test("the recent past is fine and two minutes long", () => {
  const series = new Series();
  for (let i = 1; i <= 3000; i++) series.add(moment(i / 10));
  assert.ok(series.recent.length >= 239 && series.recent.length <= 242, `${series.recent.length}`);
  assert.ok(series.recent[0].t >= 180 - 0.6);
});

test("a day is kept in few points, and no failure gets lost", () => {
  const series = new Series();
  for (let t = 0; t < 86_400; t += 1) series.add(moment(t, t === 4001 ? 0.9 : 0));
  assert.ok(series.whole.length <= 1200, `${series.whole.length}`);
  assert.equal(Math.max(...series.whole.map((m) => m.failing)), 0.9);
  assert.ok(series.whole.every((m, i) => i === 0 || m.t > series.whole[i - 1].t));
});

test("active faults are named by command, script or event", () => {
  const book = new FaultBook([{ at_s: 1, command: "inject", id: "f1", fault: "slow", target: "db" }]);
  book.learn({ command: "inject", id: "f2", fault: "crash", target: "web" });
  const event = { t_s: 3, node: "l1", what: "fault_injected", detail: { id: "f3", fault: "loss" } };
  assert.equal(book.read({ faults: ["f1", "f2", "f3", "f4"], events: [event] }), true);
  assert.deepEqual(
    book.active.map(({ fault, target, since }) => [fault, target, since]),
    [
      ["slow", "db", null],
      ["crash", "web", null],
      ["loss", "l1", 3],
      ["", "", null],
    ],
  );
  assert.equal(book.read({ faults: ["f1", "f2", "f3", "f4"], events: [] }), false);
  assert.deepEqual(
    book.on("web").map((fault) => fault.id),
    ["f2"],
  );
  assert.equal(book.read({ faults: [], events: [] }), true);
});

test("a lost connection is tried again at once, then ever more slowly", () => {
  assert.ok(waitFor(0) < 1);
  const waits = [1, 2, 3, 4, 5, 6, 20].map((n) => waitFor(n, 0.5));
  assert.deepEqual(waits, [1, 2, 4, 8, 15, 15, 15]);
  assert.ok(waitFor(4, 0) < 8 && waitFor(4, 1) > 8);
});
