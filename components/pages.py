"""The reference in docs/components/, written from the catalogue: a page for each kind, links, faults, an index."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from components.base import Choice, Component, Group, Number, Param, Pointer, Points, Rows, Several, plain
from components.catalog import FAMILIES, KINDS
from components.faults import FAULTS, fitting
from components.link import LinkOptions

MADE = "<!-- Made by `python -m components --docs docs/components` from the catalogue. Do not edit. -->\n\n"


def pages() -> dict[str, str]:
    """{file name: Markdown}."""
    kinds = {f"{kind}.md": _kind(component) for kind, component in KINDS.items()}
    made = {"README.md": _index(), **kinds, "links.md": _links(), "faults.md": _faults()}
    return {name: MADE + text for name, text in made.items()}


def _index() -> str:
    lines = ["# Components", "", "What a design is made of. The file format is the same for all: see the JSON Schema"]
    lines += ["that `python -m components --schema` prints.", ""]
    for family, kinds in FAMILIES.items():
        lines += [f"## {family.capitalize()}", ""]
        lines += [f"- [{KINDS[kind].label}]({kind}.md) (`{kind}`): {KINDS[kind].summary()}" for kind in kinds]
        lines += [""]
    return "\n".join([*lines, "## Between and against them", "", "- [Links](links.md)", "- [Faults](faults.md)", ""])


def _kind(component: type[Component]) -> str:
    example = {"id": component.kind, "kind": component.kind, "params": _example(component)}
    faults = [f"[{FAULTS[fault].label}](faults.md#{fault})" for fault in fitting(component.faults)]
    lines = [f"# {component.label}", "", f"Kind `{component.kind}`, family {component.family}.", ""]
    lines += [_text(component), "", f"Outgoing links: {_sends(component)}. Faults: {', '.join(faults)}.", ""]
    lines += ["```json", json.dumps(example), "```", "", "## Parameters", "", *_table(component.params)]
    if component.times:
        lines += ["", "## Times", "", *(f"- `{time.name}`: {time.help}" for time in component.times)]
    if component.metrics:
        lines += ["", "## Counters", "", *(f"- `{metric.name}`: {metric.help}" for metric in component.metrics)]
    return "\n".join([*lines, ""])


def _links() -> str:
    lines = ["# Links", "", _text(LinkOptions), "", "A link is a call: the source waits for the answer of the target."]
    lines += [
        "Options may be left out; a nested one that is left out is off, an empty one is on with its defaults.",
        "",
    ]
    example = {"id": "l1", "source": "web", "target": "db", "params": {"timeout_ms": 200, "retry": {"max": 1}}}
    lines += ["```json", json.dumps(example), "```", "", "## Parameters", "", *_table(LinkOptions.params), ""]
    return "\n".join(lines)


def _faults() -> str:
    lines = ["# Faults", "", "A fault is injected into a node or link by a script entry or by a command of a live run."]
    lines += ["A fault of links on a node hits all its links. `for_s` heals it by itself; without it, it stays until"]
    lines += [
        'a `heal` with its id. `selector` says which replicas: `all`, `one`, `{"n": 2}` or `{"percent": 50}`.',
        "",
    ]
    for fault in FAULTS.values():
        suffers = [f"[{kind}]({kind}.md)" for kind, component in KINDS.items() if fault.fits(component.faults)]
        on = ["links"] * ("link" in fault.on) + (["nodes of every kind"] if "link" in fault.on else suffers)
        example = {"at_s": 60, "command": "inject", "id": "f1", "fault": fault.id, "target": "x"}
        lines += [f"## {fault.id}", "", f"{fault.label}. {_text(fault)}", "", f"Hits {', '.join(on)}.", ""]
        lines += ["```json", json.dumps(example), "```", ""]
        lines += [*_table(fault.params, live=False), ""] if fault.params else []
    return "\n".join(lines)


def _table(params: Mapping[str, Param], live: bool = True) -> list[str]:
    """`live`: with a column that says which may change while a run is on."""
    head = ("parameter", "default", "values", *(("live",) if live else ()), "meaning")
    rows = [head, ("---",) * len(head)]
    for path, param in _flat(params):
        switch = ("yes" if param.live else "no",) if live else ()
        rows.append((f"`{path}`", _default(param), _values(param), *switch, param.help))
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]


def _flat(params: Mapping[str, Param], prefix: str = "") -> Iterable[tuple[str, Param]]:
    for name, param in params.items():
        yield prefix + name, param
        if isinstance(param, Group):
            yield from _flat(param.fields, f"{prefix}{name}.")


def _default(param: Param) -> str:
    if isinstance(param, Group):
        return "off" if param.default is None else "on"
    return "null" if param.default is None else f"`{json.dumps(param.default)}`"


def _values(param: Param) -> str:
    match param:
        case Number():
            words = f"{plain(param.minimum)} to {plain(param.maximum)}"
        case Choice() | Several():
            words = ("any of " if isinstance(param, Several) else "") + ", ".join(param.choices)
        case Points():
            words = f"up to {param.most} [at_s, factor]"
        case Rows():
            words = f"up to {param.most} objects with {', '.join(param.fields)}"
        case Pointer():
            words = f"id of a {' or '.join(param.kinds) or 'node'}"
        case Group():
            words = "object"
        case _:
            words = {"boolean": "true, false"}.get(param.type, param.type)
    return words + (", null" if param.nullable else "")


def _sends(component: type[Component]) -> str:
    fewest, most = component.sends
    if most is None:
        return f"{fewest} or more"
    return str(most) if fewest == most else f"{fewest} to {most}"


def _example(component: type[Component]) -> dict[str, Any]:
    """The parameters that the inspector shows first, at their defaults."""
    return {name: component.params[name].default for name in component.knobs[:2]}


def _text(declared: type) -> str:
    return "\n".join(line.strip() for line in (declared.__doc__ or "").strip().splitlines())
