"""Rate limits: buckets and windows with real counters, one for each user or one for all, local or in a shared store."""

from __future__ import annotations

from collections.abc import Callable

from components.program.assembler import Assembler
from components.program.lanes import call_lane, wire_lanes
from components.program.op import Op
from components.program.symbols import STATUS, USER, Label, Own, Reg, Shared, Value
from components.program.units import identity, seconds

ALGORITHMS = ("token_bucket", "leaky_bucket", "fixed_window", "sliding_window", "concurrency")
NS = 1_000_000_000
GROWTH = 4  # the rate of a sliding window may grow so many times while a run is on
LOG_WORDS = 2_000_000  # users share a log when there are too many for one each


class RateLimit:
    """Reads rate_limit {algo, rate_rps, burst, window_s, key, store, on_store_failure} of the node; a bucket may leave out the rest.

    token_bucket and leaky_bucket keep one time a key: when the bucket will be full again, or empty (the generic cell rate
    algorithm, ITU-T I.371). fixed_window counts from whole multiples of the window; sliding_window remembers the
    time of each one. `store` = a cache that holds the counters of all gateways: each check is a call.
    """

    def __init__(self, asm: Assembler) -> None:
        self.asm, self.given = asm, {"algo": "token_bucket", "store": None} | asm.params["rate_limit"]
        self.keys = asm.around.users_n if self.given["key"] == "user" else 1
        self.gap = asm.live("rate_limit.rate_rps", lambda rate: max(1, round(NS / rate)) if rate > 0 else NS << 20)
        self.burst = asm.live("rate_limit.burst", identity)
        if self.given["algo"] == "sliding_window":
            self.ring = max(1, round(self.given["rate_rps"] * self.given["window_s"])) * GROWTH
            self.keys = max(1, min(self.keys, LOG_WORDS // self.ring))
        self.shared = self.given["store"] is not None
        self.failures = asm.total("store_failures")
        if self.shared:
            self.lanes, self.stores = wire_lanes(asm, "limits")
        self.allowed = asm.label()

    def guard(self, refuse: Label, unavailable: Label) -> None:
        """Go on if the request may pass. `refuse` when it may not, `unavailable` when a closed store cannot say."""
        asm = self.asm
        with asm.local() as key:
            if self.keys == 1:
                asm.move(key, 0)
            else:
                asm.emit(Op.MOD, key, USER, self.keys)
            if self.shared:
                self.ask_store(key, unavailable)
            self.check(key, refuse, "shared" if self.shared else "local")
            asm.place(self.allowed)

    def ask_store(self, key: Reg, unavailable: Label) -> None:
        """The time and the fate of the call are the store's; the counters themselves lie with the gateway's other words."""
        asm, fine = self.asm, self.asm.label()
        with asm.local() as lane:
            asm.emit(Op.MOD, lane, key, self.stores)
            call_lane(asm, self.lanes, lane)
        asm.branch(fine, STATUS, "==", 0)
        asm.bump(self.failures)
        match self.given["on_store_failure"]:
            case "open":
                asm.jump(self.allowed)
            case "closed":
                asm.jump(unavailable)
            case "local":
                self.check(key, unavailable, "local")
                asm.jump(self.allowed)
        asm.place(fine)

    def check(self, key: Reg, refuse: Label, where: str) -> None:
        checks: dict[str, Callable[[Reg, Label, str], None]] = {
            "token_bucket": self.token_bucket, "leaky_bucket": self.leaky_bucket, "fixed_window": self.fixed_window,
            "sliding_window": self.sliding_window, "concurrency": self.concurrency,
        }  # fmt: skip
        checks[self.given["algo"]](key, refuse, where)

    def table(self, name: str, where: str, words: int = 1) -> Value:
        full = f"limit_{name}:{where}"
        if full in self.asm.items:
            return Shared(full) if where == "shared" else Own(full)
        return (
            self.asm.shared_table(full, self.keys * words)
            if where == "shared"
            else self.asm.table(full, self.keys * words)
        )

    def token_bucket(self, key: Reg, refuse: Label, where: str) -> None:
        """Full at `full`: a request needs one token there now."""
        asm, full = self.asm, self.table("full", where)
        with asm.local() as at, asm.local() as ahead:
            asm.now(ahead)
            asm.emit(Op.LDX, at, full, key)
            asm.emit(Op.MAX, at, at, ahead)
            asm.emit(Op.SUB, ahead, at, ahead)
            with asm.local() as most:
                asm.emit(Op.SUB, most, self.burst, 1)
                asm.emit(Op.MUL, most, most, self.gap)
                asm.branch(refuse, ahead, ">", most)
            asm.add(at, at, self.gap)
            asm.emit(Op.STX, at, full, key)

    def leaky_bucket(self, key: Reg, refuse: Label, where: str) -> None:
        """Let through at the rate, one after another; who would be more than `burst` behind is refused."""
        asm, empty = self.asm, self.table("empty", where)
        with asm.local() as at, asm.local() as wait:
            asm.now(wait)
            asm.emit(Op.LDX, at, empty, key)
            asm.emit(Op.MAX, at, at, wait)
            asm.emit(Op.SUB, wait, at, wait)
            with asm.local() as most:
                asm.emit(Op.MUL, most, self.burst, self.gap)
                asm.branch(refuse, wait, ">", most)
            asm.add(at, at, self.gap)
            asm.emit(Op.STX, at, empty, key)
            asm.emit(Op.SLEEP, wait)

    def window(self, key: Reg, where: str, index: Reg, count: Reg) -> Value:
        """count = requests in the window of now so far."""
        asm = self.asm
        numbers, counts, same = self.table("window", where), self.table("count", where), asm.label()
        asm.now(index)
        asm.emit(Op.DIV, index, index, asm.live("rate_limit.window_s", seconds))
        with asm.local() as known:
            asm.emit(Op.LDX, known, numbers, key)
            asm.branch(same, known, "==", index)
            asm.emit(Op.STX, 0, counts, key)
            asm.emit(Op.STX, index, numbers, key)
        asm.place(same)
        asm.emit(Op.LDX, count, counts, key)
        return counts

    def most_in_window(self, to: Reg) -> None:
        self.asm.move(to, self.asm.live("rate_limit.window_s", seconds))
        self.asm.emit(Op.DIV, to, to, self.gap)

    def fixed_window(self, key: Reg, refuse: Label, where: str) -> None:
        asm = self.asm
        with asm.local() as index, asm.local() as count:
            counts = self.window(key, where, index, count)
            self.most_in_window(index)
            asm.branch(refuse, count, ">=", index)
            asm.bump(count)
            asm.emit(Op.STX, count, counts, key)

    def sliding_window(self, key: Reg, refuse: Label, where: str) -> None:
        """The times of the last ones that passed: the one as many ago as the window holds must be older than the window."""
        asm = self.asm
        numbers, log = self.table("passed", where), self.table("log", where, self.ring)
        with asm.local() as passed, asm.local() as most, asm.local() as at:
            free = asm.label()
            asm.emit(Op.LDX, passed, numbers, key)
            self.most_in_window(most)
            asm.emit(Op.MIN, most, most, self.ring)
            asm.branch(refuse, most, "<", 1)
            asm.branch(free, passed, "<", most)
            asm.emit(Op.SUB, at, passed, most)
            self.place(at, key)
            asm.emit(Op.LDX, at, log, at)
            asm.add(at, at, asm.live("rate_limit.window_s", seconds))
            asm.now(most)
            asm.branch(refuse, at, ">", most)
            asm.place(free)
            asm.move(at, passed)
            self.place(at, key)
            asm.now(most)
            asm.emit(Op.STX, most, log, at)
            asm.bump(passed)
            asm.emit(Op.STX, passed, numbers, key)

    def place(self, at: Reg, key: Reg) -> None:
        """at = where the time of number `at` of the key is kept."""
        asm = self.asm
        asm.emit(Op.MOD, at, at, self.ring)
        with asm.local() as base:
            asm.emit(Op.MUL, base, key, self.ring)
            asm.add(at, at, base)

    def concurrency(self, key: Reg, refuse: Label, where: str) -> None:
        """`burst` requests under way at once; `leave` gives the place back."""
        asm, inside = self.asm, self.table("inside", where)
        with asm.local() as count:
            asm.emit(Op.LDX, count, inside, key)
            asm.branch(refuse, count, ">=", self.burst)
            asm.bump(count)
            asm.emit(Op.STX, count, inside, key)

    def leave(self) -> None:
        """The request is over."""
        if self.given["algo"] != "concurrency":
            return
        asm, inside = self.asm, self.table("inside", "shared" if self.shared else "local")
        with asm.local() as key, asm.local() as count:
            asm.emit(Op.MOD, key, USER, self.keys)
            asm.emit(Op.LDX, count, inside, key)
            asm.emit(Op.SUB, count, count, 1)
            asm.emit(Op.MAX, count, count, 0)
            asm.emit(Op.STX, count, inside, key)
