"""Policies of balancing: who gets the next request. Each leaves the number of a lane in a register."""

from __future__ import annotations

from collections.abc import Callable

from components.program.assembler import KEY, SELF, USER, Assembler, Label, Offset, Own, Reg
from components.program.backends import Backends
from components.program.lanes import LANE_SHIFT
from components.program.op import Op
from components.program.ring import SALT, points
from components.program.units import CERTAIN, probability

WEYL = 0x9E3779B1  # 2^32 over the golden ratio: multiples of it are spread evenly, however many there are
LOW = CERTAIN - 1


class Policy:
    """Reads algo, vnodes and bound."""

    def __init__(self, asm: Assembler, lanes: Own, backends: Backends) -> None:
        self.asm, self.lanes, self.backends = asm, lanes, backends
        self.algo = asm.params["algo"]
        self.pickers: dict[str, Callable[[Reg], None]] = {
            "round_robin": self.in_turn, "random": self.at_random, "ip_hash": self.by_sender, "least_conn": self.least,
            "p2c": self.better_of_two, "weighted": self.by_weight, "consistent_hash": self.on_ring,
        }  # fmt: skip
        if self.algo in ("round_robin", "least_conn", "weighted"):
            self.turn = asm.word("turn")
        if self.algo == "consistent_hash":
            ring = points(backends.count, asm.params["vnodes"])
            self.points = asm.constants("ring", [at for at, _ in ring])
            self.owners = asm.constants("owners", [lane for _, lane in ring])
            self.size = len(ring)
            self.bounded = asm.params["bound"] is not None
            if self.bounded:
                asm.word("open")

    def pick(self, lane: Reg) -> None:
        self.pickers[self.algo](lane)

    def in_turn(self, lane: Reg) -> None:
        asm = self.asm
        asm.bump(self.turn)
        asm.emit(Op.MOD, lane, self.turn, self.backends.n)
        self.backends.at(lane, lane)

    def at_random(self, lane: Reg) -> None:
        self.asm.emit(Op.RAND, lane, self.backends.n, self.asm.stream("pick"))
        self.backends.at(lane, lane)

    def by_sender(self, lane: Reg) -> None:
        self.asm.emit(Op.HASH, lane, USER, 1)
        self.asm.emit(Op.MOD, lane, lane, self.backends.n)
        self.backends.at(lane, lane)

    def by_weight(self, lane: Reg) -> None:
        """As often as its weight says, evenly mixed and without chance."""
        asm = self.asm
        asm.add(self.turn, self.turn, WEYL)
        asm.emit(Op.AND, self.turn, self.turn, LOW)
        asm.emit(Op.MUL, lane, self.turn, self.backends.total)
        asm.emit(Op.SHR, lane, lane, 32)
        with asm.local() as sums:
            asm.add(sums, SELF, Offset("weight_sums"))
            asm.emit(Op.SEARCH, lane, sums, self.backends.n, lane)
        self.backends.at(lane, lane)

    def least(self, lane: Reg) -> None:
        """Fewest open requests; ties go to the next in turn."""
        asm, done = self.asm, self.asm.label()
        asm.bump(self.turn)
        asm.move(lane, self.turn)
        some_out = asm.later(lambda: self.least_of_some(lane, done)) if self.backends.changing else None
        if some_out is not None:
            asm.branch(some_out, self.backends.n, "<", self.backends.count)
        with asm.local() as base:
            asm.add(base, SELF, Offset(self.lanes.name, "OUTSTANDING"))
            asm.emit(Op.LEAST, lane, base, self.backends.count, 1 << LANE_SHIFT)
        asm.place(done)

    def least_of_some(self, lane: Reg, done: Label) -> None:
        """Among those that are in; values between the steps stand in words, as this is off the main line."""
        asm = self.asm
        slot, best, mine, least = (asm.scratch(name) for name in ("slot", "best", "mine", "least"))
        place = asm.scratch("place")
        asm.move(slot, 0)
        asm.move(least, 1 << 59)
        with asm.repeat_while(slot, "<", self.backends.n):
            asm.add(place, slot, self.turn)
            asm.emit(Op.MOD, place, place, self.backends.n)
            asm.add(mine, SELF, Offset("eligible"))
            asm.emit(Op.LDX, place, mine, place)
            asm.emit(Op.SHL, mine, place, LANE_SHIFT)
            asm.add(mine, mine, SELF)
            asm.emit(Op.LDX, mine, mine, Offset(self.lanes.name, "OUTSTANDING"))
            with asm.when(mine, "<", least):
                asm.move(least, mine)
                asm.move(best, place)
            asm.bump(slot)
        asm.move(lane, best)
        asm.jump(done)

    def better_of_two(self, lane: Reg) -> None:
        """The less busy of two different random ones (Mitzenmacher 2001)."""
        asm, chance, backends = self.asm, self.asm.stream("pick"), self.backends
        asm.emit(Op.RAND, lane, backends.n, chance)
        with asm.local() as other, asm.local() as mine, asm.local() as theirs:
            asm.emit(Op.SUB, mine, backends.n, 1)
            asm.emit(Op.RAND, other, mine, chance)
            with asm.when(other, ">=", lane):
                asm.bump(other)
            asm.emit(Op.MIN, other, other, mine)
            backends.at(lane, lane)
            backends.at(other, other)
            self.open_requests(mine, lane)
            self.open_requests(theirs, other)
            with asm.when(theirs, "<", mine):
                asm.move(lane, other)

    def on_ring(self, lane: Reg) -> None:
        """The next point of the ring clockwise whose backend is in and, with a bound, not above its share (Mirrokni 2018)."""
        asm, found = self.asm, self.asm.label()
        with asm.local() as point, asm.local() as left, asm.local() as spare:
            asm.emit(Op.HASH, point, KEY, SALT)
            asm.emit(Op.SEARCH, point, self.points, self.size, point)
            asm.move(left, self.size)
            top, onward = asm.here(), asm.label()
            asm.emit(Op.MOD, point, point, self.size)
            asm.emit(Op.LDX, lane, self.owners, point)
            asm.branch(found, left, "<=", 0)
            if self.backends.changing:
                self.backends.is_out(spare, lane)
                asm.branch(onward, spare, "!=", 0)
            if self.bounded:
                self.above_share(spare, lane, onward)
            if self.backends.changing or self.bounded:
                asm.jump(found)
                asm.place(onward)
                asm.bump(point)
                asm.emit(Op.SUB, left, left, 1)
                asm.jump(top)
        asm.place(found)

    def above_share(self, spare: Reg, lane: Reg, onward: Label) -> None:
        """On to the next if one more were above (1 + bound) times the mean of the open requests, rounded up."""
        asm, bound = self.asm, self.asm.live("bound", lambda share: probability(1 + (share or 0)))
        total = Own("open")
        with asm.local() as most:
            asm.add(most, total, 1)
            asm.emit(Op.MUL, most, most, bound)
            asm.emit(Op.DIV, most, most, self.backends.n)
            asm.add(most, most, LOW)
            asm.emit(Op.SHR, most, most, 32)
            self.open_requests(spare, lane)
            asm.branch(onward, spare, ">=", most)

    def count_open(self, by: int) -> None:
        """Requests under way through this balancer, for the bound."""
        if self.algo == "consistent_hash" and self.bounded:
            self.asm.add(Own("open"), Own("open"), by)

    def open_requests(self, to: Reg, lane: Reg) -> None:
        asm = self.asm
        asm.emit(Op.SHL, to, lane, LANE_SHIFT)
        asm.add(to, to, SELF)
        asm.emit(Op.LDX, to, to, Offset(self.lanes.name, "OUTSTANDING"))
