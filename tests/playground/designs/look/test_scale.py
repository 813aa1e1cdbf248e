"""Sliders: every parameter's ends are the slider's ends, and the order of values is kept."""

from __future__ import annotations

from typing import Any

import pytest

from components.catalog import catalogue
from playground.designs.look.scale import STEPS, low, position, slides

KINDS = catalogue()["kinds"]
NUMBERS = [
    pytest.param(param, id=f"{kind}.{param['name']}")
    for kind, entry in KINDS.items()
    for param in entry["params"]
    if param["type"] in ("number", "integer") and slides(param)
]


@pytest.mark.parametrize("param", NUMBERS)
def test_ends_of_the_range_are_ends_of_the_slider(param: dict[str, Any]) -> None:
    assert position(param, param["minimum"]) == 0
    assert position(param, param["maximum"]) == STEPS


@pytest.mark.parametrize("param", NUMBERS)
def test_larger_values_lie_further_right(param: dict[str, Any]) -> None:
    least, most = low(param) if param["log"] else param["minimum"], param["maximum"]
    values = [
        least * (most / least) ** (n / 20) if param["log"] else least + (most - least) * n / 20 for n in range(21)
    ]
    places = [position(param, value) for value in values]
    assert places == sorted(places) and len(set(places)) > 15


@pytest.mark.parametrize("param", NUMBERS)
def test_default_lies_inside(param: dict[str, Any]) -> None:
    if param["default"] is not None and param["minimum"] < param["default"] < param["maximum"]:
        assert 0 < position(param, param["default"]) < STEPS


def test_no_limit_lies_at_the_right_end() -> None:
    ttl = next(param for param in KINDS["cache"]["params"] if param["name"] == "ttl_s")
    assert position(ttl, None) == STEPS
