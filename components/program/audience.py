"""An audience: clients in cohorts. Those of a replica are a number; who lost theirs comes back one by one.

Every client is in one place: connected to a replica (`conns`), on the way back to one (`away`), or waiting to be
noticed: all who ever were there, less those that replicas took on. A crash moves the first two there.
"""

from __future__ import annotations

from collections.abc import Callable

from components.program.assembler import AUX, KEY, VALUE, VERSION, Assembler, Index, Label, Law, Own, Value
from components.program.feed import Feed
from components.program.op import Op
from components.program.reconnects import UNIT, write_client, write_cohort
from components.program.units import identity

TICK_NS = 50_000_000  # a broken connection is noticed at the next of these moments
KB_PER_GB = 1 << 20


class Audience:
    """Reads conns, conns_per_node, mem_kb_per_conn, mem_gb, reconnect_jitter_s. `held` = a connection is kept open."""

    def __init__(
        self,
        asm: Assembler,
        feed: Feed,
        slots: Own,
        work: Index,
        held: bool,
        joined: Callable[[], None],
        began: Callable[[], None],
    ) -> None:
        self.asm, self.feed, self.slots, self.work, self.held, self.joined = asm, feed, slots, work, held, joined
        self.began = began
        self.all = int(asm.params["conns"])
        self.lost, self.again, self.taken = asm.total("lost"), asm.total("lost_again"), asm.total("taken")
        self.conns, self.away = asm.word("conns", lost="lost"), asm.word("away", lost="lost_again")
        self.memory = asm.word("mem_kb", lost="mem_freed")
        asm.total("mem_freed")  # a crash gives it back
        self.owed = asm.word("owed", lost="missed")  # events that those on the way back have not seen
        self.back, self.refused = asm.counter("reconnects"), asm.counter("refused")
        self.turn, self.here, self.left, self.begun = (
            asm.total(f"tick_{n}") for n in ("turn", "here", "left", "begun")
        )
        self.quiet = asm.total("tick_quiet")  # when nobody waited for the last time
        self.gap = asm.law(Law("reconnect_gap", lambda params: ("EXP", float(1 << UNIT), 0.0, 0.0), ()))
        self.cohort, self.client = asm.label(), asm.label()

    def waiting(self, to: Own) -> None:
        """to = those that no replica has taken on."""
        asm = self.asm
        asm.add(to, self.lost, self.again)
        asm.add(to, to, self.all)
        asm.emit(Op.SUB, to, to, self.taken)

    def use_memory(self) -> None:
        if self.held:
            self.asm.emit(Op.MUL, self.memory, self.conns, self.asm.live("mem_kb_per_conn", identity))

    def unless_full(self, full: Label) -> None:
        """No more than conns_per_node, and no more than fit into memory."""
        asm = self.asm
        if not self.held:
            return
        asm.branch(full, self.conns, ">=", asm.live("conns_per_node", identity))
        with asm.local() as kb:
            asm.add(kb, self.conns, 1)
            asm.emit(Op.MUL, kb, kb, asm.live("mem_kb_per_conn", identity))
            asm.branch(full, kb, ">", asm.live("mem_gb", lambda gb: round(gb * KB_PER_GB)))

    def miss_waiting(self) -> None:
        """An event that came before anybody noticed that these clients lost their replica."""
        waiting = self.asm.scratch("waiting")
        self.waiting(waiting)
        self.asm.add(self.feed.missed, self.feed.missed, waiting)

    def owe(self, number: Value) -> None:
        """The replica hears of the events up to `number`; those on the way back do not."""
        if self.held:
            asm, news = self.asm, self.asm.scratch("news")
            asm.emit(Op.SUB, news, number, self.feed.here)
            asm.emit(Op.MUL, news, news, self.away)
            asm.add(self.owed, self.owed, news)

    def settle(self) -> None:
        """One of them is no longer on the way."""
        asm = self.asm
        asm.emit(Op.SUB, self.away, self.away, 1)
        if self.held:
            asm.emit(Op.SUB, self.owed, self.owed, self.feed.here)
            asm.add(self.owed, self.owed, VERSION)

    # -- the programs ---------------------------------------------------------------------------------
    def write(self) -> None:
        asm, share, places = self.asm, self.asm.scratch("share"), self.asm.around.replicas
        with asm.daemon():
            asm.move(self.feed.here, self.feed.published)
            with asm.when(self.begun, "<", places):
                self.begin(share, places)
            with asm.forever():
                with asm.local() as nap:
                    asm.now(nap)
                    asm.emit(Op.MOD, nap, nap, TICK_NS)
                    asm.emit(Op.SUB, nap, TICK_NS, nap)
                    asm.emit(Op.SLEEP, nap)
                self.take_turn(share)
        write_cohort(self)
        write_client(self)

    def begin(self, share: Own, places: int) -> None:
        """At the start each replica has an equal part of them, as many as fit; the others ask again and again."""
        asm, full = self.asm, self.asm.label()
        with asm.local() as before:
            asm.emit(Op.MUL, before, self.begun, self.all)
            asm.emit(Op.DIV, before, before, places)
            asm.bump(self.begun)
            asm.emit(Op.MUL, share, self.begun, self.all)
            asm.emit(Op.DIV, share, share, places)
            asm.emit(Op.SUB, VALUE, share, before)
        self.waiting(share)
        asm.emit(Op.MIN, VALUE, VALUE, share)
        asm.emit(Op.MAX, VALUE, VALUE, 0)
        asm.add(self.taken, self.taken, VALUE)
        with asm.repeat_while(VALUE, ">", 0):
            self.unless_full(full)
            asm.bump(self.conns)
            asm.emit(Op.SUB, VALUE, VALUE, 1)
        asm.place(full)
        self.use_memory()
        asm.emit(Op.SUB, self.taken, self.taken, VALUE)
        self.began()

    def take_turn(self, share: Own) -> None:
        """Those that wait are spread evenly over the replicas that were there at the moment before."""
        asm, known = self.asm, self.asm.label()
        self.use_memory()
        with asm.local() as turn:
            asm.now(turn)
            asm.emit(Op.DIV, turn, turn, TICK_NS)
            asm.branch(known, self.turn, "==", turn)
            asm.move(self.turn, turn)
        asm.move(self.left, self.here)
        asm.move(self.here, 0)
        asm.place(known)
        asm.bump(self.here)
        with asm.when(self.left, ">", 0):
            self.waiting(share)
            with asm.when(share, "==", 0):
                asm.now(self.quiet)
            with asm.local() as rounded:  # up or down by chance, so that none is always first
                asm.emit(Op.RAND, rounded, self.left, asm.stream("share"))
                asm.add(share, share, rounded)
            asm.emit(Op.DIV, share, share, self.left)
            asm.emit(Op.SUB, self.left, self.left, 1)
            with asm.when(share, ">", 0):
                asm.add(self.taken, self.taken, share)
                asm.add(self.away, self.away, share)
                asm.move(VALUE, share)
                asm.move(VERSION, self.feed.here)
                asm.move(KEY, VERSION)
                asm.now(AUX, -4 * TICK_NS)
                asm.emit(Op.MAX, AUX, AUX, self.quiet)
                asm.emit(Op.SPAWN, self.cohort)
