"""What is written is read back as it was, whatever the text in it looks like."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.design import as_dict, parse
from components.loading import load
from components.writing import as_json, as_yaml
from tests.components.made import documents

TRICKY = (
    "", "~", "null", "yes", "on", "True", "12", "1e3", "1_000", "0x1f", "0o17", "010", ".5", ".inf", "nan", "2024-01-01",
    "12:30:45", "=", "<<", "*a", "&a", "!tag", "- x", "a: b", "# no", "'", '"', "{", "[", "%", "@", "`", "|", ">", "\u2028",
    "\x85", "\ufeff", " a ", "a\n b", "tab\t", "é", "日本", "😀", "\ud83d"[:0], "<script>alert(1)</script>",
)  # fmt: skip


def read(text: str) -> Any:
    data, problems = load(text)
    assert problems == [], text
    return data


@pytest.mark.parametrize("write", [as_json, as_yaml])
@given(document=documents())
def test_a_design_survives_the_file(write: Any, document: dict[str, Any]) -> None:
    design, problems = parse(document, draft=True)
    assert design is not None, problems
    again, problems = parse(read(write(as_dict(design))), draft=True)
    assert again is not None, problems
    assert as_dict(again) == as_dict(design)


@pytest.mark.parametrize("write", [as_json, as_yaml])
@pytest.mark.parametrize("text", TRICKY)
def test_text_stays_text(write: Any, text: str) -> None:
    assert read(write({"name": text, "list": [text]})) == {"name": text, "list": [text]}


@pytest.mark.parametrize("write", [as_json, as_yaml])
@given(
    value=st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
)
def test_values_keep_their_type(write: Any, value: Any) -> None:
    back = read(write({"value": value}))["value"]
    assert (back, type(back)) == (value, type(value))
