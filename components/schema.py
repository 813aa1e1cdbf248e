"""JSON Schema (draft 2020-12) of the design file, made from the catalogue.

It says what a file looks like. What hangs together (ids, cycles, what a command may aim at) only `parse` sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components import commands
from components.base import Param
from components.catalog import KINDS
from components.faults import FAULTS
from components.limits import LINKS, NODES, SCRIPT_ENTRIES, SLOS
from components.link import LinkOptions
from components.model import FORMAT
from components.parts import HEAD, LINK, NODE, SLO


def schema() -> dict[str, Any]:
    """The schema as plain data; every number in it is finite."""
    lists = {
        "nodes": ("node", NODES),
        "links": ("link", LINKS),
        "script": ("command", SCRIPT_ENTRIES),
        "slos": ("slo", SLOS),
    }
    parts = {
        name: {"type": "array", "maxItems": most, "items": {"$ref": f"#/$defs/{part}"}}
        for name, (part, most) in lists.items()
    }
    head = {
        "format": {"const": FORMAT},
    } | _fields(HEAD)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Design of the System Design Playground",
        **_closed(head | parts, ("format", "nodes")),
        "$defs": {"node": _node(), "link": _link(), "command": _command(), "slo": _slo()} | _kinds(),
    }


def _closed(properties: Mapping[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": dict(properties), "additionalProperties": False, **needed}


def _fields(fields: Mapping[str, Param]) -> dict[str, Any]:
    return {name: param.schema() for name, param in fields.items()}


def _plain(fields: Mapping[str, Param]) -> dict[str, Any]:
    return {name: param.type_schema() for name, param in fields.items()}


def _options(fields: Mapping[str, Param]) -> dict[str, Any]:
    return _closed(_fields(fields))


def _node() -> dict[str, Any]:
    own = _plain(NODE) | {"zone": {"type": "null"}, "params": {"type": "object"}}
    return _closed(own, ("id", "kind")) | {
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind}}},
                "then": {"properties": {"params": {"$ref": f"#/$defs/{kind}"}}},
            }
            for kind in KINDS
        ]
    }


def _kinds() -> dict[str, Any]:
    return {
        kind: {"title": component.label, "description": component.summary()} | _options(component.params)
        for kind, component in KINDS.items()
    }


def _link() -> dict[str, Any]:
    return _closed(_plain(LINK) | {"params": _options(LinkOptions.params)}, ("id", "source", "target"))


def _slo() -> dict[str, Any]:
    target = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
    latency = {"properties": {"sli": {"const": "latency"}}}
    closed = _closed(_plain(SLO) | {"target": target}, ("name", "sli", "target"))
    then, otherwise = {"required": ["threshold_ms"]}, {"properties": {"threshold_ms": False}}
    return closed | {"if": latency, "then": then, "else": otherwise}


def _command() -> dict[str, Any]:
    forms = [_verb(verb, {}) for verb in commands.VERBS if verb != "inject"]
    forms += [_verb("inject", {"fault": {"const": id}} | _fields(fault.params)) for id, fault in FAULTS.items()]
    return {"oneOf": forms}


def _verb(verb: str, own: dict[str, Any]) -> dict[str, Any]:
    fields = commands.FIELDS[verb]
    form = {"command": {"const": verb}, "at_s": commands.AT["at_s"].type_schema()} | _plain(fields) | own
    if "selector" in fields:
        form["selector"] = _selector()
    if "param" in fields:
        form["param"] = {"type": "string"}
    needed = tuple(name for name in fields if name not in commands.OPTIONAL)
    return _closed(form, ("command", "at_s", *needed))


def _selector() -> dict[str, Any]:
    count = _closed({"n": {"type": "integer", "minimum": 1}}, ("n",))
    share = _closed({"percent": {"type": "number", "minimum": 0.01, "maximum": 100}}, ("percent",))
    return {"anyOf": [{"enum": ["all", "one"]}, count, share]}
