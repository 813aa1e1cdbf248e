import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { seen } from "../../../static/js/panels/seen.js";
import { FaultBook } from "../../../static/js/stream/faults.js";
import { Live } from "../../../static/js/stream/live.js";

const { meta, frames } = JSON.parse(readFileSync(new URL("../fixtures/run.json", import.meta.url), "utf8"));
const names = { users: "Users", web: "Web", cache: "Cache", db: "Database" };

function at(seconds) {
  const live = new Live(meta, { slots: (id) => ({ web: 16, db: 4 })[id] ?? 1, limitMs: null });
  const book = new FaultBook();
  for (const frame of frames) {
    if (frame.t_ns > seconds * 1e9) break;
    live.add(frame);
    book.read(frame);
  }
  return {
    live,
    book,
    words: (faults) =>
      seen(
        live,
        faults,
        (id) => names[id],
        (fault) => fault,
      ),
  };
}

test("a healthy system is said to be so, with its numbers", () => {
  const { words, book } = at(7);
  const { strong, rest, health } = words(book.active);
  assert.equal(strong, "Nothing is strained.");
  assert.match(rest, /^ \d+\/s are served, p99 is \d+\u2009ms\. The busiest is Database, at \d+\u2009%\.$/);
  assert.equal(health, "ok");
});

test("a fault is named with its time, and then who suffers most", () => {
  const { words, book } = at(23);
  const { strong, rest, health } = words(book.active);
  assert.equal(strong, "Database: slow");
  assert.match(rest, /^ since 0:18\. Database is at 9\d\u2009%.* \d+\u2009% of requests fail\.$/);
  assert.equal(health, "failing");
});

test("of several faults the newest is spoken of, whatever their ids", () => {
  const faults = [
    { id: "f-a", fault: "slow", target: "db", since: 20 },
    { id: "f-z", fault: "spike", target: "users", since: 12 },
  ];
  assert.equal(at(23).words(faults).strong, "Database: slow");
});
