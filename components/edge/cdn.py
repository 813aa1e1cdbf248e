"""CDN: caches near the users, in front of one origin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from components.base import Choice, Flag, Id, Integer, Metric, Number, Proof, Rows
from components.program import STATUS, Assembler, Index, Op, Own, Shared, ms, service_law
from components.program.front import Front
from components.program.shelf import Shelf
from components.work import Worker

ANY_NUMBER = 1 << 30  # slots: a point of presence is many machines
GB_PER_KB = 1e-6


class Cdn(Worker):
    """Answers near the users, from a cache in each point of presence; asks its origin for the rest.

    10 ms to the next point of presence is typical of the large ones; 0.085 $/GB is the first tier of CloudFront in Europe
    and the US (2025). Its cache is least recently used with a time to live (Che et al. 2002; Fricker et al. 2012).
    """

    kind, label, icon = "cdn", "CDN", "world-bolt"
    faults = ("crash", "pause", "slow", "error", "cache_flush")
    metrics = (
        Metric("hits", "answered by a point of presence"),
        Metric("misses", "asked from the shield or the origin"),
        Metric("shield_hits", "of the misses, answered by the shield"),
        Metric("evictions", "pushed out by a newer object", item="keys", field="EVICTIONS"),
        Metric("expired", "found, but older than the time to live"),
        Metric("coalesced", "waited for another request of the same object"),
        Metric("stale_reads", "answered with an older version than the committed one"),
        Metric("stale_ms", "sum of how long the newer version had been committed"),
        Metric("stale_most_ms", "the oldest of these", top=True),
    )
    sends, keyed, reads_truth = (1, 1), True, True
    facts = ("replicas", "ttl_s")
    knobs = ("replicas", "pops", "cache_gb", "ttl_s", "tiered", "collapse")

    replicas = Integer(
        default=1,
        minimum=1,
        maximum=50,
        live=False,
        label="Points of presence",
        help="Places with a cache of their own.",
    )
    pops = Rows(
        default=[], label="Regions", required=("region",), unique="region",
        help="Whom each point of presence is near to, and how far they have. Clients name their region; others use the first.",
        fields={
            "region": Id(help="The region of the clients that it is near to."),
            "rtt_ms": Number(default=10.0, maximum=60_000, unit="ms", log=True, help="There and back; on top of the link."),
        },
    )  # fmt: skip
    service_time_ms = Number(
        default=0.1, maximum=60_000, unit="ms", log=True, help="Time of one answer; any number at once."
    )
    service_dist = Choice(
        default="const",
        choices=("exp", "const", "lognormal", "bimodal"),
        help="How the time varies from request to request.",
    )
    cache_gb = Number(
        default=50.0, minimum=0.000001, maximum=1_000_000, unit="gb", log=True, live=False, label="Cache",
        help="Room at each point of presence.",
    )  # fmt: skip
    object_kb = Number(
        default=100.0, minimum=0.001, maximum=10_000_000, unit="kb", log=True, live=False, label="Object size",
        help="Size of every object: how many fit, and what leaving traffic costs.",
    )  # fmt: skip
    capacity_items = Integer(
        default=None, minimum=1, maximum=5_000_000, log=True, nullable=True, live=False, label="Capacity", unit="items",
        help="Objects that fit, instead of cache_gb; null = by size.",
    )  # fmt: skip
    ttl_s = Number(
        default=3600.0, minimum=0.001, maximum=31_536_000, unit="s", log=True, nullable=True, label="Time to live",
        help="Age at which an object is asked again; null = never.",
    )  # fmt: skip
    ttl_jitter = Number(
        default=0.0, maximum=1, help="Random share added to the time to live, so objects do not expire together."
    )
    swr_s = Number(
        default=0.0, maximum=31_536_000, unit="s", live=False, label="Stale while revalidating",
        help="How long after its time an object is still served while one request renews it (RFC 5861).",
    )  # fmt: skip
    tiered = Flag(
        default=False, label="Shield", help="A second cache that all points of presence ask before the origin."
    )
    shield_rtt_ms = Number(
        default=30.0, maximum=60_000, unit="ms", log=True, help="From a point of presence to the shield and back."
    )
    collapse = Flag(default=False, help="Of all who miss an object at once, one asks and the others wait for it.")
    lease_s = Number(
        default=10.0, minimum=0.001, maximum=3600, unit="s", log=True, live=False, label="Lease",
        help="How long others wait for the one who asks; collapse and stale-while-revalidate.",
    )  # fmt: skip
    price_gb = Number(
        default=0.085, maximum=100, unit="gb", live=False, label="Price per GB", help="Of what leaves for the users."
    )
    without = ("queue_cap", "discipline", "codel")  # it never queues
    proofs = (
        Proof("replicas", 3, "nodes.me.counters.misses"),
        Proof("slow_factor", 200, "nodes.me.own_ms.p999", "up", {"service_dist": "bimodal"}),
        Proof("pops", [{"region": "far", "rtt_ms": 90}]),
        Proof("cache_gb", 0.002, "nodes.me.counters.evictions"),
        Proof("object_kb", 10_000, "nodes.me.counters.evictions", "up", {"cache_gb": 1}),
        Proof("capacity_items", 50, "nodes.me.counters.evictions"),
        Proof("ttl_s", 0.5, "nodes.me.counters.expired"),
        Proof("ttl_jitter", 1, "nodes.me.counters.expired", "down", {"ttl_s": 1}),
        Proof("swr_s", 5, "client.latency_ms.mean", "down", {"ttl_s": 0.5}),
        Proof("tiered", True, "nodes.me.counters.shield_hits", "up", {"replicas": 3}),
        Proof("shield_rtt_ms", 200, "client.latency_ms.mean", "up", {"tiered": True, "replicas": 3}),
        Proof("collapse", True, "nodes.me.counters.coalesced", "up", {"next.service_time_ms": 200}),
        Proof("lease_s", 0.05, "nodes.me.counters.misses", "up", {"collapse": True, "next.service_time_ms": 200}),
        Proof("price_gb", 0.2, "cost.per_month"),
    )

    @classmethod
    def example(cls) -> dict[str, Any]:
        """In front of a database, which is what a web server would ask in the end."""
        users = {"id": "users", "kind": "client", "params": {"rate_rps": 100, "keys_n": 2000, "read_share": 0.8}}
        nodes = [users, {"id": "me", "kind": cls.kind}, {"id": "next", "kind": "sql_primary"}]
        links = [{"id": "in", "source": "users", "target": "me"}, {"id": "out", "source": "me", "target": "next"}]
        return {"format": 1, "nodes": nodes, "links": links}

    def traffic(self, params: Mapping[str, Any], counters: Mapping[str, int]) -> float:
        """Dollars for what left: every read that was answered is one object."""
        answers = counters["hits"] + counters["misses"] + counters["coalesced"]
        return float(answers * params["object_kb"] * GB_PER_KB * params["price_gb"])

    def check(self, params: Mapping[str, Any]) -> Iterable[tuple[str, Any, str]]:
        if len(params["pops"]) > params["replicas"]:
            yield (
                "pops",
                len(params["pops"]),
                f"must be at most one for each point of presence: there are {params['replicas']}",
            )

    def lane_for(self, params: Mapping[str, Any], caller: Mapping[str, Any]) -> int | None:
        """The point of presence of the caller's region; the first one if none is named so. Without regions, in turn."""
        if "region" not in caller or not params["pops"]:
            return None
        regions = [row["region"] for row in params["pops"]]
        return regions.index(caller["region"]) if caller["region"] in regions else 0

    def program(self, asm: Assembler) -> None:
        params = asm.params
        slots, work = asm.station("slots", ANY_NUMBER), asm.law(service_law())
        objects = params["capacity_items"] or max(1, round(params["cache_gb"] / params["object_kb"] / GB_PER_KB))
        near = Shelf(asm, objects, "lru")
        shield = Shelf(asm, objects, "lru", "shield_", shared=True) if params["tiered"] else None
        rows = [row["rtt_ms"] for row in params["pops"]]
        rtt = asm.word("rtt", each=[ms(rows[n]) if n < len(rows) else ms(10) for n in range(asm.around.replicas)])
        PointOfPresence(asm, slots, work, near, params["collapse"], shield, rtt).write()


