/** PNG files: a text put into one, as an iTXt chunk in front of the end. */

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** @param {Uint8Array} bytes */
function crc(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = TABLE[(c ^ byte) & 0xff] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

const END = 12; // bytes of the last chunk

/** @param {Uint8Array} png @param {string} keyword @param {string} text @returns {Uint8Array} */
export function withText(png, keyword, text) {
  // Keyword, not compressed, no language, no translated keyword, the text.
  const body = new TextEncoder().encode(`iTXt${keyword}\0\0\0\0\0${text}`);
  const out = new Uint8Array(png.length + body.length + 8);
  const view = new DataView(out.buffer);
  const at = png.length - END;
  out.set(png.subarray(0, at));
  view.setUint32(at, body.length - 4);
  out.set(body, at + 4);
  view.setUint32(at + 4 + body.length, crc(body));
  out.set(png.subarray(at), at + 8 + body.length);
  return out;
}
