"""Calling over a link with all its options. They are emitted code round a bare CALL and leave the outcome in STATUS.

From the outside in, each one absent unless the link has it:
mirror or fire and forget > fallback > fan-out > retry > throttle > circuit breaker > hedge > batch > pool > handshake > transfer >
sidecar > CALL. So each leaf of a fan-out has its own retries, each try is watched by the breaker, a hedge needs a
connection of its own, and what is waited for inside a hedge goes on when the other try has won.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from components.program.assembler import NOWHERE, STATUS, Assembler, Item, Knob, OutLink, Own, Reg, Shared
from components.program.batch import Batch
from components.program.breaker import Breaker
from components.program.consistency import reads_spread
from components.program.fallback import Fallback
from components.program.fan_out import FanOut
from components.program.handshake import Handshake
from components.program.hedge import Hedge
from components.program.idempotency import record
from components.program.inside import beside, decide
from components.program.lanes import LANE_SHIFT, call_lane, declare_lanes
from components.program.op import Op
from components.program.pool import Pool
from components.program.request import add_site
from components.program.retry import Retry
from components.program.sidecar import Sidecar
from components.program.throttle import Throttle
from components.program.transfer import Transfer
from components.program.units import Convert, identity, probability

Emit = Callable[[], None]
"""Writes code."""


class Way:
    """One outgoing link in the hands of an assembler: its lanes, and the words of its options."""

    def __init__(self, asm: Assembler, link: OutLink, lanes: Own | None = None) -> None:
        self.asm, self.link = asm, link
        self.lanes = lanes or declare_lanes(asm, f"lanes:{link.id}", [link])
        self.first_lane = next(
            item.name for item in asm.items.values() if item.link == link.id and item.record == "lane"
        )
        self.kept: frozenset[int] = frozenset()  # locals that the try itself needs
        self._again: Emit | None = None
        self._lane: Reg | None = None
        self.multiplexed = link.params["protocol"] is not None and self.given("protocol.kind") == "grpc"

    @property
    def plain(self) -> bool:
        """A call is a CALL and nothing else."""
        return all(self.link.params[name] is None for name in OPTIONS) and self.link.params["mode"] == "sync"

    @property
    def shadow(self) -> bool:
        """It gets copies: it is no choice among others."""
        return self.link.params["mirror"] is not None

    # -- the words of its options -----------------------------------------------------------------
    def given(self, path: str) -> Any:
        """The value of an option, such as retry.max."""
        value: Any = self.link.params
        for key in path.split("."):
            value = value[key]
        return value

    def option(self, path: str, convert: Convert = identity) -> Shared:
        """A live word for an option of this link, such as retry.max."""
        name = f"link:{self.link.id}:{path}"
        if name not in self.asm.items:
            start = {"": convert(self.given(path))}
            self.asm.items[name] = Item(name, "word", 1, start, shared=True, link=self.link.id)
            self.asm.knobs.append(Knob(f"{self.link.id}:{path}", "word", name, convert))
        return Shared(name)

    def word(self, name: str) -> Own:
        """A word of each caller replica; the same one at every place where the link is called."""
        full = f"{name}:{self.link.id}"
        return Own(full) if full in self.asm.items else self.asm.word(full)

    def total(self, name: str) -> Shared:
        """A counter of the link."""
        full = f"{name}:{self.link.id}"
        return Shared(full) if full in self.asm.items else self.asm.total(full)

    def queue(self, name: str) -> Own:
        full = f"{name}:{self.link.id}"
        return Own(full) if full in self.asm.items else self.asm.queue(full)

    def queues(self, name: str, count: int) -> Own:
        full = f"{name}:{self.link.id}"
        return Own(full) if full in self.asm.items else self.asm.queues(full, count)

    def table(self, name: str, entries: int) -> Own:
        full = f"{name}:{self.link.id}"
        return Own(full) if full in self.asm.items else self.asm.table(full, entries)

    def timers(self, name: str, ns: int) -> Own:
        full = f"{name}:{self.link.id}"
        return Own(full) if full in self.asm.items else self.asm.timers(full, ns)

    def site(self) -> int:
        """How many places of the program call this link already."""
        self.asm.sites[self.link.id] = self.asm.sites.get(self.link.id, -1) + 1
        return self.asm.sites[self.link.id]

    # -- picking a replica ----------------------------------------------------------------------
    def pick(self) -> None:
        """The replica of the next try."""
        if self._again is not None:
            self._again()

    def pick_another(self) -> None:
        """Not the one of the last try, if the policy has another to offer in three attempts."""
        asm, over = self.asm, self.asm.label()
        if self._again is None or self._lane is None:
            self.pick()
            return
        with asm.local() as last:
            asm.move(last, self._lane)
            for _ in range(3):
                self._again()
                asm.branch(over, self._lane, "!=", last)
        asm.place(over)

    def tries(self, again: Emit | None, lane: Reg | None) -> None:
        self._again, self._lane, self.kept = again, lane, self.asm.taken_locals()


LAYERS: tuple[tuple[tuple[str, ...], Callable[[Way, Emit], Emit]], ...] = (
    (("mesh",), Sidecar),
    (("mb_s", "payload"), Transfer),
    (("protocol",), Handshake),
    (("pool",), Pool),
    (("batch",), Batch),
    (("hedge",), Hedge),
    (("circuit_breaker",), Breaker),
    (("adaptive_throttle",), Throttle),
    (("retry",), Retry),
    (("fan_out",), FanOut),
    (("fallback",), Fallback),
)
"""From the inside out: the options that bring a layer, and the layer."""

OPTIONS = (*(name for names, _ in LAYERS for name in names), "mirror", "idempotency")


def call(asm: Assembler, way: Way) -> None:
    """Call the link with all its options; STATUS says how it went. Replicas take turns."""
    if way.link.readers:
        reads_spread(asm, way, lambda one_try, again, lane: guarded(asm, way, one_try, again, lane))
        return
    if way.link.lanes == 1 or way.link.lane is not None:
        only = Own(way.lanes.name, "", (way.link.lane or 0) << LANE_SHIFT)
        guarded(asm, way, lambda: asm.emit(Op.CALL, only, NOWHERE))
        return
    turn = way.word("turn")
    with asm.local() as lane:

        def again() -> None:
            asm.bump(turn)
            asm.emit(Op.MOD, lane, turn, way.link.lanes)

        again()
        guarded(asm, way, lambda: call_lane(asm, way.lanes, lane), again, lane)


def guarded(asm: Assembler, way: Way, one_try: Emit, again: Emit | None = None, lane: Reg | None = None) -> None:
    """`one_try` under the link's options. `again` picks the replica of a further try and leaves its number in `lane`."""
    if way.plain:
        one_try()
        return
    way.tries(again, lane)
    inner = one_try
    for names, layer in LAYERS:
        if any(way.link.params[name] is not None for name in names):
            inner = layer(way, inner)
    if way.link.params["idempotency"] is not None:
        inner = numbered(asm, way, inner)
    calls = way.total("calls")
    if way.shadow:
        _, unasked = decide(asm, way.option("mirror.share", probability), f"mirror:{way.link.id}")
        asm.bump(calls)
        with beside(asm, way.kept):
            inner()
        asm.place(unasked)
        asm.move(STATUS, 0)
        return
    asm.bump(calls)
    if way.given("mode") == "fire_and_forget":
        with beside(asm, way.kept):
            inner()
        asm.move(STATUS, 0)
    else:
        inner()


def numbered(asm: Assembler, way: Way, inner: Emit) -> Emit:
    """All tries of this call have the request's number, and this place in the program."""
    record(asm, way.link.id, way.given("idempotency"))
    site = way.site()

    def call_of_this_site() -> None:
        add_site(asm, site, Op.ADD)
        inner()
        add_site(asm, site, Op.SUB)

    return call_of_this_site if site else inner
