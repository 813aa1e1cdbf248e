import assert from "node:assert/strict";
import { test } from "node:test";
import { Catalogue, fact, quantity } from "../../../static/js/lib/catalogue.js";
import * as format from "../../../static/js/lib/format.js";

const thin = (text) => text.replaceAll(" ", "\u2009");

test("rates", () => {
  const cases = {
    0: "0/s",
    0.4: "0.4/s",
    84: "84/s",
    999: "999/s",
    1400: "1.4k/s",
    12400: "12.4k/s",
    214000: "214k/s",
    2100000: "2.1M/s",
  };
  for (const [value, text] of Object.entries(cases)) assert.equal(format.rate(Number(value)), text);
  assert.equal(format.rate(null), "–");
  assert.equal(format.rate(0.01), "0/s");
});

test("times are whole ms up to a second", () => {
  const cases = {
    0.45: "0.5 ms",
    7: "7 ms",
    84.2: "84 ms",
    999.4: "999 ms",
    2000: "2.00 s",
    4812: "4.81 s",
    64000: "64.0 s",
    120000: "120 s",
  };
  for (const [value, text] of Object.entries(cases)) assert.equal(format.time(Number(value)), thin(text));
  assert.equal(format.time(null), "–");
});

test("shares have a decimal where it matters", () => {
  const cases = {
    0: "0 %",
    0.004: "0.4 %",
    0.05: "5 %",
    0.094: "9.4 %",
    0.41: "41 %",
    0.994: "99.4 %",
    0.9999: "99.9 %",
    1: "100 %",
  };
  for (const [value, text] of Object.entries(cases)) assert.equal(format.percent(Number(value)), thin(text));
  assert.equal(format.percent(null), "–");
});

test("simulated time", () => {
  assert.equal(format.clock(161), "2:41.0");
  assert.equal(format.clock(0.3), "0:00.3");
  assert.equal(format.clock(59.96), "0:59.9", "never a time that has not come");
  assert.equal(format.clock(3600 + 62.5, false), "1:01:02");
});

test("lists and counts", () => {
  assert.equal(format.list([]), "");
  assert.equal(format.list(["a"]), "a");
  assert.equal(format.list(["a", "b", "c"]), "a, b and c");
  assert.equal(format.plural(1, "request"), "1 request");
  assert.equal(format.plural(4912, "request"), "4,912 requests");
});

test("facts of a card", () => {
  const param = (more) => ({ type: "number", label: "Workers", unit: "", maximum: 100, ...more });
  assert.equal(fact(param({ type: "integer" }), 16), "16 workers");
  assert.equal(fact(param({ label: "Service time", unit: "ms" }), 5), `${thin("5 ms")} service time`);
  assert.equal(fact(param({ label: "Rate", unit: "rps" }), 12_400), "12.4k requests/s");
  assert.equal(fact(param({ label: "Read share", maximum: 1 }), 0.9), `${thin("90 %")} reads`);
  assert.equal(fact(param({ type: "choice", label: "Policy" }), "least_conn"), "least conn");
  assert.equal(fact(param({ label: "Time to live", unit: "s" }), null), "no time to live");
  assert.equal(quantity(param({ unit: "s" }), 300), thin("300 s"));
});

test("who has one fact of its own says how it calls", () => {
  const kinds = {
    lb: {
      label: "Balancer",
      facts: ["algo"],
      params: [{ name: "algo", type: "choice", label: "Policy", default: "p2c" }],
    },
  };
  const params = [
    { name: "timeout_ms", default: 1000 },
    { name: "retry", default: null, fields: [{ name: "max", default: 2 }] },
  ];
  const catalogue = new Catalogue({ families: [], kinds, link: { params, knobs: [] }, faults: {} });
  const facts = (params) => catalogue.facts({ id: "a", kind: "lb", params: {} }, params ? [{ id: "l1", params }] : []);
  assert.deepEqual(facts(null), ["p2c", ""]);
  assert.deepEqual(facts({}), ["p2c", `timeout ${thin("1 s")}`]);
  assert.deepEqual(facts({ retry: {} }), ["p2c", `timeout ${thin("1 s")} · 2 retries`]);
  assert.deepEqual(facts({ timeout_ms: null, retry: { max: 1 } }), ["p2c", "waits for ever · 1 retry"]);
});
