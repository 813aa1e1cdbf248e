"""Import and export: what goes out comes back in, and what is bad is refused with a reason and leaves nothing."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from components.loading import load
from playground.accounts.models import Person
from playground.designs.models import Design, Share
from playground.designs.services import edit_apply
from tests.playground.conftest import browser_of
from tests.playground.world import RENAME, TWO_SERVICES


def bring(browser: Client, data: bytes | str, name: str = "design.json") -> Any:
    raw = data.encode() if isinstance(data, str) else data
    return browser.post("/d/import", {"file": SimpleUploadedFile(name, raw)})


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_an_exported_design_comes_back_the_same(format: str, browser: Client, design: Design, other: Person) -> None:
    answer = browser.get(f"/d/{design.pk}/export.{format}")
    assert answer["Content-Disposition"] == f'attachment; filename="two-services-r0.{format}"'
    assert "/api/schema" in answer["Link"]
    data, problems = load(answer.content)
    assert (data, problems) == (design.document, [])
    assert bring(browser_of(other), answer.content, f"x.{format}").status_code == 302
    assert Design.objects.get(owner=other).document == design.document


def test_an_old_and_a_frozen_revision_can_be_taken_along(
    browser: Client, design: Design, owner: Person, other: Person
) -> None:
    share = Share.objects.create(design=design, revision=0)
    edit_apply(design_id=design.pk, person=owner, edit=RENAME)
    path = f"/d/{design.pk}/export.json"
    assert b"Renamed" in browser.get(path).content
    assert b"Renamed" not in browser.get(f"{path}?revision=0").content
    assert b"Renamed" not in browser_of(other).get(f"{path}?share={share.token}").content
    assert browser.get(f"{path}?revision=7").status_code == 404
    assert browser.get(f"{path}?revision=x").status_code == 422
    assert browser.get(f"/d/{design.pk}/export.exe").status_code == 404


DEEP = "[" * 100 + "]" * 100
BAD = {
    "not json": (b"{", "line 1 column 2"),
    "not yaml": (b"a: [1", "is not YAML"),
    "wrong types": (orjson.dumps(TWO_SERVICES | {"nodes": 7}), "nodes"),
    "wrong kind": (orjson.dumps({"format": 1, "nodes": [{"id": "x", "kind": "servise"}]}), "did you mean"),
    "wrong value": (orjson.dumps({"format": 1, "nodes": [{"id": "x", "kind": "service", "params": {"workers": -3}}]}), "-3"),
    "a list": (b"[1, 2]", "must be"),
    "a later format": (b'{"format": 2}', "format"),
    "aliases": (b"a: &x [1,2]\nb: [*x,*x,*x]", "aliases"),
    "a bomb": (b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]", "aliases"),
    "a tag": (b"!!python/object/apply:os.system ['true']", "tag"),
    "too deep": (b"[" * 100_000, "nest"),
    "too deep in yaml": (("a: " + DEEP).encode(), "nest"),
    "not text": (b"\xff\xfe\x00", "UTF-8"),
    "nothing": (b"", "must not be empty"),
    "a key twice": (b'{"format": 1, "format": 1}', "twice"),
    "thousands of digits": (b'{"format": ' + b"9" * 5000 + b"}", "digits"),
    "a link to nowhere": (orjson.dumps(TWO_SERVICES | {"links": [{"id": "l", "source": "users", "target": "ghost"}]}), "ghost"),
    "script in a name": (b'{"format": 1, "<script>alert(1)</script>": 1}', "&lt;script&gt;"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_its_place_and_leaves_nothing(name: str, browser: Client) -> None:
    data, word = BAD[name]
    answer = bring(browser, data, "<b>.json")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert word in text
    assert "<script>alert" not in text
    assert "&lt;b&gt;.json" in text
    assert not Design.objects.exists()


def test_a_big_file_is_refused(browser: Client) -> None:
    answer = bring(browser, b" " * 1_000_001)
    assert answer.status_code == 422
    assert "must be at most 1000000 bytes" in answer.content.decode()
    assert bring(browser, b" " * 5_000_000).status_code == 413
    assert not Design.objects.exists()


def test_a_form_without_a_file_is_refused(browser: Client) -> None:
    answer = browser.post("/d/import", {"file": "text"})
    assert answer.status_code == 422
    assert "must be chosen first" in answer.content.decode()


def test_an_import_obeys_the_rules_of_no_design_but_its_own(browser: Client, design: Design) -> None:
    """A file becomes a design of its own: nothing that is locked elsewhere is touched."""
    before = design.document
    assert bring(browser, orjson.dumps(TWO_SERVICES | {"id": design.pk, "name": "x"})).status_code == 422
    assert bring(browser, orjson.dumps(TWO_SERVICES | {"name": "Mine"})).status_code == 302
    design.refresh_from_db()
    assert (design.document, design.revision) == (before, 0)
