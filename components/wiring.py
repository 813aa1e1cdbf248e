"""Checks of how the nodes of a design are linked."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from components.base import Calls, Group, Outgoing, Pointer, Rows
from components.graph import cycles
from components.model import Design, Link, Node
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
    problems += [problem for node in design.nodes for problem in (*_pointers(design, node), *_calls(design, node))]
    if not problems:
        for node in design.nodes:
            problems += [Problem(node.id, *found) for found in node.component().fits(node, design)]
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


def pointers(node: Node) -> Iterator[tuple[str, Pointer, str]]:
    """(dotted field, its Param, the id it names) of every parameter of the node that names another."""
    for name, param in node.component.params.items():
        value = node.filled[name]
        fields = [(name, param, value)]
        if isinstance(param, Group) and value is not None:
            fields = [(f"{name}.{key}", inner, value[key]) for key, inner in param.fields.items()]
        for path, inner, named in fields:
            if isinstance(inner, Pointer) and named is not None:
                yield path, inner, named


def _pointers(design: Design, node: Node) -> Iterator[Problem]:
    ids = {other.id: other for other in design.nodes}
    for path, param, named in pointers(node):
        if named not in ids:
            yield Problem(node.id, path, named, f"is no node of the design{closest(named, ids)}")
        elif named == node.id:
            yield Problem(node.id, path, named, "must not be the node itself")
        elif param.kinds and ids[named].kind not in param.kinds:
            yield Problem(node.id, path, named, f"must be one of {', '.join(param.kinds)}: it is a {ids[named].kind}")


def _calls(design: Design, node: Node) -> Iterator[Problem]:
    """Links that a row of a parameter names and that do not begin here."""
    ids = [link.id for link in design.links_from(node.id)]
    for name, param in node.component.params.items():
        if not isinstance(param, Rows):
            continue
        for key in (key for key, inner in param.fields.items() if isinstance(inner, Outgoing)):
            for number, row in enumerate(node.filled[name]):
                if row[key] is not None and row[key] not in ids:
                    rule = f"row {number + 1}: {key} must name an outgoing link of {node.id}{closest(row[key], ids)}"
                    yield Problem(node.id, name, row[key], rule)
        lists = [key for key, inner in param.fields.items() if isinstance(inner, Calls)]
        for number, key in ((number, key) for number, row in enumerate(node.filled[name]) for key in lists if row[key]):
            for called in (id for step in Calls.steps(node.filled[name][number][key]) for id in step):
                if called not in ids:
                    rule = f"row {number + 1}: {key} must name outgoing links of {node.id}{closest(called, ids)}"
                    yield Problem(node.id, name, called, rule)


def _ends(design: Design, link: Link, nodes: Collection[str]) -> list[Problem]:
    if problems := dangling(link, nodes):
        return problems
    source, target = design.node(link.source), design.node(link.target)
    obeyed = source.component.link_options
    for name in link.params:
        if obeyed is not None and name not in obeyed:
            rule = f"is no option of a link out of a {source.kind}: {', '.join(obeyed)}"
            return [Problem(link.id, f"params.{name}", link.params[name], rule)]
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