class PointOfPresence(Front):
    """A cache at a distance, perhaps with a shield behind it. Writes go round it to the origin."""

    def __init__(
        self, asm: Assembler, slots: Own, work: Index, near: Shelf, collapse: bool, shield: Shelf | None, rtt: Own
    ) -> None:
        super().__init__(asm, slots, work, near, "write_around", collapse)
        self.shield, self.rtt, self.shield_hits = shield, rtt, asm.counter("shield_hits")

    def arrive(self) -> None:
        self.travel(self.rtt)
        self.asm.acquire(self.thread)

    def travel(self, rtt: Own | Shared) -> None:
        """There and back at once."""
        with self.asm.local() as way:
            self.asm.move(way, rtt)
            self.asm.emit(Op.SLEEP, way)

    def fetch_value(self) -> None:
        asm = self.asm
        if self.shield is None:
            self.ask_target()
            return
        ask, over = asm.label(), asm.label()
        self.travel(asm.live("shield_rtt_ms", ms))
        self.shield.look(ask, ask)
        asm.bump(self.shield_hits)
        self.shield.take()
        asm.move(STATUS, 0)
        asm.jump(over)
        asm.place(ask)
        self.ask_target()
        with asm.when(STATUS, "==", 0):
            self.shield.keep()
        asm.place(over)
