"""Axes: a parameter of the design, and its values as a list or as from, to and steps."""

from __future__ import annotations

from typing import Any

from components import reading
from components.base import Choice, Group, Id, Integer, Number, Param
from components.experiment.plan import Axis
from components.limits import EXPERIMENT_POINTS
from components.link import LinkOptions
from components.model import Design, Link
from components.problem import Problem, closest
from components.targets import no_such

AXIS: dict[str, Param] = {
    "target": Id(),
    "param": Param(),
    "values": Param(),
    "from": Number(minimum=-1e15),
    "to": Number(minimum=-1e15),
    "steps": Integer(minimum=2, maximum=EXPERIMENT_POINTS),
    "scale": Choice(choices=("linear", "log")),
}
DIGITS = 6
"""Significant digits of a value between `from` and `to`: the same on every machine, and short enough to read."""

LOADS = ("rate_rps", "users")


def read_axes(data: object, kind: str, count: tuple[int, int], design: Design) -> tuple[list[Axis], list[Problem]]:
    """The axes, or every Problem with them."""
    fewest, most = count
    if not isinstance(data, list) or not fewest <= len(data) <= most:
        many = {(0, 0): "no axis", (1, 1): "one axis"}.get(count, f"{fewest} to {most} axes")
        shown = len(data) if isinstance(data, list) else data
        return [], [Problem("experiment", "axes", shown, f"must be {many} for {kind}")]
    axes: list[Axis] = []
    problems: list[Problem] = []
    for place, item in enumerate(data):
        axis, found = _axis(item, f"axes[{place}]", design)
        problems += found
        if axis is not None:
            axes.append(axis)
    if not problems and len({axis.name for axis in axes}) < len(axes):
        problems.append(Problem("experiment", "axes", axes[0].name, "must be different parameters"))
    if not problems and kind == "load_curve":
        problems += _load(axes[0], design)
    return axes, problems


def _axis(data: object, place: str, design: Design) -> tuple[Axis | None, list[Problem]]:
    where = f"experiment.{place}"
    values, problems = reading.read(AXIS, data, where, "a key of an axis", required=("target", "param"))
    if problems:
        return None, problems
    part = design.find(values["target"])
    if part is None:
        return None, [no_such(values["target"], design, where)]
    fields = LinkOptions.params if isinstance(part, Link) else part.component.params
    path = values["param"]
    param = reading.find(fields, path) if isinstance(path, str) else None
    if param is None or isinstance(param, Group):
        known = closest(path, reading.paths(fields))
        return None, [Problem(where, "param", path, f"is not a parameter of {values['target']}{known}")]
    spread, problems = _spread(values, param, where)
    for value in spread:
        if broken := param.check(value):
            problems.append(Problem(where, "values", value, broken))
    if not problems and len({repr(value) for value in spread}) < len(spread):
        problems.append(Problem(where, "values", spread, "must differ"))
    return (None, problems) if problems else (Axis(values["target"], path, tuple(spread)), [])


def _spread(values: dict[str, Any], param: Param, where: str) -> tuple[list[Any], list[Problem]]:
    ends = [key for key in ("from", "to", "steps") if key in values]
    if "values" in values:
        given = values["values"]
        if ends or "scale" in values:
            return [], [Problem(where, "values", given, "must stand alone: without from, to, steps and scale")]
        if not isinstance(given, list) or not 1 <= len(given) <= EXPERIMENT_POINTS:
            return [], [Problem(where, "values", given, f"must be a list of 1 to {EXPERIMENT_POINTS}")]
        return given, []
    if len(ends) < 3:
        missing = next(key for key in ("from", "to", "steps") if key not in ends)
        return [], [Problem(where, missing, None, "must be given; or values")]
    if not isinstance(param, Number):
        return [], [Problem(where, "from", values["from"], f"is for numbers; {param.name} needs values")]
    low, high, steps = float(values["from"]), float(values["to"]), values["steps"]
    log = values.get("scale", "linear") == "log"
    if low >= high:
        return [], [Problem(where, "to", values["to"], "must be more than from")]
    if log and low <= 0:
        return [], [Problem(where, "from", values["from"], "must be more than 0 on a log scale")]
    shares = [step / (steps - 1) for step in range(steps)]
    spread = [low * (high / low) ** share if log else low + (high - low) * share for share in shares]
    if isinstance(param, Integer):
        return list(dict.fromkeys(round(value) for value in spread)), []
    return [float(f"{value:.{DIGITS}g}") for value in spread], []


def _load(axis: Axis, design: Design) -> list[Problem]:
    part = design.find(axis.target)
    assert part is not None
    if isinstance(part, Link) or part.kind != "client" or axis.param not in LOADS:
        return [Problem("experiment", "axes", axis.name, "must be rate_rps or users of a client: it is the load")]
    wanted = "users" if part.filled["arrival"] == "closed" else "rate_rps"
    if axis.param != wanted:
        rule = f"must be {wanted}: {axis.target} has {part.filled['arrival']} arrivals"
        return [Problem("experiment", "axes", axis.name, rule)]
    if any(later <= before for before, later in zip(axis.values, axis.values[1:], strict=False)):
        return [Problem("experiment", "axes", list(axis.values), "must rise")]
    return []
