"""Designs inside pictures: an SVG carries its design file in <metadata>, a PNG in an iTXt chunk. Both are read here
with nothing but what that needs: no entities, no document types, no decompression.
"""

from __future__ import annotations

import zlib
from xml.parsers import expat

from components.limits import DESIGN_BYTES
from components.problem import Problem

PNG = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"system-design-playground"
NAMESPACE = "urn:system-design-playground:design:1"
DEPTH = 64
CHUNKS = 10_000


class _Refused(Exception):
    """Inside this module only: carries the rule out of a parser."""


def unwrapped(data: bytes) -> tuple[bytes, list[Problem]]:
    """The design file inside a picture; anything that is no picture comes back as it is."""
    try:
        if data.startswith(PNG):
            return _from_png(data), []
        if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
            return _from_svg(data), []
    except _Refused as refused:
        return b"", [Problem("picture", "", None, str(refused))]
    return data, []


def _from_png(data: bytes) -> bytes:
    at = len(PNG)
    for _ in range(CHUNKS):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body, crc = data[at + 8 : at + 8 + size], data[at + 8 + size : at + 12 + size]
        if len(crc) != 4 or int.from_bytes(crc, "big") != zlib.crc32(kind + body):
            raise _Refused("must be a whole PNG file: it is cut off or damaged")
        if kind == b"iTXt" and body.startswith(KEYWORD + b"\0"):
            return _text(body[len(KEYWORD) + 1 :])
        if kind == b"IEND":
            break
        at += 12 + size
    raise _Refused("must carry its design: this one was not saved here, or a program took the design out")


def _text(body: bytes) -> bytes:
    """What follows the keyword: compression flag and method, language, translated keyword, text."""
    if body[:2] != b"\0\0":
        raise _Refused("must carry its design as it is, not compressed")
    parts = body[2:].split(b"\0", 2)
    if len(parts) < 3:
        raise _Refused("must carry its design in an iTXt chunk")
    return parts[2]


def _from_svg(data: bytes) -> bytes:
    if len(data) > 4 * DESIGN_BYTES:
        raise _Refused(f"must be at most {4 * DESIGN_BYTES} bytes")
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    path: list[str] = []
    found: list[str] = []

    def doctype(*_: object) -> None:
        raise _Refused("must be SVG without a document type: entities are not read")

    def start(name: str, _: object) -> None:
        if len(path) >= DEPTH:
            raise _Refused(f"must not nest deeper than {DEPTH} levels")
        path.append(name)

    def text(part: str) -> None:
        if path and path[-1] == f"{NAMESPACE} design":
            found.append(part)

    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: path.pop()
    parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise _Refused(f"must be SVG or a design file: line {error.lineno}: {expat.ErrorString(error.code)}") from None
    if not found:
        raise _Refused("must carry its design: this one was not saved here, or a program took the design out")
    return "".join(found).encode()
