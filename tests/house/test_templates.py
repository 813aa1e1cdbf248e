"""Templates: they compile, and the content policy has nothing to forbid in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from tests.house.files import text, under

TEMPLATES = under("templates", suffixes=(".html",))
INLINE_STYLE = re.compile(r"\sstyle=|<style\b")
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|\bhx-on\b|javascript:")


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_template_compiles(path: Path) -> None:
    assert get_template(str(path.relative_to("templates")))


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_template_has_nothing_inline(path: Path) -> None:
    assert not INLINE_STYLE.search(text(path)) and not INLINE_SCRIPT.search(text(path))


def test_every_style_sheet_names_a_layer() -> None:
    sheets = under("static", suffixes=(".css",))
    bare = [
        str(path)
        for path in sheets
        if not re.search(r"^@layer (reset|tokens|base|components|screens|utilities)\b", text(path), re.M)
    ]
    assert bare == []
