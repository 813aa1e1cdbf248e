"""The structured assembler: a component writes its program with it, the compiler places the result.

Everything here is symbolic. Words, laws and streams have names; the engine's compiler gives them
addresses, one copy of the own words for every replica and one program for all replicas of a node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from components.program.op import EVICTION, REASON, Op
from components.program.symbols import (
    ARRIVAL_LINK,
    ARRIVED,
    AUX,
    CALLED,
    DEADLINE,
    FIRST_LOCAL,
    KEY,
    LAST_LOCAL,
    NOWHERE,
    REQUEST,
    SELF,
    START,
    STATUS,
    TRACE,
    USER,
    VALUE,
    VERSION,
    WRITE,
    Field,
    Index,
    Item,
    Knob,
    Label,
    Law,
    Offset,
    Operand,
    OutLink,
    Own,
    Reg,
    Shared,
    Surroundings,
    Value,
)
from components.program.units import Convert, identity

__all__ = [
    "ARRIVAL_LINK",
    "ARRIVED",
    "AUX",
    "Assembler",
    "CALLED",
    "DEADLINE",
    "FIRST_LOCAL",
    "Field",
    "Index",
    "Item",
    "KEY",
    "Knob",
    "LAST_LOCAL",
    "Label",
    "Law",
    "NOWHERE",
    "Offset",
    "Operand",
    "OutLink",
    "Own",
    "REQUEST",
    "Reg",
    "SELF",
    "START",
    "STATUS",
    "Shared",
    "Surroundings",
    "USER",
    "VALUE",
    "VERSION",
    "Value",
    "TRACE",
    "WRITE",
]  # fmt: skip


class Assembler:
    """Collects code and state of one node. `code` rows are (op, operands)."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.params = around.params
        self.links = around.links
        self.wires = around.wires
        self.code: list[tuple[Op, tuple[Operand, ...]]] = []
        self.items: dict[str, Item] = {}
        self.laws: dict[str, Law] = {}
        self.streams: list[str] = []
        self.hists: list[str] = []
        self.knobs: list[Knob] = []
        self.doors: dict[str, Label] = {}  # where requests come in: "main", and others for wires
        self.daemons: list[tuple[Label, int]] = []  # (program, how many) started with every replica
        self.sites: dict[str, int] = {}  # link -> places that call it, less one
        self.at_entry: list[Callable[[], None]] = []  # write what comes first at the main door
        self.at_answer: list[Callable[[Value], None]] = []  # write what comes before an answer
        self.loops: list[tuple[Label, int]] = []  # endless ones: the top, and the jump back to it
        self._later: list[tuple[Label, Callable[[], None]]] = []
        self._locals = list(range(FIRST_LOCAL, LAST_LOCAL + 1))

    # -- code ---------------------------------------------------------------------------------
    def emit(self, op: Op, *operands: Operand) -> None:
        if op in (Op.REPLY, Op.RESPOND):
            for before in self.at_answer:
                before(operands[0])  # type: ignore[arg-type]
        self.emit_plain(op, *operands)

    def emit_plain(self, op: Op, *operands: Operand) -> None:
        """An instruction, and nothing in front of it."""
        self.code.append((op, operands))

    def label(self) -> Label:
        return Label()

    def place(self, label: Label) -> Label:
        label.at = len(self.code)
        return label

    def here(self) -> Label:
        return self.place(Label())

    def later(self, body: Callable[[], None]) -> Label:
        """A label whose code is written after the main line: the unusual case, out of the way.

        Code that comes back to the main line must not use locals: they are taken there.
        """
        label = Label()
        self._later.append((label, body))
        return label

    def finish(self) -> None:
        """Write what was put off."""
        while self._later:
            label, body = self._later.pop(0)
            self.place(label)
            body()

    @contextmanager
    def local(self) -> Iterator[Reg]:
        """A register for the block; it keeps its value over calls."""
        if not self._locals:
            raise ValueError("out of local registers")
        number = self._locals.pop(0)
        yield Reg(number)
        self._locals.insert(0, number)

    def taken_locals(self) -> frozenset[int]:
        return frozenset(range(FIRST_LOCAL, LAST_LOCAL + 1)) - frozenset(self._locals)

    @contextmanager
    def fresh_locals(self, kept: frozenset[int]) -> Iterator[None]:
        """Code of another activation, with a copy of the registers: all locals but `kept` are free for it."""
        ours, self._locals = self._locals, [n for n in range(FIRST_LOCAL, LAST_LOCAL + 1) if n not in kept]
        yield
        self._locals = ours

    @contextmanager
    def entry(self, door: str = "main") -> Iterator[None]:
        """The program that a request runs which comes in at that door; links lead to the main one."""
        self.doors[door] = self.here()
        if door == "main":
            for first in self.at_entry:
                first()
        yield

    @contextmanager
    def daemon(self, copies: int = 1) -> Iterator[None]:
        """A program that starts with every replica and never ends."""
        self.daemons.append((self.here(), copies))
        yield

    # -- structure ----------------------------------------------------------------------------
    def branch(self, to: Label, a: Value, test: str, b: Value) -> None:
        """Go to `to` if `a test b`."""
        if test in (">", ">="):
            a, b, test = b, a, {">": "<", ">=": "<="}[test]
        self.emit({"==": Op.BEQ, "!=": Op.BNE, "<": Op.BLT, "<=": Op.BLE}[test], to, a, b)

    @contextmanager
    def when(self, a: Value, test: str, b: Value) -> Iterator[None]:
        """The block runs if `a test b`."""
        over = Label()
        self.branch(over, a, {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}[test], b)
        yield
        self.place(over)

    @contextmanager
    def repeat_while(self, a: Value, test: str, b: Value) -> Iterator[None]:
        top, out = self.here(), Label()
        self.branch(out, a, {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}[test], b)
        yield
        self.jump(top)
        self.place(out)

    @contextmanager
    def forever(self) -> Iterator[None]:
        top = self.here()
        yield
        self.loops.append((top, len(self.code)))
        self.jump(top)

    def jump(self, to: Label) -> None:
        self.emit(Op.JMP, to)

    def move(self, to: Value, value: Value) -> None:
        self.emit(Op.MOV, to, value)

    def add(self, to: Value, a: Value, b: Value) -> None:
        self.emit(Op.ADD, to, a, b)

    def bump(self, word: Value) -> None:
        self.emit(Op.ADD, word, word, 1)

    def now(self, to: Value, plus: Value = 0) -> None:
        self.emit(Op.NOW, to, plus)

    # -- state --------------------------------------------------------------------------------
    def _item(self, item: Item) -> Item:
        if item.name in self.items:
            raise ValueError(f"two pieces of state are called {item.name}")
        self.items[item.name] = item
        return item

    def word(
        self, name: str, start: int = 0, *, size: int = 1, keep: bool = False, each: Sequence[int] = (),
        memory: bool = False, lost: str = "",
    ) -> Own:  # fmt: skip
        """Words of every replica; `each` = the start value of each replica, which stays."""
        keep = keep or bool(each)
        self._item(Item(name, "word", size, {"": start}, keep=keep, each=each, memory=memory, lost=lost))
        return Own(name)

    def scratch(self, name: str) -> Own:
        """A word for a value between two blocking ops, where registers are short: programs run atomically in between."""
        name = f"scratch:{name}"
        if name not in self.items:
            self._item(Item(name, "word", keep=False))
        return Own(name)

    def counter(self, name: str) -> Own:
        """A metric of this kind: a word that survives crashes."""
        return self.word(name, keep=True)

    def total(self, name: str) -> Shared:
        self._item(Item(name, "word", shared=True))
        return Shared(name)

    def live(self, param: str, convert: Convert = identity) -> Shared:
        """A parameter as a word that a `set` changes."""
        name = f"param:{param}"
        if name not in self.items:
            self._item(Item(name, "word", 1, {"": convert(self._param(param))}, shared=True))
            self.knobs.append(Knob(param, "word", name, convert))
        return Shared(name)

    def _param(self, path: str) -> Any:
        value: Any = self.params
        for part in path.split("."):
            value = value[part]
        return value

    def station(self, name: str, cap: str | int, queue_cap: str | int | None = None, lifo: bool = False) -> Own:
        """Slots and the queue in front of them. `cap` and `queue_cap` are names of parameters, or numbers."""
        slots = cap if isinstance(cap, int) else int(self._param(cap))
        waiting = (
            1 << 40 if queue_cap is None else queue_cap if isinstance(queue_cap, int) else int(self._param(queue_cap))
        )
        self._item(Item(name, "station", 1, {"CAP": slots, "QCAP": waiting, "LIFO": int(lifo)}))
        if isinstance(cap, str):
            self.knobs.append(Knob(cap, "cap", name))
        if isinstance(queue_cap, str):
            self.knobs.append(Knob(queue_cap, "queue_cap", name))
        return Own(name)

    def queue(self, name: str) -> Own:
        return self.queues(name, 1)

    def queues(self, name: str, count: int) -> Own:
        """So many wait queues next to each other, three words each."""
        self._item(Item(name, "queue", count, {"HEAD": -1, "TAIL": -1}))
        return Own(name)

    def timers(self, name: str, ns: int) -> Own:
        """A list of time-outs of one length, for AWAIT and WAIT."""
        self._item(Item(name, "timers", init={"DURATION": ns, "HEAD": -1, "TAIL": -1, "TOKEN": -1}))
        return Own(name)

    def table(self, name: str, entries: int, start: int = 0, *, keep: bool = False, memory: bool = False) -> Own:
        """A big array of its own; the word holds its address (for LDX and STX)."""
        self._item(Item(name, "table", entries, {"": start}, keep=keep, memory=memory))
        return Own(name)

    def shared_table(self, name: str, entries: int, start: int = 0) -> Shared:
        """A big array of the node, one for all replicas; no crash touches it."""
        self._item(Item(name, "table", entries, {"": start}, shared=True))
        return Shared(name)

    def constants(self, name: str, values: Sequence[int]) -> Shared:
        """A table that is known beforehand, one for all replicas."""
        self._item(Item(name, "table", len(values), values=tuple(values), shared=True))
        return Shared(name)

    def cache(self, name: str, cap: str | int, policy: str = "lru", *, shared: bool = False) -> Own | Shared:
        """Room for `cap` keys, a number or the name of a parameter; `policy` is one of EVICTION."""
        start = {"CAP": cap if isinstance(cap, int) else int(self._param(cap)), "POLICY": EVICTION[policy]}
        stream = f"{name}:eviction"
        self._item(Item(name, "cache", self.around.keys_n, start, shared=shared, keep=False, stream=stream))
        self.stream(stream)
        if isinstance(cap, str):
            self.knobs.append(Knob(cap, "cache_cap", name))
        return Shared(name) if shared else Own(name)

    def totals(self, name: str) -> Shared:
        """What the requests of a client came to."""
        self._item(Item(name, "totals", shared=True))
        return Shared(name)

    def part(self, section: str, name: str) -> Shared:
        """What the requests of one sort came to: `section`.`name` of the summary, an operand for COUNT; bump its OFFERED."""
        item = self._item(Item(f"{section}:{name}", "part", shared=True))
        return Shared(item.name)

    def zipf(self) -> Index:
        """The alias table of this node's keys_n and zipf_alpha."""
        return Index("zipf", "keys")

    def law(self, law: Law) -> Index:
        self.laws[law.name] = law
        return Index("law", law.name)

    def times(self, name: str) -> Index:
        """A histogram of times that this kind measures itself, by OBS; one for all replicas."""
        if name not in self.hists:
            self.hists.append(name)
        return Index("hist", name)

    def stream(self, name: str) -> Index:
        if name not in self.streams:
            self.streams.append(name)
        return Index("stream", name)

    # -- what a request does --------------------------------------------------------------------
    def acquire(self, station: Own, full: Label | None = None, level: Value = 0) -> None:
        """A slot, or wait for one. `level` = priority class, 0 first."""
        self.emit(Op.ACQUIRE, station, full or self.later(lambda: self.fail("queue_full")), level)

    def release(self, station: Own) -> None:
        self.emit(Op.RELEASE, station)

    def serve(self, law: Index) -> None:
        self.emit(Op.SERVE, law)

    def wait(self, queue: Value, timeout: Label | None = None, timers: Own | None = None) -> None:
        """Park until notified; after the time of `timers` go on at `timeout`."""
        self.emit(Op.WAIT, queue, timeout or NOWHERE, -1 if timers is None else timers)

    def notify(self, queue: Value, count: Value) -> None:
        self.emit(Op.NOTIFY, queue, count)

    def reply(self, status: Value = 0) -> None:
        self.emit(Op.REPLY, status)

    def fail(self, reason: str) -> None:
        """Answer with a failure that starts here."""
        self.blame(reason)
        self.reply(REASON[reason])

    def blame(self, reason: str) -> None:
        self.bump(Own("header", "ORIGINS", REASON[reason]))
