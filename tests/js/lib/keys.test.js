import assert from "node:assert/strict";
import { test } from "node:test";
import { dispatch, stroke } from "../../../static/js/lib/keys.js";

const nothing = () => undefined;
const press = (key, more = {}) => ({ key, code: "", preventDefault: nothing, stopPropagation: nothing, ...more });

test("strokes have one name each", () => {
  assert.equal(stroke(press(" ")), "Space");
  assert.equal(stroke(press("Z", { ctrlKey: true, shiftKey: true })), "Ctrl+Shift+z");
  assert.equal(stroke(press("z", { metaKey: true })), "Ctrl+z");
  assert.equal(stroke(press("?", { shiftKey: true, code: "Slash" })), "?");
  assert.equal(stroke(press("!", { shiftKey: true, code: "Digit1" })), "Shift+1");
  assert.equal(stroke(press("1", { code: "Digit1" })), "1");
  assert.equal(stroke(press("ArrowLeft", { altKey: true })), "Alt+ArrowLeft");
  assert.equal(stroke(press("H", { shiftKey: true })), "Shift+h");
});

test("an action uses the event up, unless it says no", () => {
  let prevented = 0;
  const event = press("a", { preventDefault: () => prevented++ });
  assert.equal(dispatch(event, { a: () => undefined }), true);
  assert.equal(dispatch(event, { a: () => false }), false);
  assert.equal(dispatch(event, {}), false);
  assert.equal(prevented, 1);
});
