"""Cache: a real LRU with time to live in front of one target."""

from __future__ import annotations

from components.base import Choice, Integer, Metric, Number
from components.program import (
    KEY,
    STATUS,
    WRITE,
    Assembler,
    Op,
    Own,
    Way,
    answer,
    call,
    enter,
    main_station,
    probability,
    seconds,
    service_law,
)
from components.work import Worker

NEVER = 1 << 60  # ns; later than any run


class Cache(Worker):
    """Keeps the keys that were asked for last; asks its target for the others.

    0.01 ms an operation on one thread: Redis serves about 100,000 operations a second (redis-benchmark, 2023).
    """

    kind, label, icon = "cache", "Cache", "bolt"
    faults = ("crash", "pause", "slow", "error", "cache_flush")
    metrics = (
        Metric("hits", "answered from memory"),
        Metric("misses", "asked from the target"),
        Metric("evictions", "pushed out by a newer key", item="keys", field="EVICTIONS"),
        Metric("expired", "found, but older than the time to live"),
    )
    sends, keyed = (0, 1), True
    facts = ("capacity_items", "ttl_s")
    knobs = ("capacity_items", "ttl_s", "eviction", "replicas")

    service_time_ms = Number(
        default=0.01, maximum=60_000, unit="ms", log=True, help="Time of one operation; one at a time."
    )
    service_dist = Choice(
        default="const",
        choices=("exp", "const", "lognormal", "bimodal"),
        help="How the time varies from request to request.",
    )
    capacity_items = Integer(
        default=10_000,
        minimum=1,
        maximum=5_000_000,
        log=True,
        label="Capacity",
        unit="items",
        help="Keys that fit, per replica.",
    )
    eviction = Choice(default="lru", choices=("lru",), help="Which key goes when it is full: the least recently used.")
    ttl_s = Number(
        default=300.0,
        minimum=0.001,
        maximum=31_536_000,
        unit="s",
        log=True,
        nullable=True,
        label="Time to live",
        help="Age at which a key is asked again; null = never.",
    )
    ttl_jitter = Number(
        default=0.0, maximum=1, help="Random share added to the time to live, so keys do not expire together."
    )
    mode = Choice(
        default="aside",
        choices=("aside",),
        help="Miss: ask the target, then keep. Write: write to the target, then forget.",
    )

    def program(self, asm: Assembler) -> None:
        thread, work = main_station(asm, 1), asm.law(service_law())
        keys = asm.cache("keys", "capacity_items")
        expires = asm.table("expires", asm.around.keys_n)
        hits, misses, expired = asm.counter("hits"), asm.counter("misses"), asm.counter("expired")
        way = Way(asm, asm.links[0]) if asm.links else None

        def ask() -> None:
            """Ask the target without holding the thread; then keep the key, or forget it after a write."""
            asm.release(thread)
            if way is not None:
                call(asm, way)
                asm.branch(asm.later(lambda: asm.reply(STATUS)), STATUS, "!=", 0)
            asm.branch(asm.later(forget), WRITE, "!=", 0)
            asm.emit(Op.CPUT, keys, KEY)
            self.set_expiry(asm, expires)
            answer(asm, None)

        def forget() -> None:
            asm.emit(Op.CDEL, keys, KEY)
            answer(asm, None)

        def missed() -> None:
            asm.bump(misses)
            asm.jump(ask_at)

        def too_old() -> None:
            asm.bump(expired)
            asm.jump(missed_at)

        ask_at = asm.later(ask)
        missed_at = asm.later(missed)
        with asm.entry():
            enter(asm, thread)
            asm.serve(work)
            asm.branch(ask_at, WRITE, "!=", 0)
            asm.emit(Op.CGET, keys, KEY, missed_at)
            with asm.local() as until, asm.local() as now:
                asm.emit(Op.LDX, until, expires, KEY)
                asm.now(now)
                asm.branch(asm.later(too_old), until, "<=", now)
            asm.bump(hits)
            answer(asm, thread)

    def set_expiry(self, asm: Assembler, expires: Own) -> None:
        ttl, share = asm.live("ttl_s", seconds), asm.live("ttl_jitter", probability)
        never = asm.label()
        with asm.local() as until, asm.local() as extra:
            asm.move(until, NEVER)
            asm.branch(never, ttl, "<", 0)
            asm.emit(Op.SHR, extra, ttl, 16)
            asm.emit(Op.MUL, extra, extra, share)
            asm.emit(Op.SHR, extra, extra, 16)
            asm.emit(Op.RAND, extra, extra, asm.stream("ttl"))
            asm.now(until, ttl)
            asm.add(until, until, extra)
            asm.place(never)
            asm.emit(Op.STX, until, expires, KEY)
