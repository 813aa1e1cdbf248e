from __future__ import annotations

from typing import Any

import pytest

from components.commands import parse_control
from components.control import Control, is_control
from components.problem import Problem

LEGAL: list[tuple[dict[str, Any], Control]] = [
    ({"command": "pause"}, Control("pause")),
    ({"command": "resume"}, Control("resume")),
    ({"command": "stop"}, Control("stop")),
    ({"command": "speed", "factor": 0.1}, Control("speed", factor=0.1)),
    ({"command": "speed", "factor": "max"}, Control("speed", factor="max")),
    ({"command": "step", "for_s": 0.1}, Control("step", for_s=0.1)),
]

BROKEN: dict[str, tuple[Any, tuple[str, Any, str]]] = {
    "not an object": ([], ("", [], "must be an object")),
    "unknown": ({"command": "puase"}, ("command", "puase", "must be one of pause, resume, speed, step, stop; did you mean pause?")),
    "of the simulation": ({"command": "inject"}, ("command", "inject", "must be one of pause, resume, speed, step, stop")),
    "extra key": ({"command": "pause", "for_s": 1}, ("for_s", 1, "is not a key of pause")),
    "no speed": ({"command": "speed"}, ("factor", None, "must be given")),
    "stands still": ({"command": "speed", "factor": 0}, ("factor", 0, "must be between 0.1 and 100, or max")),
    "too fast": ({"command": "speed", "factor": 101}, ("factor", 101, "must be between 0.1 and 100, or max")),
    "speed in words": ({"command": "speed", "factor": "fast"}, ("factor", "fast", "must be a number, or max")),
    "no step": ({"command": "step"}, ("for_s", None, "must be given")),
    "step of nothing": ({"command": "step", "for_s": 0}, ("for_s", 0, "must be between 0.1 and 3600")),
}  # fmt: skip


@pytest.mark.parametrize(("data", "control"), LEGAL, ids=lambda part: str(part))
def test_legal_control_is_read_and_round_trips(data: dict[str, Any], control: Control) -> None:
    assert parse_control(data) == (control, [])
    assert control.as_dict() == data
    assert is_control(data)


@pytest.mark.parametrize("case", BROKEN)
def test_mistake_is_named(case: str) -> None:
    data, (field, value, rule) = BROKEN[case]
    assert parse_control(data) == (None, [Problem("command", field, value, rule)])


@pytest.mark.parametrize("data", [{"command": "inject"}, {"command": ["pause"]}, "pause", None], ids=str)
def test_other_commands_are_for_the_simulation(data: object) -> None:
    assert not is_control(data)
