from __future__ import annotations

from typing import Any

import pytest

from components.problem import Problem
from components.upgrades import upgrade


def renamed(data: dict[str, Any]) -> dict[str, Any]:
    return {key if key != "title" else "name": value for key, value in data.items()}


def doubled(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"scale": data["scale"] * 2}


STEPS = {1: renamed, 2: doubled}


def test_old_document_takes_every_step_to_the_newest_format() -> None:
    old = {"format": 1, "title": "Shop", "scale": 3}
    assert upgrade(old, STEPS, newest=3) == ({"format": 3, "name": "Shop", "scale": 6}, [])
    assert old == {"format": 1, "title": "Shop", "scale": 3}


def test_document_of_a_middle_format_takes_the_steps_that_are_left() -> None:
    assert upgrade({"format": 2, "name": "Shop", "scale": 3}, STEPS, newest=3)[0]["scale"] == 6


def test_newest_document_stays_as_it_is() -> None:
    data = {"format": 3, "scale": 1}
    assert upgrade(data, STEPS, newest=3) == (data, [])


@pytest.mark.parametrize("version", [0, 4, "1", 1.0, True, [], 10**400], ids=lambda value: str(value)[:5])
def test_unknown_format_is_refused(version: object) -> None:
    assert upgrade({"format": version}, STEPS, newest=3)[1] == [Problem("design", "format", version, "must be 1 to 3")]
