"""The words a component is declared in: Param (and its types), Metric, Component.

A component is one class in one file. Its class attributes that are Params are its parameters; from
them come the palette entry, the inspector form, the JSON schema, the checks and the live knobs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from components.nested import Group, Points, filled
from components.param import Flag, Integer, Number, Param, plain
from components.words import Choice, Id, Several, Text

__all__ = [
    "Choice", "Component", "Declared", "Flag", "Group", "Id", "Integer", "Metric", "Number", "Param", "Points",
    "Several", "Text", "filled", "plain",
]  # fmt: skip


@dataclass(frozen=True)
class Metric:
    """A counter that only this kind has. The word of the same name holds it, or a field of the record `item`."""

    name: str
    help: str
    item: str = ""
    field: str = ""


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
    balances: ClassVar[bool] = False  # its backends' shares of the calls are worth a counter
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
