"""What product code does not do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.files import text, under

TALKS_TO_A_TERMINAL = (
    "components/__main__.py",
    "worker/simulate.py",
    "worker/grade.py",
    "worker/sweep/__main__.py",
    "worker/warm.py",
    "playground/runtime/",
    "playground/management/",
)
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")

PYTHON = under("components", "worker", "playground", suffixes=(".py",))
SOURCES = under(
    "components",
    "worker",
    "playground",
    "static",
    "templates",
    "tests",
    "tools",
    suffixes=(".py", ".js", ".css", ".html"),
)


@pytest.mark.parametrize("path", PYTHON, ids=str)
def test_product_code_does_not_print(path: Path) -> None:
    if str(path).startswith(TALKS_TO_A_TERMINAL):
        return
    calls = [node for node in ast.walk(ast.parse(text(path))) if isinstance(node, ast.Call)]
    assert [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"] == []


def test_nothing_is_left_for_later() -> None:
    here = Path("tests/house/test_code.py")
    assert [str(path) for path in SOURCES if path != here and MARKS.search(text(path))] == []


def test_no_room_is_a_box_for_anything() -> None:
    boxes = {"utils", "helpers", "common", "misc"}
    assert [str(path) for path in SOURCES if boxes & {part.removesuffix(path.suffix) for part in path.parts}] == []
