"""Text of a JSON or YAML file to plain data, safely: no tags, no aliases, no repeated keys, bounded size and depth."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

import yaml

from components.limits import DESIGN_BYTES, FILE_DEPTH
from components.problem import Problem


class _Refused(Exception):
    """Inside this module only: carries the rule out of a parser."""

    def __init__(self, value: Any, rule: str) -> None:
        super().__init__(rule)
        self.value, self.rule = value, rule


def load(text: str | bytes) -> tuple[Any, list[Problem]]:
    """(data, problems). Text that begins with { or [ is JSON, everything else YAML with the types of JSON."""
    try:
        plain = _decoded(text)
        return (_from_json(plain) if plain.lstrip()[:1] in ("{", "[") else _from_yaml(plain)), []
    except _Refused as refused:
        return None, [Problem("design", "", refused.value, refused.rule)]


def _decoded(text: str | bytes) -> str:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > DESIGN_BYTES:
        raise _Refused(f"{len(raw)} bytes", f"must be at most {DESIGN_BYTES} bytes")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Refused(f"byte {error.start}", "must be UTF-8 text") from None


def _from_json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_pairs)
    except json.JSONDecodeError as error:
        raise _Refused(f"line {error.lineno} column {error.colno}", f"is not JSON: {error.msg}") from None
    except RecursionError:
        raise _Refused(None, f"must not nest deeper than {FILE_DEPTH} levels") from None
    except ValueError:  # int() refuses thousands of digits
        raise _Refused(None, "must not hold a number of thousands of digits") from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Refused(next(key for key in keys if keys.count(key) > 1), "must not be given twice in one object")
    return data


def _from_yaml(text: str) -> Any:
    try:
        _guard(text)
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1} column {mark.column + 1}" if mark else None
        raise _Refused(place, f"is not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise _Refused(None, f"is not YAML: {error}") from None
    except RecursionError:
        raise _Refused(None, f"must not nest deeper than {FILE_DEPTH} levels") from None
    except ValueError:
        raise _Refused(None, "must not hold a number of thousands of digits") from None


def _guard(text: str) -> None:
    """Reads the events alone: nothing is built before the file is known to be flat and free of aliases."""
    depth = 0
    for event in yaml.parse(text, Loader=_Base):
        if isinstance(event, yaml.AliasEvent):
            raise _Refused(f"*{event.anchor}", "must not use aliases")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > FILE_DEPTH:
            raise _Refused(None, f"must not nest deeper than {FILE_DEPTH} levels")


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is 10 times faster, where it was built


class _Loader(_Base):  # type: ignore[misc]
    """YAML 1.2 words: `on`, `yes` and `2024-01-01` are text, as a file with `retry: {on: [timeout]}` means them."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}
    yaml_constructors: ClassVar[dict[str | None, Any]] = {}


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    pairs = [
        (loader.construct_object(key, deep=True), loader.construct_object(part, deep=True)) for key, part in node.value
    ]
    if any(not isinstance(key, str) for key, _ in pairs):
        raise _Refused(next(key for key, _ in pairs if not isinstance(key, str)), "must be text, as every key")
    return _pairs(pairs)


def _sequence(loader: Any, node: yaml.SequenceNode) -> list[Any]:
    return [loader.construct_object(part, deep=True) for part in node.value]


def _tag(loader: Any, node: yaml.Node) -> Any:
    raise _Refused(node.tag, "must not use YAML tags")


_TAG = "tag:yaml.org,2002:"
_WORDS: tuple[tuple[str, list[str], str], ...] = (
    ("null", ["~", "n", "N", ""], r"~|null|Null|NULL|"),
    ("bool", list("tTfF"), r"true|True|TRUE|false|False|FALSE"),
    ("int", list("-+0123456789"), r"[-+]?[0-9]+"),
    (
        "float",
        list("-+.0123456789"),
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
    ),
)
RESOLVERS = [(_TAG + word, re.compile(f"^(?:{pattern})$"), first) for word, first, pattern in _WORDS]
"""(tag, pattern, first characters) of the plain words that are not text."""

for _tag_of, _pattern, _first in RESOLVERS:
    _Loader.add_implicit_resolver(_tag_of, _pattern, _first)
_Loader.add_constructor(_TAG + "null", lambda loader, node: None)
_Loader.add_constructor(_TAG + "bool", lambda loader, node: node.value.lower() == "true")
_Loader.add_constructor(_TAG + "int", lambda loader, node: int(node.value))
_Loader.add_constructor(
    _TAG + "float", lambda loader, node: float(node.value.replace(".inf", "inf").lower().replace(".nan", "nan"))
)
_Loader.add_constructor(_TAG + "str", lambda loader, node: node.value)
_Loader.add_constructor(_TAG + "map", _mapping)
_Loader.add_constructor(_TAG + "seq", _sequence)
_Loader.add_constructor(None, _tag)
