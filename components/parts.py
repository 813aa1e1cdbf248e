"""Reads the parts of a design file: one node, one link, one service level objective."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from components import reading
from components.base import Choice, Id, Integer, Number, Param, Text
from components.catalog import KINDS
from components.limits import COORDINATE, DESCRIPTION_CHARS, NAME_CHARS, PROBLEMS, SCALE, SLOS, VIRTUAL_S
from components.link import LinkOptions
from components.model import Link, Node
from components.problem import Problem, closest

NAME = Text(most=NAME_CHARS)
PLACE = Number(default=0, minimum=-COORDINATE, maximum=COORDINATE)

NODE: dict[str, Param] = {
    "id": Id(),
    "kind": Choice(choices=tuple(KINDS)),
    "name": NAME,
    "x": PLACE,
    "y": PLACE,
    "zone": Param(nullable=True),
    "params": Param(nullable=True),
}
LINK: dict[str, Param] = {"id": Id(), "source": Id(), "target": Id(), "params": Param(nullable=True)}
SLO: dict[str, Param] = {
    "name": Text(most=NAME_CHARS, least=1),
    "sli": Choice(choices=("latency", "availability")),
    "threshold_ms": Number(minimum=0.001, maximum=1000.0 * VIRTUAL_S),
    "target": Number(maximum=1),
    "alert_scale": Number(
        default=60.0,
        minimum=1,
        maximum=100_000,
        help="Seconds of the objective that pass in a virtual second, for its alerts.",
    ),
    "alert_min_events": Integer(
        default=10, minimum=1, maximum=1_000_000, help="Fewer events in the short window raise no alert."
    ),
}

HEAD: dict[str, Param] = {
    "name": replace(NAME, help="What people call it."),
    "description": Text(most=DESCRIPTION_CHARS, lines=True, help="What it is for."),
    "scale": Number(default=1, minimum=1, maximum=SCALE, help="Divides every rate."),
}
"""What a design says of itself, beside its lists."""

Part = TypeVar("Part")


def read_node(data: object, place: str, owner: str = "design") -> tuple[Node | None, list[Problem]]:
    """The node, or every Problem with it; `place` ("nodes[3]") of `owner` names it where its id cannot."""
    where, prefix = _name(data, place, owner)
    values, problems = reading.read(NODE, data, where, "a field of a node", prefix, required=("id", "kind"))
    if not isinstance(data, dict):
        return None, problems
    kind = data.get("kind")
    if "kind" in data and "kind" not in values:
        problems = [problem for problem in problems if problem.field != f"{prefix}kind"]
        problems.append(Problem(where, f"{prefix}kind", kind, f"is not a kind of component{closest(kind, KINDS)}"))
    if values.get("zone") is not None:
        problems.append(Problem(where, f"{prefix}zone", values["zone"], "must be null: there are no zones yet"))
    if "kind" in values:
        component = KINDS[values["kind"]]
        own, found = reading.read(
            component.params, data.get("params", {}), where, f"a parameter of {values['kind']}", _below(prefix, data)
        )
        if not found:
            found = [
                Problem(where, _below(prefix, data) + name, value, rule)
                for name, value, rule in component().check(component.filled(own))
            ]
        problems += found
        values |= {"params": own, "name": values.get("name", component.label)}
    return (None, problems) if problems else (Node(**values), [])


def read_link(data: object, place: str, owner: str = "design") -> tuple[Link | None, list[Problem]]:
    """The link, or every Problem with it. Whether its ends exist is not seen here."""
    where, prefix = _name(data, place, owner)
    values, problems = reading.read(LINK, data, where, "a field of a link", prefix, required=("id", "source", "target"))
    if not isinstance(data, dict):
        return None, problems
    own, found = reading.read(
        LinkOptions.params, data.get("params", {}), where, "a parameter of a link", _below(prefix, data)
    )
    problems += found
    return (None, problems) if problems else (Link(**values | {"params": own}), [])


def read_slo(data: object, where: str) -> tuple[dict[str, Any], list[Problem]]:
    """The objective, or every Problem with it. A latency needs a threshold, an availability has none."""
    latency = isinstance(data, dict) and data.get("sli") == "latency"
    required = ("name", "sli", "target") + (("threshold_ms",) if latency else ())
    values, problems = reading.read(SLO, data, where, "a field of an objective", required=required)
    if values.get("target") in (0, 1):
        problems.append(Problem(where, "target", values["target"], "must be more than 0 and less than 1"))
    if values.get("sli") == "availability" and "threshold_ms" in values:
        problems.append(Problem(where, "threshold_ms", values["threshold_ms"], "is for the sli latency"))
    return values, problems


def read_slos(data: object) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Checked objectives; their names differ."""
    slos, problems = read_each(data, "slos", SLOS, lambda slo, place: read_slo(slo, place))
    names: set[str] = set()
    for index, slo in enumerate([] if problems else slos):
        if slo["name"] in names:
            problems.append(Problem(f"slos[{index}]", "name", slo["name"], "is the name of another objective"))
        names.add(slo["name"])
    return slos, problems


def read_script(data: object) -> tuple[list[dict[str, Any]], list[Problem]]:
    """The entries as they are: `check` sees whether they fit the design."""
    if not isinstance(data, list):
        return [], [Problem("design", "script", data, "must be a list")]
    return data, []


def read_each(
    data: object, name: str, most: int, read: Callable[[object, str], tuple[Part | None, list[Problem]]]
) -> tuple[list[Part], list[Problem]]:
    if not isinstance(data, list):
        return [], [Problem("design", name, data, "must be a list")]
    if len(data) > most:
        return [], [Problem("design", name, f"{len(data)} {name}", f"must be at most {most} {name}")]
    parts: list[Part] = []
    problems: list[Problem] = []
    for index, item in enumerate(data):
        part, found = read(item, f"{name}[{index}]")
        problems += found
        if part is not None:
            parts.append(part)
        if len(problems) > PROBLEMS:
            break
    return parts, problems


def _name(data: object, place: str, owner: str) -> tuple[str, str]:
    """(where, prefix of the field) of a node or link: its id if that is legal, else its place in the file."""
    id = data.get("id") if isinstance(data, dict) else None
    return (id, "") if isinstance(id, str) and Id().check(id) is None else (owner, f"{place}.")


def _below(prefix: str, data: dict[str, Any]) -> str:
    """Prefix of a parameter's field: nothing when `where` is the id, as in `web.workers`."""
    if not isinstance(data.get("params", {}), dict):
        return f"{prefix}params."
    return f"{prefix}params." if prefix else ""
