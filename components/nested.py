"""Params whose values have parts: points over time, groups of options."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from components.limits import VIRTUAL_S
from components.param import Number, Param


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
        at_s, factor = Number(maximum=VIRTUAL_S), Number(maximum=self.maximum)
        for point in value:
            if not isinstance(point, list) or len(point) != 2:
                return "must hold [at_s, factor] pairs"
            if broken := at_s.rule(point[0]):
                return f"each at_s {broken}"
            if broken := factor.rule(point[1]):
                return f"each factor {broken}"
        times = [at for at, _ in value]
        return None if all(a < b for a, b in itertools.pairwise(times)) else "times must rise"

    def type_schema(self) -> dict[str, Any]:
        at_s, factor = Number(maximum=VIRTUAL_S), Number(maximum=self.maximum)
        pair = {
            "type": "array",
            "prefixItems": [at_s.type_schema(), factor.type_schema()],
            "minItems": 2,
            "maxItems": 2,
        }
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

    def __set_name__(self, owner: Any, name: str) -> None:
        super().__set_name__(owner, name)
        for key, param in self.fields.items():
            param.__set_name__(owner, key)

    def rule(self, value: Any) -> str | None:
        return None if isinstance(value, dict) else "must be an object"

    def filled(self, value: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """`value` with defaults for what it leaves out; None stays None (off)."""
        return None if value is None else filled(self.fields, value)

    def type_schema(self) -> dict[str, Any]:
        properties = {key: param.schema() for key, param in self.fields.items()}
        return {"type": "object", "properties": properties, "additionalProperties": False}


@dataclass(frozen=True, kw_only=True)
class Rows(Param):
    """A list of objects with the same fields, at most `most`. What a row leaves out has its default.

    `required`: fields that every row must have. A field named `unique` differs from row to row.
    """

    default: Any = field(default_factory=list)
    fields: Mapping[str, Param] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    unique: str = ""
    most: int = 50
    live: bool = False

    type: ClassVar[str] = "rows"

    def __set_name__(self, owner: Any, name: str) -> None:
        super().__set_name__(owner, name)
        for key, param in self.fields.items():
            param.__set_name__(owner, key)

    def rule(self, value: Any) -> str | None:
        if not isinstance(value, list) or len(value) > self.most:
            return f"must be a list of at most {self.most} objects"
        for number, row in enumerate(value):
            if broken := self._row_rule(row):
                return f"row {number + 1}: {broken}"
        names = [row.get(self.unique) for row in value] if self.unique else []
        return f"must not repeat a {self.unique}" if len({repr(name) for name in names}) < len(names) else None

    def _row_rule(self, row: Any) -> str | None:
        if not isinstance(row, dict):
            return "must be an object"
        for key in row:
            if key not in self.fields:
                return f"{key} is not one of {', '.join(self.fields)}"
        for key in self.required:
            if key not in row:
                return f"{key} must be given"
        for key, param in self.fields.items():
            if key in row and (broken := param.check(row[key])):
                return f"{key} {broken}"
        return None

    def filled(self, value: Any) -> list[dict[str, Any]]:
        """Every row with defaults for what it leaves out."""
        return [filled(self.fields, row) for row in value or ()]

    def type_schema(self) -> dict[str, Any]:
        properties = {key: param.schema() for key, param in self.fields.items()}
        row = {
            "type": "object",
            "properties": properties,
            "required": list(self.required),
            "additionalProperties": False,
        }
        return {"type": "array", "maxItems": self.most, "items": row}


def filled(fields: Mapping[str, Param], given: Mapping[str, Any]) -> dict[str, Any]:
    """The given values, and defaults for the fields that are not given."""
    values: dict[str, Any] = {}
    for name, param in fields.items():
        value = given.get(name, param.default)
        values[name] = param.filled(value) if isinstance(param, Group | Rows) else value
    return values
