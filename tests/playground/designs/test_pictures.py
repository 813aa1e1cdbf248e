"""Design files out of pictures, and pictures that try something."""

from __future__ import annotations

import zlib

import orjson
import pytest

from components.limits import DESIGN_BYTES
from playground.accounts.models import Person
from playground.designs.files import design_import
from playground.designs.pictures import KEYWORD, NAMESPACE, PNG, unwrapped
from tests.playground.world import TWO_SERVICES

JSON = orjson.dumps(TWO_SERVICES)


def svg(inside: str, head: str = "") -> bytes:
    return f'{head}<svg xmlns="http://www.w3.org/2000/svg"><metadata>{inside}</metadata></svg>'.encode()


def design(text: str) -> str:
    return f'<design xmlns="{NAMESPACE}">{text}</design>'


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def png(*chunks: bytes) -> bytes:
    return PNG + chunk(b"IHDR", b"\0" * 13) + b"".join(chunks) + chunk(b"IEND", b"")


def told(text: bytes) -> bytes:
    return chunk(b"iTXt", KEYWORD + b"\0\0\0\0\0" + text)


@pytest.mark.parametrize(
    "data",
    [
        svg(design(JSON.decode())),
        b"\xef\xbb\xbf  " + svg(design(f"<![CDATA[{JSON.decode()}]]>")),
        png(told(JSON)),
        JSON,
    ],
    ids=["svg", "cdata", "png", "json"],
)
def test_the_same_design_comes_out(data: bytes, owner: Person) -> None:
    assert unwrapped(data) == (JSON, [])
    made, problems = design_import(owner=owner, data=data)
    plain, _ = design_import(owner=owner, data=JSON)
    assert problems == [] and made is not None and plain is not None
    assert orjson.dumps(made.document) == orjson.dumps(plain.document)


BOMB = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
HOSTILE = {
    "bomb": svg(design("&b;"), BOMB),
    "file": svg(design("&x;"), FILE),
    "entity": svg(design("&x;")),
    "deep": b"<a>" * 1000,
    "open": b"<svg>",
    "html": b"<!doctype html><p>no",
    "plain svg": svg(""),
    "other namespace": svg(f"<design>{JSON.decode()}</design>"),
    "huge": svg(" " * (4 * DESIGN_BYTES)),
    "plain png": png(),
    "cut png": png(told(JSON))[:60],
    "damaged png": png(told(JSON)).replace(b"Two services", b"Too services"),
    "endless png": PNG + b"\xff\xff\xff\xffiTXt" + b"x" * 100,
    "compressed": png(chunk(b"iTXt", KEYWORD + b"\0\1\0\0\0" + zlib.compress(JSON))),
    "many chunks": PNG + chunk(b"tEXt", b"") * 20_000,
    "no text": png(chunk(b"iTXt", KEYWORD + b"\0\0\0")),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_picture_of_ours_is_refused_with_a_reason(name: str, owner: Person) -> None:
    made, problems = design_import(owner=owner, data=HOSTILE[name])
    assert made is None
    assert [problem.where for problem in problems] == ["picture"] and problems[0].rule.startswith("must ")


def test_a_design_that_is_wrong_is_refused_as_in_a_file(owner: Person) -> None:
    for text in (b"", b"nonsense", b"[1, 2]", b'{"format": 1, "nodes": [{}]}'):
        made, problems = design_import(owner=owner, data=png(told(text)))
        assert made is None and problems
