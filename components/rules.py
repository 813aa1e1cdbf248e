"""Rules: what of a design may not be changed, in a lab or a class. They compare two documents, so no edit gets around.

{"frozen": "Your instructor has frozen editing.",       nothing may change
 "locked": ["users", "db"],                             these nodes and links stay as they are (they may be moved)
 "kinds": ["load_balancer", "service", "cache"],        kinds that may be added
 "most": {"service": 8},                                most replicas of all nodes of a kind together
 "fixed": ["price_per_hour", "service_time_ms"],        params that keep their value, or their default where new
 "keep": ["scale", "script", "slos"]}                   parts of the design that stay
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.limits import PROBLEMS
from components.model import Design, Link, Node
from components.problem import Problem

KEPT = ("scale", "script", "slos")


def broken(rules: Mapping[str, Any], before: Design, after: Design) -> list[Problem]:
    """What the step from `before` to `after` does that `rules` forbid."""
    if not rules:
        return []
    if reason := rules.get("frozen"):
        return [Problem("design", "frozen", True, str(reason))]
    found = [*_kept(rules, before, after), *_locked(rules, before, after)]
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
    for node in after.nodes:
        was = before.find(node.id)
        usual = was.filled if isinstance(was, Node) and was.kind == node.kind else node.component.filled({})
        for param in rules.get("fixed", ()):
            if param in usual and node.filled[param] != usual[param]:
                yield Problem(node.id, param, node.filled[param], f"is locked here: it must stay {usual[param]}")


def _most(rules: Mapping[str, Any], before: Design, after: Design) -> Iterator[Problem]:
    for kind, most in rules.get("most", {}).items():
        count, already = _copies(after, kind), _copies(before, kind)
        if count > most and count > already:
            yield Problem("design", kind, count, f"must be at most {most} in all here")


def _copies(design: Design, kind: str) -> int:
    return sum(int(node.filled.get("replicas", 1)) for node in design.nodes if node.kind == kind)
