"""A design file in, a checked Design out. Everything that is wrong comes back as Problems, all at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from components import params
from components.base import Number, Param, Text
from components.commands import script_problems
from components.limits import DESCRIPTION_CHARS, DESIGN_BYTES, LINKS, NODES, PROBLEMS, SCALE, SLOS
from components.loading import load
from components.model import Design, Link, Node, as_dict
from components.parts import NAME, read_link, read_node, read_slo
from components.problem import Problem
from components.schema import schema
from components.upgrades import upgrade
from components.wiring import missing_problems, wiring_problems

__all__ = ["Design", "Link", "Node", "as_dict", "check", "load", "parse", "runnable", "schema"]

Part = TypeVar("Part")

TOP: dict[str, Param] = {
    "format": Param(nullable=True),
    "name": NAME,
    "description": Text(most=DESCRIPTION_CHARS, lines=True),
    "scale": Number(default=1, minimum=1, maximum=SCALE),
    "nodes": Param(nullable=True),
    "links": Param(nullable=True),
    "script": Param(nullable=True),
    "slos": Param(nullable=True),
}
HEAD = ("name", "description", "scale")


def parse(data: object, draft: bool = False) -> tuple[Design | None, list[Problem]]:
    """The design, or every Problem with it (at most limits.PROBLEMS): exactly one of the two.

    A draft may be incomplete (a client without a link, no client at all) but nothing in it may be malformed.
    """
    design, problems = _read(data)
    if design is not None:
        problems = check(design)
        if not draft:
            problems += runnable(design)
    if problems or design is None:
        return None, problems[:PROBLEMS]
    return replace(design, script=tuple(params.copied(entry) for entry in design.script)), []


def runnable(design: Design) -> list[Problem]:
    """What a design without other problems still needs before it can run."""
    return missing_problems(design)[:PROBLEMS]


def check(design: Design) -> list[Problem]:
    """What is wrong with a design as a whole, its parts being well formed: ids, limits, wiring, script, size."""
    problems = _too_many(design)
    if problems:
        return problems
    problems = _twice(design) or (wiring_problems(design) + script_problems(design))
    if not problems and (size := len(json.dumps(as_dict(design), ensure_ascii=False).encode())) > DESIGN_BYTES:
        problems.append(Problem("design", "", f"{size} bytes", f"must be at most {DESIGN_BYTES} bytes"))
    return problems[:PROBLEMS]


def _too_many(design: Design) -> list[Problem]:
    counted = (("nodes", len(design.nodes), NODES), ("links", len(design.links), LINKS))
    return [
        Problem("design", name, f"{count} {name}", f"must be at most {most} {name}")
        for name, count, most in counted
        if count > most
    ]


def _twice(design: Design) -> list[Problem]:
    seen: set[str] = set()
    problems = []
    for id in [node.id for node in design.nodes] + [link.id for link in design.links]:
        if id in seen:
            problems.append(Problem(id, "id", id, "is the id of another node or link"))
        seen.add(id)
    return problems


def read_slos(data: object) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Checked objectives; their names differ."""
    slos, problems = _each(data, "slos", SLOS, lambda slo, place: read_slo(slo, place))
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


def _read(data: object) -> tuple[Design | None, list[Problem]]:
    if not isinstance(data, dict):
        return None, [Problem("design", "", data, "must be an object")]
    data, problems = upgrade(data)
    if problems:
        return None, problems
    head, problems = params.read(TOP, data, "design", "a field of a design", required=("nodes",))
    nodes, found = _each(data.get("nodes", []), "nodes", NODES, read_node)
    problems += found
    links, found = _each(data.get("links", []), "links", LINKS, read_link)
    problems += found
    script, found = read_script(data.get("script", []))
    problems += found
    slos, found = read_slos(data.get("slos", []))
    problems += found
    if problems:
        return None, problems
    about = {key: head[key] for key in HEAD if key in head}
    lists = (tuple(nodes), tuple(links), tuple(script), tuple(slos))
    return Design(**about, nodes=lists[0], links=lists[1], script=lists[2], slos=lists[3]), []


def _each(
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
