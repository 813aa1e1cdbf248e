"""The points of a plan, and the design that is run at each of them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components import reading
from components.design import parse
from components.experiment.plan import Plan
from components.model import Design, as_dict
from components.problem import Problem


@dataclass(frozen=True)
class Point:
    """One combination of values. `index` counts in the order of `points_of`."""

    index: int
    settings: Mapping[tuple[str, str], Any]

    def as_dict(self) -> dict[str, Any]:
        return {f"{target}.{param}": value for (target, param), value in self.settings.items()}


def points_of(plan: Plan) -> list[Point]:
    """All combinations; the last axis changes fastest. A plan without axes has one point."""
    names = [(axis.target, axis.param) for axis in plan.axes]
    combinations = itertools.product(*(axis.values for axis in plan.axes))
    return [Point(index, dict(zip(names, values, strict=True))) for index, values in enumerate(combinations)]


def cells_of(plan: Plan) -> list[tuple[int, int]]:
    """(point, seed) of every run; of the first ones, where the plan goes on until it is certain."""
    return [(point.index, seed) for seed in plan.seeds[: plan.seeds_n] for point in points_of(plan)]


def design_at(design: Design, plan: Plan, point: Point) -> tuple[Design | None, list[Problem]]:
    """The design with the point's values, checked as any other; without its own script unless the plan wants it."""
    data = reading.copied(as_dict(design))
    if not plan.script:
        data["script"] = []
    for (target, param), value in point.settings.items():
        part = next(part for part in data["nodes"] + data["links"] if part["id"] == target)
        found = design.find(target)
        assert found is not None, target
        _put(part["params"], found.filled, param.split("."), value)
    return parse(data)


def _put(params: dict[str, Any], filled: Mapping[str, Any], path: list[str], value: Any) -> None:
    """Groups that are on stay as they are but for the one value; one that is off comes on with its defaults."""
    head, *rest = path
    if not rest:
        params[head] = value
        return
    inner = filled.get(head) or {}
    given = params.get(head)
    params[head] = dict(given if isinstance(given, dict) else inner)
    _put(params[head], inner, rest, value)
