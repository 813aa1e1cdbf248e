"""What theory expects, beside what was measured: closed forms, only where their conditions hold. Never used by the engine.

Everything here is read off the design and the finished summary. A node without an `expected` has conditions that no law
here covers: that is the usual case, and the reason to simulate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from components.model import Design, Link, Node
from worker.engine.image import round_trip_ms
from worker.engine.queueing import erlang_b, erlang_c, mm1k_loss, pollaczek_khinchine

Summary = Mapping[str, Any]
LEAST_ARRIVALS = 1000  # fewer say nothing about a mean
PLAIN = {"rtt_ms", "preset", "jitter_ms", "timeout_ms", "weight"}
"""Options of a link that leave a Poisson stream one: what each message does alone."""
ENDLESS = 1000  # a queue this long is never full in the steady state of these laws
NEEDED = {"service_time_ms", "service_dist", "queue_cap"}  # of a queue that these laws are about


class Theory:
    """A design and what was measured of it."""

    def __init__(self, design: Design, summary: Summary) -> None:
        self.design, self.summary = design, summary

    def of_node(self, id: str) -> dict[str, Any] | None:
        """The law of a node's own queue, or None."""
        node, found = self.design.node(id), self.summary["nodes"][id]
        params = node.filled
        slots, replicas = slots_of(node), int(params.get("replicas", 1))
        if node.component.balances and found["arrivals"] >= LEAST_ARRIVALS and self.is_calm(id):
            return law(
                "M/G/∞", ["any number at once", "calls nobody twice"], own_ms=float(params.get("service_time_ms", 0))
            )
        if not set(params) >= NEEDED:
            return None
        if slots is None or found["arrivals"] < LEAST_ARRIVALS or not self.is_calm(id):
            return None
        rate = found["arrivals"] / self.summary["duration_s"]
        service = float(params["service_time_ms"]) / 1000
        if not holds_for_itself(node, self.design):
            return None
        use = rate * service / (slots * replicas)
        if not self.is_poisson_at(id, replicas):
            return {"law": "utilisation law", "conditions": ["stable", "no failures"], "utilisation": round(use, 6)}
        return self.queue(node, rate / replicas, service, slots)

    def queue(self, node: Node, rate: float, service: float, slots: int) -> dict[str, Any] | None:
        """One replica: `rate` a second, mean `service` s."""
        room, load, shape = int(node.filled["queue_cap"]), rate * service, node.filled["service_dist"]
        use = load / slots
        poisson = ["Poisson arrivals", "FIFO", "steady state"]
        if room == 0:
            lost = erlang_b(slots, load)
            return law("Erlang B", poisson, loss=lost, utilisation=use * (1 - lost), own_ms=service * 1000)
        if slots == 1 and shape == "exp" and room < ENDLESS:
            lost = mm1k_loss(room + 1, use)
            return law("M/M/1/K", [*poisson, "exponential service"], loss=lost, utilisation=use * (1 - lost))
        if use >= 0.95 or room < ENDLESS:
            return None  # far from a steady state, or the queue's end is felt
        if shape == "exp":
            own = service + erlang_c(slots, load) * service / (slots - load)
            return law("M/M/c", [*poisson, "exponential service"], utilisation=use, own_ms=own * 1000)
        if slots == 1:
            cv = {"const": 0.0, "lognormal": float(node.filled["service_cv"])}.get(shape)
            if cv is not None:
                own = pollaczek_khinchine(rate, service, cv)
                return law("M/G/1", [*poisson, f"service with cv {cv:g}"], utilisation=use, own_ms=own * 1000)
        return None

    def of_cache(self, id: str) -> dict[str, Any] | None:
        """Che's approximation of the hit ratio of a warm LRU cache that sees one client's independent requests."""
        params = self.design.node(id).filled
        clients = [node for node in self.design.nodes if "zipf_alpha" in node.filled]
        hits, misses = (self.summary["nodes"][id]["counters"].get(name) for name in ("hits", "misses"))
        if params.get("eviction") != "lru" or params.get("ttl_s", 0) is not None or hits is None or len(clients) != 1:
            return None
        client = clients[0].filled
        warm = self.summary["warmup_s"] * self.summary["nodes"][id]["arrivals"] / self.summary["duration_s"]
        if (
            client.get("read_share", 1) != 1
            or params.get("replicas", 1) != 1
            or "capacity_items" not in params
            or "keys_n" not in client
            or hits + misses < LEAST_ARRIVALS
            or not self.is_calm(id)
        ):
            return None
        if warm < 3 * params["capacity_items"] or client["keys_n"] <= params["capacity_items"]:
            return None
        ratio = lru_hit_ratio(client["keys_n"], float(client["zipf_alpha"]), params["capacity_items"])
        return law("Che", ["independent Zipf keys", "LRU", "warm", "no writes"], hit_ratio=ratio)

    def of_client(self, id: str, nodes: Mapping[str, Any]) -> dict[str, Any] | None:
        """Queues in a row (Jackson 1957): the mean is the sum of what each visit takes, with the way there and back."""
        offered = self.summary["clients"][id]["offered"]
        reached, ways = self.below(id)
        if offered < LEAST_ARRIVALS or len(self.summary["clients"]) != 1 or not ways:
            return None
        total = 0.0
        for other in reached - {id}:
            own = (nodes.get(other) or {}).get("own_ms")
            if own is None:
                return None
            total += own * self.summary["nodes"][other]["arrivals"] / offered
        for way in ways:
            if not set(way.params) <= PLAIN:
                return None
            travel = round_trip_ms(way) + 2 * float(way.filled["jitter_ms"])
            total += travel * self.summary["links"][way.id]["tries"] / offered
        return law("queues in a row", ["every node on the way has a law of its own"], latency_ms=total)

    # -- conditions -------------------------------------------------------------------------------
    def is_calm(self, id: str) -> bool:
        """Nobody gave up, tried again or was failed here in a way that the law does not know."""
        ways = [self.summary["links"][link.id] for link in self.design.links if link.target == id]
        failed = set(self.summary["nodes"][id]["failed"]) - {"queue_full", "error"}
        return not failed and not any(way["retries"] or way["late"] or way["failed"].get("timeout") for way in ways)

    def is_poisson_at(self, id: str, replicas: int) -> bool:
        """Is the stream to each replica a Poisson one?"""
        coming = [link for link in self.design.links if link.target == id]
        return bool(coming) and all(set(link.params) <= PLAIN and self.sends_poisson(link, replicas) for link in coming)

    def sends_poisson(self, link: Link, replicas: int) -> bool:
        node = self.design.node(link.source)
        params = node.filled
        if "rate_rps" in params and "arrival" in params:
            steady = params["arrival"] == "poisson" and not params.get("pattern") and not self.is_disturbed()
            return bool(steady and replicas == 1 and not params.get("sessions"))
        if node.component.balances:
            lanes = sum(
                int(self.design.node(way.target).filled.get("replicas", 1)) for way in self.design.links_from(node.id)
            )
            alone = params.get("algo") == "random" or lanes == 1
            return bool(alone and self.is_poisson_at(node.id, int(params.get("replicas", 1))))
        return False

    def is_disturbed(self) -> bool:
        """Did somebody change the rate while it ran?"""
        return any(event["what"] in ("load", "set", "fault_injected") for event in self.summary.get("events", ()))

    def below(self, id: str) -> tuple[set[str], list[Link]]:
        """Nodes that requests of a client reach, and the links on the way."""
        reached, ways, todo = {id}, [], [id]
        while todo:
            for link in self.design.links_from(todo.pop()):
                ways.append(link)
                if link.target not in reached:
                    reached.add(link.target)
                    todo.append(link.target)
        return reached, ways


