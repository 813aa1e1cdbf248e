"""Run control: what the host does with a run, outside the simulation. No number of the run changes by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components import reading
from components.base import Number, Param
from components.problem import Problem, closest

SPEED = Number(minimum=0.1, maximum=100)
STEP_S = Number(minimum=0.1, maximum=3600)

FIELDS: dict[str, dict[str, Param]] = {
    "pause": {},
    "resume": {},
    "speed": {"factor": Param()},
    "step": {"for_s": STEP_S},
    "stop": {},
}


@dataclass(frozen=True)
class Control:
    """`factor` (speed): virtual seconds per second, or "max". `for_s` (step): virtual seconds."""

    command: str
    factor: float | str | None = None
    for_s: float | None = None

    def as_dict(self) -> dict[str, Any]:
        given = {"command": self.command, "factor": self.factor, "for_s": self.for_s}
        return {name: value for name, value in given.items() if value is not None}


def parse_control(data: object, where: str = "command") -> tuple[Control | None, list[Problem]]:
    """The control, or every Problem with it."""
    if not isinstance(data, dict):
        return None, [Problem(where, "", data, "must be an object")]
    verb = data.get("command")
    if not isinstance(verb, str) or verb not in FIELDS:
        return None, [Problem(where, "command", verb, f"must be one of {', '.join(FIELDS)}{closest(verb, FIELDS)}")]
    fields = FIELDS[verb]
    values, problems = reading.read(
        {"command": Param()} | fields, data, where, f"a key of {verb}", required=tuple(fields)
    )
    factor = values.get("factor")
    if factor is not None and factor != "max" and (broken := SPEED.check(factor)):
        problems.append(Problem(where, "factor", factor, f"{broken}, or max"))
    return (None, problems) if problems else (Control(**values), [])


def is_control(data: object) -> bool:
    """Whether this is for the host and not for the simulation."""
    return isinstance(data, dict) and isinstance(data.get("command"), str) and data["command"] in FIELDS
