"""A design file in, a checked Design out. Everything that is wrong comes back as Problems, all at once."""

from __future__ import annotations

import json
from dataclasses import replace

from components import reading
from components.base import Param
from components.commands import script_problems
from components.limits import DESIGN_BYTES, LINKS, NODES, PROBLEMS
from components.loading import load
from components.model import Design, Link, Node, as_dict
from components.parts import HEAD, read_each, read_link, read_node, read_script, read_slos
from components.problem import Problem
from components.schema import schema
from components.upgrades import upgrade
from components.wiring import missing_problems, wiring_problems

__all__ = ["Design", "Link", "Node", "as_dict", "check", "load", "parse", "runnable", "schema"]

TOP = HEAD | {key: Param(nullable=True) for key in ("format", "nodes", "links", "script", "slos")}


def parse(data: object, draft: bool = False) -> tuple[Design | None, list[Problem]]:
    """The design, or every Problem with it (at most limits.PROBLEMS): exactly one of the two.

    A draft may be incomplete (a client without a link, no client at all) but nothing in it may be malformed.
    """
    design, problems = _read(data)
    if design is not None:
        problems = check(design) or ([] if draft else runnable(design))
    if problems or design is None:
        return None, problems[:PROBLEMS]
    return detached(design), []


def detached(design: Design) -> Design:
    """A checked design that shares nothing with the data it was read from: the script was kept as it came."""
    return replace(design, script=tuple(reading.copied(entry) for entry in design.script))


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


def _read(data: object) -> tuple[Design | None, list[Problem]]:
    if not isinstance(data, dict):
        return None, [Problem("design", "", data, "must be an object")]
    data, problems = upgrade(data)
    if problems:
        return None, problems
    head, problems = reading.read(TOP, data, "design", "a field of a design", required=("nodes",))
    nodes, found = read_each(data.get("nodes", []), "nodes", NODES, read_node)
    problems += found
    links, found = read_each(data.get("links", []), "links", LINKS, read_link)
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
