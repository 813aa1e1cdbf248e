"""The catalogue: every kind of component, found by walking the family folders.

The palette, the inspector, the checks, the JSON Schema and the documentation pages come from here.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any

from components.base import Choice, Component, Declared, Group, Number, Param, Pointer, Points, Rows, Several, Text
from components.faults import FAULTS, fitting
from components.link import LinkOptions

FAMILY_NAMES = ("traffic", "edge", "compute", "data", "messaging", "coordination")
"""The folders, in the order of the palette. Within a family the kinds go by name."""


def walk(package: str, families: tuple[str, ...]) -> dict[str, type[Component]]:
    """{kind: class} of `package`'s family folders; sets the family of each class.

    Raises ValueError for a class whose kind is not the name of its file and for a kind that exists twice.
    """
    kinds: dict[str, type[Component]] = {}
    for family in families:
        for name, component in _classes(f"{package}.{family}"):
            if component.kind != name:
                raise ValueError(f"{package}/{family}/{name}.py declares the kind {component.kind!r}")
            if name in kinds:
                raise ValueError(f"the kind {name!r} is in both {kinds[name].family} and {family}")
            component.family = family
            kinds[name] = component
    return kinds


def _classes(package: str) -> Iterator[tuple[str, type[Component]]]:
    for info in sorted(pkgutil.iter_modules(importlib.import_module(package).__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{package}.{info.name}")
        for _, member in inspect.getmembers(module, inspect.isclass):
            if issubclass(member, Component) and member.__module__ == module.__name__:
                yield info.name, member


KINDS: dict[str, type[Component]] = walk("components", FAMILY_NAMES)

_BY_FAMILY = {
    family: tuple(kind for kind, component in KINDS.items() if component.family == family) for family in FAMILY_NAMES
}
FAMILIES: dict[str, tuple[str, ...]] = {family: kinds for family, kinds in _BY_FAMILY.items() if kinds}


def catalogue() -> dict[str, Any]:
    """Everything a page needs to know of the language, as JSON."""
    families = [{"name": name, "label": name.capitalize(), "kinds": list(kinds)} for name, kinds in FAMILIES.items()]
    kinds = {kind: _component(component) for kind, component in KINDS.items()}
    link = {"params": _params(LinkOptions), "knobs": list(LinkOptions.knobs)}
    return {"families": families, "kinds": kinds, "link": link, "faults": _faults()}


def _component(component: type[Component]) -> dict[str, Any]:
    return {
        "kind": component.kind,
        "family": component.family,
        "label": component.label,
        "icon": component.icon,
        "summary": component.summary(),
        "help": inspect.getdoc(component) or "",
        "params": _params(component),
        "faults": fitting(component.faults),
        "times": [{"name": time.name, "help": time.help} for time in component.times],
        "metrics": [{"name": metric.name, "help": metric.help} for metric in component.metrics],
        "facts": list(component.facts),
        "knobs": list(component.knobs),
        "sends": list(component.sends),
        "receives": component.receives,
    }


def _faults() -> dict[str, Any]:
    return {
        fault.id: {
            "label": fault.label,
            "icon": fault.icon,
            "help": inspect.getdoc(fault) or "",
            "on": list(fault.on),
            "replicas": fault.replicas,
            "instant": fault.instant,
            "params": _params(fault),
        }
        for fault in FAULTS.values()
    }


def _params(declared: type[Declared]) -> list[dict[str, Any]]:
    return [_param(param) for name, param in declared.params.items() if name not in declared.idle]


def _param(param: Param) -> dict[str, Any]:
    """What a form needs: the common keys, and those of the type."""
    common = ("name", "type", "label", "unit", "help", "default", "nullable", "live")
    entry = {key: getattr(param, key) for key in common}
    match param:
        case Number():
            return entry | {"minimum": param.minimum, "maximum": param.maximum, "log": param.log}
        case Choice() | Several():
            return entry | {"choices": list(param.choices)}
        case Text():
            return entry | {"most": param.most, "lines": param.lines}
        case Points():
            return entry | {"most": param.most, "maximum": param.maximum}
        case Rows():
            return entry | {"most": param.most, "row": _fields(param.fields)}
        case Pointer():
            return entry | {"kinds": list(param.kinds)}
        case Group():
            return entry | {"fields": _fields(param.fields)}
    return entry


def _fields(fields: Mapping[str, Param]) -> list[dict[str, Any]]:
    return [_param(param) for param in fields.values()]