def add_expected(design: Design, summary: dict[str, Any]) -> None:
    """Put an `expected` object beside what was measured, where a law holds."""
    theory = Theory(design, summary)
    for id, node in summary["nodes"].items():
        if id in summary["clients"]:
            continue
        found: dict[str, Any] = theory.of_node(id) or {}
        cache = theory.of_cache(id)
        if cache:
            found = {**found, **cache, "law": ", ".join(one["law"] for one in (found, cache) if one)}
        if found:
            node["expected"] = found
    laws = {id: node.get("expected") for id, node in summary["nodes"].items()}
    for id, client in summary["clients"].items():
        if row := theory.of_client(id, laws):
            client["expected"] = row


def law(name: str, conditions: list[str], **values: float) -> dict[str, Any]:
    return {"law": name, "conditions": conditions} | {key: round(value, 6) for key, value in values.items()}


def slots_of(node: Node) -> int | None:
    """Slots of the main station of a replica, by the parameter that the kind calls its slots."""
    if node.component.balances:
        return None
    if "capacity_items" in node.filled:
        if "queue_cap" not in node.filled:  # a CDN: any number at once
            return None
        return int(node.filled["threads"]) if node.filled["engine"] == "memcached" else 1
    return next((int(node.filled[name]) for name in ("workers", "max_conns") if name in node.filled), None)


def holds_for_itself(node: Node, design: Design) -> bool:
    """A slot is held for the service time alone: it calls nobody meanwhile, writes no log, and serves first come first served."""
    params = node.filled
    if params.get("discipline", "fifo") != "fifo" or params.get("endpoints"):
        return False
    if "write_time_ms" in params:
        writes = any(float(other.filled.get("read_share", 1)) < 1 for other in design.nodes)
        return not writes
    calls = list(design.links_from(node.id))
    if "capacity_items" in params:  # aside, a miss or a write is two commands
        return not (params["slow_command"] or (calls and params["mode"] == "aside"))
    return not calls


@lru_cache(maxsize=32)
def lru_hit_ratio(keys: int, alpha: float, capacity: int) -> float:
    """Che, Tung, Wang 2002. Ranks beyond 4,096 are taken together in steps of half a per cent."""
    edges = [*range(1, min(keys, 4096) + 1)]
    while edges[-1] < keys:
        edges.append(min(keys, math.ceil(edges[-1] * 1.005)))
    upper = np.array(edges, float)
    count = np.diff(np.concatenate([[0.0], upper]))
    middle = upper - (count - 1) / 2
    weight = middle**-alpha
    share = weight / float((weight * count).sum())
    low, high = 0.0, 1.0
    while float((count * -np.expm1(-share * high)).sum()) < capacity:
        high *= 2
    for _ in range(60):
        mid = (low + high) / 2
        low, high = (mid, high) if float((count * -np.expm1(-share * mid)).sum()) < capacity else (low, mid)
    return float((count * share * -np.expm1(-share * low)).sum())
