"""Form fields made from the parameters of the catalogue: which control, which value, which words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground.designs.look import scale
from playground.designs.look.words import grouped, plain, said, sentence, unit, word

SEGMENTS = 4
SEGMENT_LETTERS = 24
"""More words than this do not fit side by side in the inspector."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One parameter of one node, link or fault, ready to be drawn."""

    target: str
    param: Mapping[str, Any]
    path: str  # "retry.max"
    value: Any
    rules: Sequence[str] = ()
    fields: Sequence[Field] = ()
    attribute: str = "param"  # "option" in the form of a fault, which is sent as a whole
    fixed: bool = False  # by the rules of a lab: shown, not changed

    @property
    def id(self) -> str:
        return f"f-{self.target}-{self.path.replace('.', '-')}"

    @property
    def control(self) -> str:
        """The template under templates/ui/ that draws it."""
        kind = self.param["type"]
        if kind in ("number", "integer"):
            return "slider" if scale.slides(self.param) else "number"
        if kind == "choice":
            return self._choice_control()
        if kind == "pointer":
            return "select"
        return str(
            {
                "boolean": "toggle",
                "several": "checks",
                "text": "text",
                "id": "text",
                "points": "points",
                "rows": "rows",
                "group": "group",
            }[kind]
        )

    def _choice_control(self) -> str:
        words = [label for _, label in self.choices]
        if len(words) == 1:
            return "fixed"
        short = len(words) <= SEGMENTS and sum(map(len, words)) <= SEGMENT_LETTERS
        return "segmented" if short and not self.param["nullable"] else "select"

    @property
    def template(self) -> str:
        return f"ui/{self.control}.html"

    @property
    def choices(self) -> list[tuple[str, str]]:
        """(value, label): the words of a choice, or the nodes that a pointer may name."""
        named = self.param.get("names")
        return (
            list(named) if named is not None else [(choice, word(choice)) for choice in self.param.get("choices", ())]
        )

    @property
    def label(self) -> str:
        return str(self.param["label"])

    @property
    def help(self) -> str:
        return sentence(self.param["help"])

    @property
    def unit(self) -> str:
        return unit(self.param["unit"])

    @property
    def live(self) -> str:
        return "true" if self.param["live"] else "false"

    @property
    def shown(self) -> str:
        """The value as text of an input."""
        return "" if self.value is None else plain(self.value)

    @property
    def lines(self) -> str:
        """Points as text: "0 1" a line."""
        return "\n".join(f"{plain(at)} {plain(factor)}" for at, factor in self.value or ())

    @property
    def rows(self) -> str:
        """Rows as text: one JSON object a line."""
        return ",\n".join(json.dumps(row) for row in self.value or ())

    @property
    def default(self) -> str:
        return json.dumps(self.param["default"])

    @property
    def usual(self) -> str:
        """The default in words, for the way back to it."""
        return said(self.param["default"])

    @property
    def some(self) -> str:
        """What a nullable number becomes when "none" is taken away: its default, else one."""
        default = self.param["default"]
        return json.dumps(min(1, self.param["maximum"]) if default is None else default)

    @property
    def changed(self) -> bool:
        return bool(self.value != self.param["default"])

    @property
    def minimum(self) -> str:
        return plain(self.param["minimum"])

    @property
    def maximum(self) -> str:
        return plain(self.param["maximum"])

    @property
    def step(self) -> str:
        return "1" if self.param["type"] == "integer" else "any"

    @property
    def range(self) -> str:
        words = f"{grouped(self.param['minimum'])} to {grouped(self.param['maximum'])}"
        return f"{words} {self.unit}".rstrip()

    @property
    def low(self) -> str:
        return plain(scale.low(self.param))

    @property
    def position(self) -> int:
        return scale.position(self.param, self.value)


def fields(
    params: Iterable[Mapping[str, Any]],
    given: Mapping[str, Any],
    target: str,
    problems: Iterable[Mapping[str, Any]] = (),
    attribute: str = "param",
) -> list[Field]:
    """A Field for each of `params`, with the given values, else the defaults."""
    rules = [(problem["field"].removeprefix("params."), problem["rule"]) for problem in problems]
    return list(_fields(params, given, target, rules, attribute, ""))


def _fields(
    params: Iterable[Mapping[str, Any]],
    given: Mapping[str, Any],
    target: str,
    rules: list[tuple[str, str]],
    attribute: str,
    prefix: str,
) -> Iterator[Field]:
    for param in params:
        path = prefix + param["name"]
        value = given.get(param["name"], param["default"])
        yield Field(
            target=target,
            param=param,
            path=path,
            value=value,
            rules=[rule for field, rule in rules if field == path],
            fields=list(_fields(param.get("fields", ()), value or {}, target, rules, attribute, f"{path}.")),
            attribute=attribute,
        )
