"""Load balancer: spreads requests over all replicas of all its targets."""

from __future__ import annotations

from components.base import Choice, Number
from components.program import (
    LANE_SHIFT,
    SELF,
    STATUS,
    USER,
    Assembler,
    Offset,
    Op,
    Own,
    Reg,
    Way,
    answer,
    call_lane,
    declare_lanes,
    enter,
    guarded,
    main_station,
    service_law,
)
from components.work import Worker

ANY_NUMBER = 1 << 30  # slots: the balancer itself never queues


class LoadBalancer(Worker):
    """Spreads requests over all replicas of all its targets.

    Service time 0.014 ms: one core of nginx serves about 74,000 requests of 1 KB a second (NGINX tests, 2017).
    """

    kind, label, icon = "load_balancer", "Load balancer", "load-balancer"
    sends, balances = (1, None), True
    facts = ("algo",)
    knobs = ("algo",)

    service_time_ms = Number(
        default=0.014, maximum=60_000, unit="ms", log=True, help="Time to forward a request; any number at once."
    )
    service_dist = Choice(
        default="const",
        choices=("exp", "const", "lognormal", "bimodal"),
        help="How the time varies from request to request.",
    )
    algo = Choice(
        default="round_robin", choices=("round_robin", "random", "least_conn", "p2c", "ip_hash"), label="Policy",
        help="In turn, at random, fewest open requests, the better of two random ones, or by sender.",
    )  # fmt: skip

    def program(self, asm: Assembler) -> None:
        slots, forward = main_station(asm, ANY_NUMBER), asm.law(service_law())
        lanes = declare_lanes(asm, "lanes", list(asm.links))
        ways = [Way(asm, link, lanes) for link in asm.links]
        backends = sum(link.lanes for link in asm.links)
        policy = Policy(asm, lanes, backends)
        policies_matter = not all(way.plain for way in ways)

        def failed() -> None:
            asm.release(slots)
            asm.reply(STATUS)

        with asm.entry():
            enter(asm, slots)
            asm.serve(forward)
            with asm.local() as lane:
                policy.pick(lane)
                if policies_matter:
                    self.by_link(asm, ways, lanes, lane, policy)
                else:
                    call_lane(asm, lanes, lane)
            asm.branch(asm.later(failed), STATUS, "!=", 0)
            answer(asm, slots)

    def by_link(self, asm: Assembler, ways: list[Way], lanes: Own, lane: Reg, policy: Policy) -> None:
        """The options of the link that the picked backend hangs on; a retry picks among all backends again."""
        done, last = asm.label(), 0
        for way in ways:
            last += way.link.lanes
            following = asm.label()
            asm.branch(following, lane, ">=", last)
            guarded(asm, way, lambda: call_lane(asm, lanes, lane), lambda: policy.pick(lane), lane)
            asm.jump(done)
            asm.place(following)
        asm.place(done)


class Policy:
    """Who is next. `pick` leaves the number of a lane in a register."""

    def __init__(self, asm: Assembler, lanes: Own, backends: int) -> None:
        self.asm, self.lanes, self.backends = asm, lanes, backends
        self.algo = asm.params["algo"]
        self.turn = asm.word("turn") if self.algo in ("round_robin", "least_conn") else None

    def pick(self, lane: Reg) -> None:
        asm = self.asm
        match self.algo:
            case "round_robin":
                asm.bump(self._turn())
                asm.emit(Op.MOD, lane, self._turn(), self.backends)
            case "random":
                asm.emit(Op.RAND, lane, self.backends, asm.stream("pick"))
            case "ip_hash":
                asm.emit(Op.HASH, lane, USER, 1)
                asm.emit(Op.MOD, lane, lane, self.backends)
            case "least_conn":
                self.least(lane)
            case "p2c":
                self.better_of_two(lane)

    def _turn(self) -> Own:
        assert self.turn is not None
        return self.turn

    def least(self, lane: Reg) -> None:
        """Fewest open requests; ties go to the next in turn."""
        asm = self.asm
        asm.bump(self._turn())
        asm.move(lane, self._turn())
        with asm.local() as base:
            asm.add(base, SELF, Offset(self.lanes.name, "OUTSTANDING"))
            asm.emit(Op.LEAST, lane, base, self.backends, 1 << LANE_SHIFT)

    def better_of_two(self, lane: Reg) -> None:
        """The less busy of two different random ones (Mitzenmacher 2001)."""
        asm, chance = self.asm, self.asm.stream("pick")
        asm.emit(Op.RAND, lane, self.backends, chance)
        with asm.local() as other, asm.local() as mine, asm.local() as theirs:
            asm.emit(Op.RAND, other, self.backends - 1, chance)
            with asm.when(other, ">=", lane):
                asm.bump(other)
            asm.emit(Op.MIN, other, other, self.backends - 1)
            self.open_requests(mine, lane)
            self.open_requests(theirs, other)
            with asm.when(theirs, "<", mine):
                asm.move(lane, other)

    def open_requests(self, to: Reg, lane: Reg) -> None:
        asm = self.asm
        asm.emit(Op.SHL, to, lane, LANE_SHIFT)
        asm.add(to, to, SELF)
        asm.emit(Op.LDX, to, to, Offset(self.lanes.name, "OUTSTANDING"))
