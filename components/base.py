"""The words a component is declared in: Param (and its types), Metric, Component.

A component is one class in one file. Its class attributes that are Params are its parameters; from
them come the palette entry, the inspector form, the JSON schema, the checks and the live knobs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from components.nested import Group, Points, Rows, filled
from components.param import Flag, Integer, Number, Param, plain
from components.proof import Proof
from components.view import View
from components.wire import Wire
from components.words import Calls, Choice, Id, Outgoing, Pointer, Several, Text

__all__ = [
    "Calls", "Choice", "Component", "Declared", "Flag", "Group", "Id", "Integer", "Metric", "Number", "Outgoing", "Param", "Pointer", "Points",
    "Proof", "Rows", "Several", "Text", "View", "Wire", "filled", "plain",
]  # fmt: skip


@dataclass(frozen=True)
class Metric:
    """A counter that only this kind has. The word of the same name holds it, or a field of the record `item`.

    `top`: not a count but the highest value since the start of the run; its word is one for all replicas.
    `gauge`: not a count but how much there is now, all replicas together.
    """

    name: str
    help: str
    item: str = ""
    field: str = ""
    top: bool = False
    gauge: bool = False


class Declared:
    """Anything that declares Params as class attributes: components, link options, faults.

    `without`: parameters of a base class that mean nothing here.
    """

    params: ClassVar[Mapping[str, Param]] = {}
    without: ClassVar[tuple[str, ...]] = ()
    idle: ClassVar[tuple[str, ...]] = ()  # those that files may have and that mean nothing here: no screen shows them
    proofs: ClassVar[tuple[Proof, ...]] = ()  # of these parameters; those of the base classes count too

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        found: dict[str, Param] = {}
        for base in reversed(cls.__mro__):
            found |= {name: value for name, value in vars(base).items() if isinstance(value, Param)}
        cls.params = {name: value for name, value in found.items() if name not in cls.without}

    @classmethod
    def all_proofs(cls) -> list[Proof]:
        """The own proofs, and those of the base classes for parameters that have none of their own."""
        found: list[Proof] = []
        for base in cls.__mro__:
            proven = {proof.param for proof in found}
            found += [proof for proof in vars(base).get("proofs", ()) if proof.param not in proven]
        heads = set(cls.params) - set(cls.idle)
        return [proof for proof in found if proof.param.partition(".")[0] in heads]

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
    times: ClassVar[tuple[Metric, ...]] = ()  # histograms that only this kind has, of times in ns: Assembler.times
    sends: ClassVar[tuple[int, int | None]] = (0, None)  # fewest and most outgoing links (None = any number)
    keyed: ClassVar[bool] = False  # looks at the key of a request
    keeps_truth: ClassVar[bool] = False  # commits writes, and answers with the version of the key (program/truth.py)
    reads_truth: ClassVar[bool] = False  # answers from copies, and counts the stale ones
    balances: ClassVar[bool] = False  # its backends' shares of the calls are worth a counter
    decouples: ClassVar[bool] = False  # answers before it calls: nobody waits for what its links lead to
    receives: ClassVar[bool] = True  # may be the target of a link
    facts: ClassVar[tuple[str, ...]] = ()  # the parameters that the card shows at rest, at most two
    knobs: ClassVar[tuple[str, ...]] = ()  # the parameters that the inspector shows first
    copies: ClassVar[str] = "replicas"  # the parameter that says how many processes the node has
    fixed: ClassVar[tuple[str, ...]] = ()  # parameters that no edit changes while a run is on
    link_options: ClassVar[tuple[str, ...] | None] = None  # those that its outgoing links obey; None = all
    control_every: ClassVar[str] = ""  # the parameter (seconds) that says how often `control` runs; "" = it has none

    @classmethod
    def summary(cls) -> str:
        """First sentence of the docstring: the palette's tooltip."""
        return (cls.__doc__ or "").strip().split("\n", 1)[0]

    def check(self, params: Mapping[str, Any]) -> Iterable[tuple[str, Any, str]]:
        """(field, value, rule) for combinations that no single Param can see. `params` is filled."""
        return ()

    def fits(self, node: Any, design: Any) -> Iterable[tuple[str, Any, str]]:
        """(field, value, rule) for what is wrong between this node and the others; `node.filled` are its parameters."""
        return ()

    @classmethod
    def sees_keys(cls, params: Mapping[str, Any]) -> bool:
        """Whether the node looks at keys or users, so that clients must draw them; `params` is filled."""
        return cls.keyed

    def reads_for(self, params: Mapping[str, Any]) -> str | None:
        """The node whose reads this one can answer too, over links to that node that ask for it."""
        return None

    def wires(self, node: Any, design: Any) -> Iterable[Wire]:
        """The links that nobody draws and this node brings; `node.filled` are its parameters."""
        return ()

    def lane_for(self, params: Mapping[str, Any], caller: Mapping[str, Any]) -> int | None:
        """The replica that a caller with these parameters always uses; None = the caller chooses."""
        return None

    def traffic(self, params: Mapping[str, Any], counters: Mapping[str, int]) -> float:
        """Dollars for the traffic that these counters stand for."""
        return 0.0

    def program(self, asm: Any) -> None:
        """Write this node's program with the assembler of components/program.py."""
        raise NotImplementedError

    def control(self, view: View, now: int) -> None:
        """The slow loop of a kind that manages others: runs at every multiple of its interval; `now` in ns."""

    @classmethod
    def durable(cls, params: Mapping[str, Any]) -> bool:
        """Whether its work survives a crash: it stands still, refuses what is new, and goes on. Needs an own `gate` (Gate)."""
        return False

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A small design in which this kind works: node "me" behind the client "users" over the link "in"."""
        return example_of(cls)


def example_of(kind: type[Component]) -> dict[str, Any]:
    """users -in-> me, and as many targets as it needs: next, next2 …"""
    users = {"id": "users", "kind": "client", "params": {"rate_rps": 100, "keys_n": 2000, "read_share": 0.8}}
    if not kind.receives:
        me = {"id": "me", "kind": kind.kind}
        nexts = [{"id": "next", "kind": "service"}]
        return {"format": 1, "nodes": [me, *nexts], "links": [{"id": "out", "source": "me", "target": "next"}]}
    wanted = max(kind.sends[0], min(1, 1 if kind.sends[1] is None else kind.sends[1]))
    names = ["next", *(f"next{n}" for n in range(2, wanted + 1))][:wanted]
    nodes = [users, {"id": "me", "kind": kind.kind}, *({"id": name, "kind": "service"} for name in names)]
    links = [{"id": "in", "source": "users", "target": "me"}]
    links += [{"id": name.replace("next", "out"), "source": "me", "target": name} for name in names]
    return {"format": 1, "nodes": nodes, "links": links}
