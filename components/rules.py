"""Rules: what of a design may not be changed, in a lab or a class. They compare two documents, so no edit gets around.

{"frozen": "Your instructor has frozen editing.",       nothing may change
 "locked": ["users", "db"],                             these nodes and links stay as they are (they may be moved)
 "stay": ["web"],                                       these nodes and links may be changed, but not removed
 "kinds": ["load_balancer", "service", "cache"],        kinds that may be added
 "most": {"service": 8},                                most replicas of all nodes of a kind together
 "fixed": ["price_per_hour", "service_time_ms"],        params of nodes and links that keep their value, or their default where new
 "keep": ["scale", "script", "slos"]}                   parts of the design that stay
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.limits import PROBLEMS
from components.link import LinkOptions
from components.model import Design, Link, Node
from components.problem import Problem

KEPT = ("scale", "script", "slos")
RULES = ("frozen", "locked", "stay", "kinds", "most", "fixed", "keep")
"""Every key that means something."""


def broken(rules: Mapping[str, Any], before: Design, after: Design) -> list[Problem]:
    """What the step from `before` to `after` does that `rules` forbid."""
    if not rules:
        return []
    if reason := rules.get("frozen"):
        return [Problem("design", "", None, str(reason))]
    found = [*_kept(rules, before, after), *_locked(rules, before, after), *_stay(rules, before, after)]
    found += [*_kinds(rules, before, after), *_fixed(rules, before, after), *_most(rules, before, after)]
    return found[:PROBLEMS]


def _kept(rules: Mapping[str, Any], before: Design, after: Design) -> Iterator[Problem]:
    for part in rules.get("keep", ()):
        if part in KEPT and getattr(before, part) != getattr(after, part):
            yield Problem("design", part, None, "is locked here: it must stay as it is")


def _locked(rules: Mapping[str, Any], before: Design, after: Design) -> Iterator[Problem]:
    for id in rules.get("locked", ()):
        was, now = before.find(id), after.find(id)
        if was is not None and now is None:
            yield Problem(id, "", None, "is locked here: it must not be removed")
        elif was is not None and _essence(was) != _essence(now):
            yield Problem(id, "params", None, "is locked here: it must stay as it is")


def _stay(rules: Mapping[str, Any], before: Design, after: Design) -> Iterator[Problem]:
    for id in rules.get("stay", ()):
        was, now = before.find(id), after.find(id)
        if was is None:
            continue
        if now is None:
            yield Problem(id, "", None, "is needed here: it must not be removed")
        elif isinstance(was, Node) and (not isinstance(now, Node) or now.kind != was.kind):
            yield Problem(id, "kind", None, f"must stay a {was.kind} here")


def _essence(part: Node | Link | None) -> object:
    if isinstance(part, Node):
        return part.kind, part.filled
    return None if part is None else (part.source, part.target, part.filled)


def _kinds(rules: Mapping[str, Any], before: Design, after: Design) -> Iterator[Problem]:
    kinds = rules.get("kinds")
    if kinds is None:
        return
    for node in after.nodes:
        if node.kind not in kinds and before.find(node.id) is None:
            yield Problem(node.id, "kind", node.kind, f"must be one of {', '.join(kinds)} here")


def _fixed(rules: Mapping[str, Any], before: Design, after: Design) -> Iterator[Problem]:
    parts: list[Node | Link] = [*after.nodes, *after.links]
    for part in parts:
        was = before.find(part.id)
        usual = was.filled if was is not None and _sort(was) == _sort(part) else _defaults(part)
        for param in rules.get("fixed", ()):
            if param in usual and part.filled[param] != usual[param]:
                yield Problem(part.id, param, part.filled[param], f"is locked here: it must stay {usual[param]}")


def _sort(part: Node | Link) -> str:
    return part.kind if isinstance(part, Node) else "link"


def _defaults(part: Node | Link) -> dict[str, Any]:
    return part.component.filled({}) if isinstance(part, Node) else LinkOptions.filled({})


def _most(rules: Mapping[str, Any], before: Design, after: Design) -> Iterator[Problem]:
    for kind, most in rules.get("most", {}).items():
        count, already = _copies(after, kind), _copies(before, kind)
        if count > most and count > already:
            yield Problem("design", kind, count, f"must be at most {most} in all here")


def _copies(design: Design, kind: str) -> int:
    return sum(node.replicas for node in design.nodes if node.kind == kind)
