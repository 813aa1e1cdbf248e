"""The words a component is declared in: Param (and its types), Metric, Component.

A component is one class in one file. Its class attributes that are Params are its parameters; from
them come the palette entry, the inspector form, the JSON schema, the checks and the live knobs.
"""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from components.limits import ID_CHARS, VIRTUAL_S

LARGEST = 1e15
"""A number without an upper bound of its own stays below this: exact as a float, safe to multiply."""

ID_PATTERN = f"[a-z0-9_-]{{1,{ID_CHARS}}}"


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
class Text(Param):
    """Words for people. One line unless `lines`; nothing that a database or a terminal chokes on."""

    default: Any = ""
    most: int = 80
    least: int = 0
    lines: bool = False
    live: bool = False

    type: ClassVar[str] = "text"

    def rule(self, value: Any) -> str | None:
        if not isinstance(value, str):
            return "must be text"
        if not self.least <= len(value) <= self.most:
            return f"must have {self.least} to {self.most} characters"
        allowed = "\n\t" if self.lines else ""
        bad = any(unicodedata.category(char) in ("Cc", "Cs") and char not in allowed for char in value)
        return "must not hold control characters or half characters" if bad else None

    def type_schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": self.least, "maxLength": self.most}


@dataclass(frozen=True, kw_only=True)
class Id(Param):
    """The name by which files, links and commands know something."""

    live: bool = False

    type: ClassVar[str] = "id"

    def rule(self, value: Any) -> str | None:
        legal = isinstance(value, str) and re.fullmatch(ID_PATTERN, value)
        return None if legal else f"must be 1 to {ID_CHARS} of a-z, 0-9, _ and -"

    def type_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{ID_PATTERN}$"}


@dataclass(frozen=True, kw_only=True)
class Choice(Param):
    choices: tuple[str, ...] = ()
    live: bool = False

    type: ClassVar[str] = "choice"

    def rule(self, value: Any) -> str | None:
        return None if isinstance(value, str) and value in self.choices else f"must be one of {', '.join(self.choices)}"

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


def filled(fields: Mapping[str, Param], given: Mapping[str, Any]) -> dict[str, Any]:
    """The given values, and defaults for the fields that are not given."""
    values: dict[str, Any] = {}
    for name, param in fields.items():
        value = given.get(name, param.default)
        values[name] = param.filled(value) if isinstance(param, Group) else value
    return values


def plain(number: float) -> str:
    """A number as people write it: 10000, not 1e+04."""
    return str(int(number)) if number == int(number) else f"{number:.15g}"


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
        return filled(cls.params, given)


class Component(Declared):
    """A kind of node. Subclasses set the class attributes and write `program`."""

    kind: ClassVar[str] = ""
    label: ClassVar[str] = ""
    icon: ClassVar[str] = ""  # Tabler outline name, in static/icons/sprite.svg
    family: ClassVar[str] = ""  # the folder; set by the catalogue
    faults: ClassVar[tuple[str, ...]] = ()
    metrics: ClassVar[tuple[Metric, ...]] = ()
    sends: ClassVar[tuple[int, int | None]] = (0, None)  # fewest and most outgoing links (None = any number)
    keyed: ClassVar[bool] = False  # looks at the key of a request
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
