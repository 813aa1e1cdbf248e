import assert from "node:assert/strict";
import { test } from "node:test";
import { withText } from "../../../static/js/picture/png.js";

const bytes = (base64) => new Uint8Array(Buffer.from(base64, "base64"));
const DOT = bytes("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

test("a text stands in front of the end, and the rest is as it was", () => {
  const out = Buffer.from(withText(DOT, "word", "Größe"));
  const at = DOT.length - 12;
  assert.deepEqual(out.subarray(0, at), Buffer.from(DOT.subarray(0, at)));
  assert.deepEqual(out.subarray(-12), Buffer.from(DOT.subarray(-12)));
  const chunk = out.subarray(at, -12);
  assert.equal(chunk.readUInt32BE(0), chunk.length - 12);
  assert.equal(chunk.subarray(4, 8).toString(), "iTXt");
  assert.equal(chunk.subarray(8, -4).toString(), "word\0\0\0\0\0Größe");
});

test("its check sum is that of PNG", () => {
  // The end of every PNG file: no data, and a sum that is always the same.
  const end = Buffer.from(DOT.subarray(-8));
  assert.equal(end.toString("hex"), "49454e44ae426082");
  const out = Buffer.from(withText(DOT, "w", ""));
  assert.equal(out.subarray(out.length - 16, out.length - 12).readUInt32BE(0) > 0, true);
});
