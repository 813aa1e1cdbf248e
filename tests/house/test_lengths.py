"""Small files: hard limit 400 lines, hardly any over 200, half of them under 80."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

from tests.house.files import text, under

HARD, SOFT, MEDIAN = 400, 200, 80
SOFT_SHARE = 0.1


def lengths(suffixes: tuple[str, ...]) -> dict[Path, int]:
    files = under("components", "worker", "playground", "static", "templates", "tools", suffixes=suffixes)
    return {path: text(path).count("\n") for path in files}


@pytest.mark.parametrize("suffixes", [(".py",), (".js",), (".css",), (".html",)], ids=lambda suffixes: suffixes[0])
def test_no_file_is_longer_than_the_hard_limit(suffixes: tuple[str, ...]) -> None:
    assert {str(path): lines for path, lines in lengths(suffixes).items() if lines > HARD} == {}


def test_few_files_are_longer_than_the_soft_limit() -> None:
    found = lengths((".py", ".js", ".css", ".html"))
    long = sorted(str(path) for path, lines in found.items() if lines > SOFT)
    assert len(long) <= SOFT_SHARE * len(found), long


def test_half_of_the_files_are_short() -> None:
    found = [lines for path, lines in lengths((".py", ".js", ".css", ".html")).items() if path.name != "__init__.py"]
    assert median(found) < MEDIAN
