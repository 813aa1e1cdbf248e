"""What programs are written of: operands by name, pieces of state, and what a program knows of its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.program.units import Convert, identity


@dataclass(frozen=True)
class Reg:
    """A register of the running activation; negative = its control words."""

    number: int


@dataclass(frozen=True)
class Own:
    """A word of the replica's own state: `plus` words into the item, or past its record's field."""

    name: str
    field: str = ""
    plus: int = 0


@dataclass(frozen=True)
class Shared:
    """A word that all replicas of the node share: a parameter or a total."""

    name: str
    field: str = ""
    plus: int = 0


@dataclass(frozen=True)
class Offset:
    """How far an own word is from SELF, as a number: SELF + Offset is its address."""

    name: str
    field: str = ""
    plus: int = 0


@dataclass(frozen=True)
class Field:
    """The number of a word in a record, for LDX and STX on its address."""

    record: str
    field: str


@dataclass(frozen=True)
class Index:
    """The number of a law or a stream, or the address of a table that several nodes share."""

    table: str
    name: str


@dataclass(eq=False)
class Label:
    at: int = -1


NOWHERE = Label()
"""As a target: fall through."""

Value = int | Reg | Own | Shared | Offset | Field
Operand = Value | Index | Label

KEY, VALUE, VERSION, AUX = (Reg(n) for n in range(4))
"""The message: goes down and comes back."""
WRITE, USER, DEADLINE, REQUEST = (Reg(n) for n in range(4, 8))
"""The context: goes down only. DEADLINE: program/deadline.py. REQUEST: program/request.py."""
TRACE = REQUEST
"""Spare where a message stays inside a kind."""
STATUS, SELF, START = Reg(-1), Reg(-5), Reg(-15)
CALLED, ARRIVED, ARRIVAL_LINK = START, Reg(-14), Reg(-12)  # when the call was made, when it came, over which lane
FIRST_LOCAL, LAST_LOCAL = 8, 13


@dataclass(frozen=True)
class Item:
    """A piece of state: a plain word or array, or a record of the engine's layout."""

    name: str
    record: str  # word, station, queue, timers, lane, cache, table, totals, part
    size: int = 1  # words, or entries of a table, or lanes, or queues
    init: Mapping[str, int] = field(default_factory=dict)
    values: Sequence[int] = ()  # of a table: what it begins with
    shared: bool = False
    keep: bool = True  # survives a crash; volatile words go back to their start value
    link: str = ""  # lanes: the link's id
    stream: str = ""  # caches: where its policy draws
    each: Sequence[int] = ()  # words: the start value of each replica
    memory: bool = False  # is emptied when the memory of the node is flushed
    lost: str = ""  # a word that a crash or flush adds to this counter, as lost


@dataclass(frozen=True)
class Law:
    """A distribution. `row(params)` gives (law name, a, b, c) in ns from the node's filled params."""

    name: str
    row: Callable[[Mapping[str, Any]], tuple[str, float, float, float]]
    params: tuple[str, ...]


@dataclass(frozen=True)
class Knob:
    """What a change of a live parameter writes: `what` is word, cap, cache_cap, rate or timeout."""

    param: str
    what: str
    item: str
    convert: Convert = identity


@dataclass(frozen=True)
class OutLink:
    """An outgoing link as its caller sees it; `lanes` = replicas of the target."""

    id: str
    params: Mapping[str, Any]
    lanes: int
    name: str = ""  # of a wire
    target: str = ""
    there: Mapping[str, Any] = field(default_factory=dict)  # the target's parameters, filled
    readers: int = 0  # further lanes, to replicas that answer reads for the target
    lane: int | None = None  # the replica that this caller always uses


@dataclass(frozen=True)
class Surroundings:
    """What a program may know about its place in the design."""

    params: Mapping[str, Any]
    links: Sequence[OutLink]
    wires: Sequence[OutLink] = ()
    replicas: int = 1  # of the node itself
    id: str = ""
    keys_n: int = 1
    keyed: bool = False  # somebody looks at keys or users, so clients must draw them
    truth: bool = False  # somebody counts stale answers from this node's stores (program/truth.py)
    dated: bool = False  # some link carries deadlines, so everybody must look at them
    sized: bool = False  # somebody looks at the sizes of objects
    repeats: bool = False  # somebody tells repeated requests
    once: bool = False  # a link into this node has idempotency
    unpacks: bool = False  # a link into this node has a payload
    users_n: int = 1  # different senders of requests
    callers: Sequence[Mapping[str, Any]] = ()  # the parameters of the nodes whose links lead here, filled
