import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Film } from "../../../static/js/stream/film.js";

const told = JSON.parse(readFileSync(new URL("../fixtures/run.json", import.meta.url), "utf8"));
const frames = told.frames;
const until = frames.at(-1).t_ns;
const events = frames.flatMap((frame) => frame.events);
const rules = { script: [], slots: () => 16, limitMs: null };
const film = () => new Film({ meta: told.meta, seed: 1, until_ns: until, detail: "", frames, events }, rules);

test("a moment has all frames up to it, and none after", () => {
  const { times, until: count } = { times: film().times, until: (t) => film().until(t) };
  for (const t of [0, 0.05, 1, 3.14, film().end]) {
    assert.equal(count(t), times.filter((at) => at <= t + 1e-6).length);
  }
  assert.equal(count(-1), 0);
});

test("what leads to a moment reaches back a minute at most and ends there", () => {
  const made = film();
  for (const t of [1, made.end]) {
    const leading = made.leading(t);
    assert.equal(leading.at(-1).t_ns / 1e9 <= t + 1e-6, true);
    assert.equal(
      leading.every((frame) => frame.t_ns / 1e9 > t - 61),
      true,
    );
  }
  assert.deepEqual(made.leading(-1), []);
});

test("charts see the past of a moment alone", () => {
  const made = film();
  const half = made.end / 2;
  const past = made.past(half);
  assert.equal(past.recent.length > 0 && past.recent.length < made.moments.length, true);
  assert.equal(
    past.recent.every((moment) => moment.t <= half + 1e-6),
    true,
  );
  assert.equal(
    past.events.every((event) => event.t <= half + 1e-6),
    true,
  );
  assert.equal(made.past(made.end).events.length, events.length);
});

test("from event to event, and to nothing beyond the last", () => {
  const made = film();
  const times = [...new Set(events.map((event) => event.t_s))];
  assert.equal(times.length > 0, true);
  assert.equal(made.event(-1, 1), times[0]);
  assert.equal(made.event(made.end + 1, -1), times.at(-1));
  assert.equal(made.event(made.end + 1, 1), null);
  assert.equal(made.event(-1, -1), null);
});
