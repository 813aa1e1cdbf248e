from __future__ import annotations

import math
from typing import Any

import pytest

from components.base import Choice, Flag, Group, Id, Integer, Number, Param, Points, Several, Text, plain

NUMBER = "must be between 0.5 and 10"
GROUP = Group(fields={"max": Integer(default=2), "on": Several(default=["a"], choices=("a", "b"))})
POINTS = "must be a list of at most 3 [at_s, factor] pairs"

BROKEN: list[tuple[Param, Any, str]] = [
    (Number(minimum=0.5, maximum=10), 0.4, NUMBER),
    (Number(minimum=0.5, maximum=10), 11, NUMBER),
    (Number(minimum=0.5, maximum=10), 10**400, NUMBER),
    (Number(), math.nan, "must be a number"),
    (Number(), math.inf, "must be a number"),
    (Number(), True, "must be a number"),
    (Number(), "1", "must be a number"),
    (Number(), None, "must not be null"),
    (Integer(), 1.0, "must be a whole number"),
    (Integer(), False, "must be a whole number"),
    (Integer(maximum=9), 10, "must be between 0 and 9"),
    (Flag(), 1, "must be true or false"),
    (Choice(choices=("a", "b")), "c", "must be one of a, b"),
    (Choice(choices=("a", "b")), ["a"], "must be one of a, b"),
    (Several(choices=("a", "b")), ["a", "c"], "must be a list of a, b"),
    (Several(choices=("a", "b")), [["a"]], "must be a list of a, b"),
    (Several(choices=("a", "b")), ["a", "a"], "must not repeat a word"),
    (Several(choices=("a", "b")), "a", "must be a list of a, b"),
    (Text(most=3), "abcd", "must have 0 to 3 characters"),
    (Text(least=1), "", "must have 1 to 80 characters"),
    (Text(), "a\nb", "must not hold control characters or half characters"),
    (Text(), "\ud800", "must not hold control characters or half characters"),
    (Text(lines=True), "a\x00", "must not hold control characters or half characters"),
    (Text(), 5, "must be text"),
    (Id(), "Web", "must be 1 to 40 of a-z, 0-9, _ and -"),
    (Id(), "", "must be 1 to 40 of a-z, 0-9, _ and -"),
    (Id(), "a" * 41, "must be 1 to 40 of a-z, 0-9, _ and -"),
    (Id(), "web\n", "must be 1 to 40 of a-z, 0-9, _ and -"),
    (Id(), "wéb", "must be 1 to 40 of a-z, 0-9, _ and -"),
    (Id(), 5, "must be 1 to 40 of a-z, 0-9, _ and -"),
    (Points(most=3), [[0, 1]] * 4, POINTS),
    (Points(most=3), {}, POINTS),
    (Points(), [[0, 1, 2]], "must hold [at_s, factor] pairs"),
    (Points(), [5], "must hold [at_s, factor] pairs"),
    (Points(), [[-1, 1]], "each at_s must be between 0 and 31536000"),
    (Points(maximum=9), [[0, 10]], "each factor must be between 0 and 9"),
    (Points(), [[5, 1], [5, 2]], "times must rise"),
    (GROUP, 3, "must be an object"),
]


@pytest.mark.parametrize(
    ("param", "value", "rule"), BROKEN, ids=lambda part: str(part)[:24] if not isinstance(part, Param) else part.type
)
def test_rule_names_what_is_wrong(param: Param, value: Any, rule: str) -> None:
    assert param.check(value) == rule


@pytest.mark.parametrize(
    ("param", "value"),
    [
        (Number(minimum=0.5, maximum=10), 0.5),
        (Number(minimum=0.5, maximum=10), 10),
        (Number(nullable=True), None),
        (Integer(minimum=-3), -3),
        (Flag(), False),
        (Choice(choices=("a",)), "a"),
        (Several(choices=("a", "b")), []),
        (Several(choices=("a", "b")), ["b", "a"]),
        (Text(), "Zürich 東京 🚀"),
        (Text(lines=True), "a\n\tb"),
        (Id(), "web-1_a"),
        (Points(), [[0, 0], [2_592_000, 1.5]]),
        (GROUP, None),
        (GROUP, {}),
    ],
    ids=str,
)
def test_legal_values_break_no_rule(param: Param, value: Any) -> None:
    assert param.check(value) is None


def test_group_is_filled_with_the_defaults_of_what_it_leaves_out() -> None:
    assert GROUP.filled({"max": 7}) == {"max": 7, "on": ["a"]}
    assert GROUP.filled({}) == {"max": 2, "on": ["a"]}
    assert GROUP.filled(None) is None


@pytest.mark.parametrize(("number", "text"), [(10000, "10000"), (0.014, "0.014"), (1e6, "1000000"), (-1.5, "-1.5")])
def test_numbers_are_written_as_people_write_them(number: float, text: str) -> None:
    assert plain(number) == text
