"""Random designs with one random fault each, and whether the explanation finds it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from components.catalog import KINDS
from components.design import parse
from components.faults import FAULTS
from components.model import Design
from worker.engine.simulation import Simulation

SECOND = 1_000_000_000
WARM_S, AT_S, END_S = 4, 10, 20
SEEN_AS: dict[str, tuple[str, ...]] = {
    "crash": ("down",), "pause": ("paused",), "slow": ("slow",), "latency": ("slow_network",),
    "loss": ("lossy", "partitioned"), "error": ("erroring",), "spike": ("more_load",), "cache_flush": ("cold_cache",),
}  # fmt: skip
"""What a fault looks like in the counters."""


@dataclass(frozen=True)
class Case:
    seed: int
    design: Design
    fault: str
    target: str
    params: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    case: Case
    findings: list[dict[str, Any]]

    @property
    def rank(self) -> int:
        """Of the injected fault; 0 = not found."""
        return next((found["rank"] for found in self.findings if is_it(self.case, found)), 0)


def cases(seeds: range) -> Iterator[Case]:
    for seed in seeds:
        yield case(seed)


def case(seed: int) -> Case:
    """4 to 12 nodes: clients, perhaps a balancer, layers of services, perhaps a cache, databases; moderately busy."""
    chance = random.Random(seed)
    rate = chance.choice((60, 150, 300))
    nodes: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []

    def node(id: str, kind: str, **params: Any) -> str:
        nodes.append({"id": id, "kind": kind, "name": id.capitalize(), "params": params})
        return id

    def link(source: str, target: str) -> None:
        params: dict[str, Any] = {"rtt_ms": chance.choice((0.2, 1, 5)), "timeout_ms": chance.choice((300, 1000, 3000))}
        if chance.random() < 0.3:
            params["retry"] = {"max": chance.choice((1, 2)), "base_ms": 20}
        if chance.random() < 0.15:
            params["circuit_breaker"] = {"open_s": 1, "window_s": 3}
        if chance.random() < 0.2:
            params["jitter_ms"] = chance.choice((0.2, 1))
        links.append({"id": f"l{len(links)}", "source": source, "target": target, "params": params})

    users = node(
        "users", "client", rate_rps=rate, keys_n=chance.choice((500, 5000)), read_share=chance.choice((0.8, 1))
    )
    fronts = [node(f"web{n}", "service", **work(chance, rate)) for n in range(chance.randint(1, 3))]
    if len(fronts) > 1 or chance.random() < 0.5:
        entry = node("lb", "load_balancer", algo=chance.choice(("round_robin", "least_conn", "p2c")))
        link(users, entry)
        for front in fronts:
            link(entry, front)
    else:
        link(users, fronts[0])
    backs = [node(f"api{n}", "service", **work(chance, rate)) for n in range(chance.randint(0, 3))]
    for n, front in enumerate(fronts):
        for back in {backs[n % len(backs)]} if backs else set():
            link(front, back)
    last = [id for id in backs if any(way["target"] == id for way in links)] or fronts
    nodes = [one for one in nodes if one["id"] not in set(backs) - set(last)]
    stores = ["db"]
    if chance.random() < 0.6:
        capacity = chance.choice((200, 1000))
        stores = [node("cache", "cache", capacity_items=capacity, ttl_s=chance.choice((60, 300)))]
    for one in last:
        link(one, stores[0])
    node("db", "sql_primary", service_time_ms=chance.choice((2, 5)), max_conns=chance.choice((20, 100)))
    if stores[0] == "cache":
        link("cache", "db")
    if chance.random() < 0.3:
        node("audit", "sql_primary", service_time_ms=3)
        link(fronts[0], "audit")
    fault, target, params = breakage(chance, nodes, links)
    entry_ = {"at_s": AT_S, "command": "inject", "id": "f", "fault": fault, "target": target, **params}
    document = {"format": 1, "name": f"broken {seed}", "nodes": nodes, "links": links, "script": [entry_]}
    design, problems = parse(document)
    assert design is not None and not problems, [problem.line() for problem in problems]
    return Case(seed, design, fault, target, params)


def work(chance: random.Random, rate: int) -> dict[str, Any]:
    """A service that is 20 to 60 % busy, callees not counted."""
    ms = chance.choice((1, 4, 10))
    workers = max(4, round(rate * ms / 1000 / chance.uniform(0.1, 0.3)))
    law = chance.choice(("exp", "const", "lognormal"))
    return {"service_time_ms": ms, "workers": workers + 8, "replicas": chance.choice((1, 1, 2)), "service_dist": law}


def breakage(
    chance: random.Random, nodes: list[dict[str, Any]], links: list[dict[str, Any]]
) -> tuple[str, str, dict[str, Any]]:
    fault = chance.choice([id for id in FAULTS if id in SEEN_AS])
    if fault == "cache_flush" and not any(node["kind"] == "cache" for node in nodes):
        fault = "slow"
    targets = [node["id"] for node in nodes if fault in KINDS[node["kind"]].faults]
    if "link" in FAULTS[fault].on:
        targets = [node["id"] for node in nodes] + [link["id"] for link in links]
    target = chance.choice(targets)
    params: dict[str, Any] = {
        "crash": lambda: {"blackhole": chance.random() < 0.3},
        "slow": lambda: {"factor": chance.choice((3, 8, 30))},
        "latency": lambda: {"add_ms": chance.choice((5, 40, 200)), "jitter_ms": chance.choice((0, 5))},
        "loss": lambda: {"p": chance.choice((0.05, 0.3, 1))},
        "error": lambda: {"p": chance.choice((0.1, 0.5, 1)), "status": chance.choice(("500", "503", "429"))},
        "spike": lambda: {"factor": chance.choice((2, 4))},
    }.get(fault, dict)()
    if fault != "cache_flush" and chance.random() < 0.7:
        params["for_s"] = chance.choice((3, 6))
    if FAULTS[fault].replicas and chance.random() < 0.4:
        params["selector"] = "one"
    return fault, target, params


def ask(case: Case) -> Answer:
    simulation = Simulation(case.design, case.seed)
    simulation.advance(WARM_S * SECOND)
    simulation.start_counting()
    simulation.advance(END_S * SECOND)
    return Answer(case, simulation.summary()["explain"])


def is_it(case: Case, found: dict[str, Any]) -> bool:
    """The fault, at its place. A node with a single link and that link are the same to who only sees messages."""
    if found["what"] not in SEEN_AS[case.fault]:
        return False
    at = found.get("node") or found.get("link")
    if at == case.target:
        return True
    ways = [link for link in case.design.links if case.target in (link.id, link.source, link.target)]
    if FAULTS[case.fault].on == ("node",) or len(ways) != 1:
        return False
    return bool(at in (ways[0].id, ways[0].source, ways[0].target))
