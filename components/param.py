"""Param and its numbers: one declared parameter, what values it takes, how a form and a schema show it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

LARGEST = 1e15
"""A number without an upper bound of its own stays below this: exact as a float, safe to multiply."""


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

    def __set_name__(self, owner: Any, name: str) -> None:
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
        schema = self.type_schema() | {"default": self.default} | ({"description": self.help} if self.help else {})
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
    maximum: float = LARGEST
    log: bool = False  # the slider is logarithmic

    type: ClassVar[str] = "number"

    def rule(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "must be a number"
        if isinstance(value, float) and not math.isfinite(value):
            return "must be a number"
        if not self.minimum <= value <= self.maximum:
            return f"must be between {plain(self.minimum)} and {plain(self.maximum)}"
        return None

    def type_schema(self) -> dict[str, Any]:
        return {"type": self.type, "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, kw_only=True)
class Integer(Number):
    type: ClassVar[str] = "integer"

    def rule(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return "must be a whole number"
        return super().rule(value)


@dataclass(frozen=True, kw_only=True)
class Flag(Param):
    live: bool = False

    type: ClassVar[str] = "boolean"

    def rule(self, value: Any) -> str | None:
        return None if isinstance(value, bool) else "must be true or false"

    def type_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


def plain(number: float) -> str:
    """A number as people write it: 10000, not 1e+04."""
    return str(int(number)) if number == int(number) else f"{number:.15g}"
