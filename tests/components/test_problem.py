from __future__ import annotations

import json
import math

import pytest

from components.problem import Problem, closest


def test_line_names_place_value_and_rule() -> None:
    problem = Problem("web", "workers", -3, "must be between 1 and 10000")
    assert problem.line() == "web.workers = -3: must be between 1 and 10000"


def test_line_without_a_field_names_the_owner_alone() -> None:
    assert Problem("edit", "", [], "must be an object").line() == "edit = []: must be an object"


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        -math.inf,
        10**4000,
        "\ud800",
        "a\nb\x00",
        {"k": {"k": {"k": {"k": 1}}}},
        ["x" * 9999] * 9999,
        {1: 2},
        object,
    ],
)
def test_any_value_becomes_short_strict_json(value: object) -> None:
    problem = Problem("design", "\ud800\n", value, "must be something else")
    text = json.dumps(problem.as_dict(), allow_nan=False, ensure_ascii=False)
    assert len(text.encode()) < 4000
    assert problem.line().isprintable()


def test_deep_value_is_cut() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    assert Problem("design", "nodes", value, "must be a list").as_dict()["value"] == [[["…"]]]


def test_value_is_shown_as_it_is_when_it_is_plain() -> None:
    value = {"max": 3, "on": ["timeout"], "budget_ratio": None, "p": 0.5, "live": True}
    assert Problem("l1", "retry", value, "…").as_dict()["value"] == value


def test_closest_word_is_suggested() -> None:
    assert closest("wrokers", ["workers", "replicas"]) == "; did you mean workers?"
    assert closest("zone", ["workers", "replicas"]) == ""
    assert closest(["workers"], ["workers"]) == ""
