"""What a command may aim at: which faults a node or link can suffer, which parameters can be set live."""

from __future__ import annotations

from typing import Any

from components import reading
from components.base import Group, Integer, Number
from components.faults import Fault
from components.link import LinkOptions
from components.model import Design, Link, Node
from components.parts import read_link, read_node
from components.problem import Problem, closest


def no_such(id: str, design: Design, where: str, field: str = "target") -> Problem:
    return Problem(where, field, id, f"is no node or link of the design{closest(id, design.ids())}")


def suffers(target: Node | Link, fault: type[Fault]) -> str | None:
    """The rule that is broken when `fault` hits `target`. A fault of links on a node hits all its links."""
    if isinstance(target, Link):
        return None if "link" in fault.on else f"cannot happen to a link, only to a {' or '.join(fault.on)}"
    if "node" in fault.on and ("link" in fault.on or fault.fits(target.component.faults)):
        return None
    return f"cannot happen to {target.id}, a {target.kind}"


def selector_rule(selector: object, target: Node | Link, fault: type[Fault]) -> str | None:
    """The rule that is broken by `selector`: which of the target's replicas the fault hits."""
    if not fault.replicas or isinstance(target, Link):
        return None if selector == "all" else f"must be all or absent: {fault.id} hits all of {target.id}"
    if isinstance(selector, str) and selector in ("all", "one"):
        return None
    match selector:
        case {"n": n, **rest} if not rest:
            replicas = target.replicas
            broken = Integer(minimum=1, maximum=replicas).check(n)
            return f"{broken}, as {target.id} has {replicas} replicas" if broken else None
        case {"percent": percent, **rest} if not rest:
            return Number(minimum=0.01, maximum=100).check(percent)
    return 'must be all, one, {"n": 1} or {"percent": 50}'


def knob_problems(values: dict[str, Any], design: Design, where: str) -> list[Problem]:
    """What is wrong with setting `param` of `target` to `value` in a run."""
    target, path, value = design.find(values["target"]), values["param"], values["value"]
    if target is None:
        return [no_such(values["target"], design, where)]
    fields = LinkOptions.params if isinstance(target, Link) else target.component.params
    what = "a link" if isinstance(target, Link) else target.kind
    param = reading.find(fields, path) if isinstance(path, str) else None
    if param is None:
        return [Problem(where, "param", path, f"is not a parameter of {what}{closest(path, reading.paths(fields))}")]
    if isinstance(target, Node) and path.partition(".")[0] in target.component.fixed:
        return [Problem(where, "param", path, "cannot change while a run is on")]
    if not is_live(design, target.id, path):
        return _edited(target, path, value, where)
    if broken := param.check(value):
        return [Problem(where, "value", value, broken)]
    return _combination(target, path, value, where) if isinstance(target, Node) else []


def is_live(design: Design, target: str, path: str) -> bool:
    """Whether a run can turn this parameter without another program: else the design is edited. Raises ValueError."""
    found = design.find(target)
    fields = LinkOptions.params if isinstance(found, Link) else found.component.params if found else {}
    param = reading.find(fields, path)
    if found is None or param is None:
        raise ValueError(f"{target} has no parameter {path}")
    group, _, tail = path.rpartition(".")
    is_off = bool(tail and group) and found.filled[group] is None
    return param.live and not is_off and not isinstance(param, Group)


def _edited(target: Node | Link, path: str, value: object, where: str) -> list[Problem]:
    """What is wrong with a parameter whose change edits the design: the part is read anew."""
    head, _, tail = path.partition(".")
    given = dict(target.params) | {head: {**(target.params.get(head) or {}), tail: value} if tail else value}
    document = target.as_dict() | {"params": given}
    problems = read_node(document, where)[1] if isinstance(target, Node) else read_link(document, where)[1]
    return [Problem(where, "value", value, problem.rule) for problem in problems]


def _combination(node: Node, path: str, value: object, where: str) -> list[Problem]:
    head, _, tail = path.partition(".")
    changed = node.filled | {head: node.filled[head] | {tail: value} if tail else value}
    return [
        Problem(where, "value", value, f"would make {node.id}.{name}: {rule}")
        for name, _, rule in node.component().check(changed)
    ]
