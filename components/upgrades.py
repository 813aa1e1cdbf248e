"""Older design files: one step per format, from it to the next. Format 1 is the first, so there is none yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from components.model import FORMAT
from components.problem import Problem

Step = Callable[[dict[str, Any]], dict[str, Any]]

STEPS: dict[int, Step] = {}
"""{format: function that takes a document of that format and returns one of the next}. A step gets unchecked
data: it moves what it knows and leaves the rest for the checks."""


def upgrade(
    data: dict[str, Any], steps: Mapping[int, Step] = STEPS, newest: int = FORMAT
) -> tuple[dict[str, Any], list[Problem]]:
    """The document in the newest format; `data` itself stays as it is."""
    version = data.get("format")
    oldest = min([newest, *steps])
    if version is None:
        return data, [Problem("design", "format", None, f"must be given; the newest is {newest}")]
    if isinstance(version, bool) or not isinstance(version, int) or not oldest <= version <= newest:
        expected = str(newest) if oldest == newest else f"{oldest} to {newest}"
        return data, [Problem("design", "format", version, f"must be {expected}")]
    for number in range(version, newest):
        data = steps[number](data) | {"format": number + 1}
    return data, []
