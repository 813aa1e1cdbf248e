"""The words a component is declared in: Param (and its types), Metric, Component.

A component is one class in one file. Its class attributes that are Params are its parameters; from
them come the palette entry, the inspector form, the JSON schema, the checks and the live knobs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class Param:
    """One parameter. `name` is filled in by the class that declares it; the unit is its suffix."""

    default: Any = None
    help: str = ""
    label: str = ""
    unit: str = ""
    nullable: bool = False  # null is a legal value, its meaning is said in `help`
    live: bool = True  # may be set while a run is on
    name: str = ""

    type: ClassVar[str] = "any"

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "name", name)
        if not self.label:
            object.__setattr__(self, "label", name.removesuffix(f"_{self.unit}").replace("_", " ").capitalize())

    def check(self, value: Any) -> str | None:
        """The rule that `value` breaks, or None."""
        if value is None:
            return None if self.nullable else "must not be null"
        return self.rule(value)

    def rule(self, value: Any) -> str | None:
        return None

    def schema(self) -> dict[str, Any]:
        """JSON Schema of a value."""
        schema = self.type_schema() | {"default": self.default, "description": self.help}
        if self.nullable and "type" in schema:
            schema["type"] = [schema["type"], "null"]
        elif self.nullable and "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
        return schema

    def type_schema(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True, kw_only=True)
class Number(Param):
    """A number between minimum and maximum, both allowed."""

    minimum: float = 0.0
    maximum: float = math.inf
    log: bool = False  # the slider is logarithmic

    type: ClassVar[str] = "number"

    def rule(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return "must be a number"
        if not self.minimum <= value <= self.maximum:
            return f"must be {self.range_text()}"
        return None

    def range_text(self) -> str:
        if math.isinf(self.maximum):
            return f"at least {self.minimum:g}"
        return f"between {self.minimum:g} and {self.maximum:g}"

    def type_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": self.type, "minimum": self.minimum}
        return schema if math.isinf(self.maximum) else schema | {"maximum": self.maximum}


@dataclass(frozen=True, kw_only=True)
class Integer(Number):
    type: ClassVar[str] = "integer"

    def rule(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return "must be a whole number"
        return super().rule(value)


@dataclass(frozen=True, kw_only=True)
class Choice(Param):
    choices: tuple[str, ...] = ()
    live: bool = False

    type: ClassVar[str] = "choice"

    def rule(self, value: Any) -> str | None:
        return None if value in self.choices else f"must be one of {', '.join(self.choices)}"

    def type_schema(self) -> dict[str, Any]:
        return {"enum": list(self.choices)}


@dataclass(frozen=True, kw_only=True)
class Flag(Param):
    live: bool = False

    type: ClassVar[str] = "boolean"

    def rule(self, value: Any) -> str | None:
        return None if isinstance(value, bool) else "must be true or false"

    def type_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, kw_only=True)
class Several(Param):
    """A list of different words out of `choices`."""

    choices: tuple[str, ...] = ()
    live: bool = False

    type: ClassVar[str] = "several"

    def rule(self, value: Any) -> str | None:
        if not isinstance(value, list) or any(word not in self.choices for word in value):
            return f"must be a list of {', '.join(self.choices)}"
        return "must not repeat a word" if len(set(value)) < len(value) else None

    def type_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"enum": list(self.choices)}, "uniqueItems": True}


@dataclass(frozen=True, kw_only=True)
class Points(Param):
    """[[at_s, factor], …] in rising time, at most `most`; between two points the value is linear."""

    most: int = 200
    maximum: float = 1e6
    live: bool = False

    type: ClassVar[str] = "points"

    def rule(self, value: Any) -> str | None:
        if not isinstance(value, list) or len(value) > self.most:
            return f"must be a list of at most {self.most} [at_s, factor] pairs"
        number = Number(maximum=self.maximum)
        for point in value:
            if not isinstance(point, list) or len(point) != 2 or any(number.rule(part) for part in point):
                return f"must hold [at_s, factor] pairs of numbers between 0 and {self.maximum:g}"
        times = [at for at, _ in value]
        return None if all(a < b for a, b in zip(times, times[1:], strict=False)) else "times must rise"

    def type_schema(self) -> dict[str, Any]:
        pair = {"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 2, "maxItems": 2}
        return {"type": "array", "maxItems": self.most, "items": pair}


@dataclass(frozen=True, kw_only=True)
class Group(Param):
    """A nested option such as `retry`. Absent = off; an empty object = on with its defaults.

    `default` None means that absence is off; a dict means that absence is that value.
    """

    fields: Mapping[str, Param] = field(default_factory=dict)
    nullable: bool = True
    live: bool = False

    type: ClassVar[str] = "group"

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        for key, param in self.fields.items():
            param.__set_name__(owner, key)

    def rule(self, value: Any) -> str | None:
        return None if isinstance(value, dict) else "must be an object"

    def filled(self, value: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """`value` with defaults for what it leaves out; None stays None (off)."""
        if value is None:
            return None
        return {key: value.get(key, param.default) for key, param in self.fields.items()}

    def type_schema(self) -> dict[str, Any]:
        properties = {key: param.schema() for key, param in self.fields.items()}
        return {"type": "object", "properties": properties, "additionalProperties": False}


@dataclass(frozen=True)
class Metric:
    """A counter that only this kind has; the word of the same name in its state holds it."""

    name: str
    help: str


class Declared:
    """Anything that declares Params as class attributes: components, link options, faults."""

    params: ClassVar[Mapping[str, Param]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        found: dict[str, Param] = {}
        for base in reversed(cls.__mro__):
            found |= {name: value for name, value in vars(base).items() if isinstance(value, Param)}
        cls.params = found

    @classmethod
    def filled(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters: the given ones, nested defaults filled in, and defaults for the rest."""
        values: dict[str, Any] = {}
        for name, param in cls.params.items():
            value = given.get(name, param.default)
            values[name] = param.filled(value) if isinstance(param, Group) else value
        return values


class Component(Declared):
    """A kind of node. Subclasses set the class attributes and write `program`."""

    kind: ClassVar[str] = ""
    label: ClassVar[str] = ""
    icon: ClassVar[str] = ""  # Tabler outline name, in static/icons/sprite.svg
    family: ClassVar[str] = ""  # the folder; set by the catalogue
    faults: ClassVar[tuple[str, ...]] = ()
    metrics: ClassVar[tuple[Metric, ...]] = ()
    sends: ClassVar[tuple[int, int | None]] = (0, None)  # fewest and most outgoing links (None = any number)
    receives: ClassVar[bool] = True  # may be the target of a link
    facts: ClassVar[tuple[str, ...]] = ()  # the parameters that the card shows at rest, at most two
    knobs: ClassVar[tuple[str, ...]] = ()  # the parameters that the inspector shows first

    @classmethod
    def summary(cls) -> str:
        """First sentence of the docstring: the palette's tooltip."""
        return (cls.__doc__ or "").strip().split("\n", 1)[0]

    def check(self, params: Mapping[str, Any]) -> Iterable[tuple[str, Any, str]]:
        """(field, value, rule) for combinations that no single Param can see. `params` is filled."""
        return ()

    def program(self, asm: Any) -> None:
        """Write this node's program with the assembler of components/program.py."""
        raise NotImplementedError
