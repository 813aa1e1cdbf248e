"""Checks of how the nodes of a design are linked."""

from __future__ import annotations

from collections.abc import Collection

from components.graph import cycles
from components.model import Design, Link
from components.problem import Problem, closest


def wiring_problems(design: Design) -> list[Problem]:
    """What no edit can mend by adding something: ends that cannot be, too many links, cycles."""
    nodes = {node.id: node for node in design.nodes}
    problems = [problem for link in design.links for problem in _ends(design, link, nodes)]
    for node in design.nodes:
        most, count = node.component.sends[1], len(design.links_from(node.id))
        if most is not None and count > most:
            rule = f"must be at most {most} outgoing" if most else f"must be 0 outgoing: a {node.kind} calls nothing"
            problems.append(Problem(node.id, "links", count, rule))
    if problems:
        return problems
    return [_cycle(links) for links in cycles(design)]


def missing_problems(design: Design) -> list[Problem]:
    """What is not there yet and is needed to run."""
    problems = []
    for node in design.nodes:
        fewest, count = node.component.sends[0], len(design.links_from(node.id))
        if count < fewest:
            problems.append(Problem(node.id, "links", count, f"must be at least {fewest} outgoing"))
    if not any(node.kind == "client" for node in design.nodes):
        problems.append(Problem("design", "nodes", None, "must have a client: nothing sends requests"))
    return problems


def dangling(link: Link, nodes: Collection[str]) -> list[Problem]:
    """Ends of the link that are not among the ids of `nodes`."""
    return [
        Problem(link.id, field, end, f"is no node of the design{closest(end, nodes)}")
        for field, end in (("source", link.source), ("target", link.target))
        if end not in nodes
    ]


def _ends(design: Design, link: Link, nodes: Collection[str]) -> list[Problem]:
    if problems := dangling(link, nodes):
        return problems
    target = design.node(link.target)
    if link.source == link.target:
        return [Problem(link.id, "target", link.target, "must not be the source itself")]
    if not target.component.receives:
        return [Problem(link.id, "target", link.target, f"must not be a {target.kind}: it only sends")]
    return []


def _cycle(links: list[Link]) -> Problem:
    """Reported at the last link of the cycle, the one that closed it."""
    path = [link.source for link in links] + [links[0].source]
    shown = path if len(path) <= 12 else [*path[:10], "…", path[-1]]
    rule = f"must not close a cycle of calls that wait for each other: {' -> '.join(shown)}"
    return Problem(links[-1].id, "target", links[-1].target, rule)
