"""Reads values against declared Params, down into nested groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.base import Group, Param
from components.limits import PROBLEMS
from components.problem import Problem, closest


def read(
    fields: Mapping[str, Param], given: object, where: str, what: str, prefix: str = "", required: tuple[str, ...] = ()
) -> tuple[dict[str, Any], list[Problem]]:
    """The legal part of `given`, in the order of declaration, and a Problem for everything else.

    `what` names a field in the rule for an unknown one ("a parameter of service"); `prefix` is put before
    each field ("params."). The value of a bare Param may be anything and stays the caller's own object;
    every other value is copied.
    """
    if not isinstance(given, dict):
        return {}, [Problem(where, prefix.removesuffix("."), given, "must be an object")]
    values: dict[str, Any] = {}
    unknown = [key for key in given if not isinstance(key, str) or key not in fields]
    problems = [
        Problem(where, f"{prefix}{key}", given[key], f"is not {what}{closest(key, fields)}")
        for key in unknown[:PROBLEMS]
    ]
    problems += [Problem(where, prefix + name, None, "must be given") for name in required if name not in given]
    for name, param in fields.items():
        if name not in given:
            continue
        if broken := param.check(given[name]):
            problems.append(Problem(where, prefix + name, given[name], broken))
        elif isinstance(param, Group) and given[name] is not None:
            nested = read(param.fields, given[name], where, f"a key of {prefix}{name}", f"{prefix}{name}.")
            values[name] = nested[0]
            problems += nested[1]
        else:
            values[name] = given[name] if type(param) is Param else copied(given[name])
    return values, problems


def find(fields: Mapping[str, Param], path: str) -> Param | None:
    """The Param at a dotted path such as `retry.max`."""
    name, _, rest = path.partition(".")
    param = fields.get(name)
    if not rest:
        return param
    return find(param.fields, rest) if isinstance(param, Group) else None


def paths(fields: Mapping[str, Param], prefix: str = "") -> list[str]:
    """Every dotted path, groups included."""
    found: list[str] = []
    for name, param in fields.items():
        found.append(prefix + name)
        if isinstance(param, Group):
            found += paths(param.fields, f"{prefix}{name}.")
    return found


def copied(value: Any) -> Any:
    """A checked value that shares nothing with the caller's."""
    if isinstance(value, dict):
        return {key: copied(part) for key, part in value.items()}
    return [copied(part) for part in value] if isinstance(value, list) else value
