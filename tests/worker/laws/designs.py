"""The set-ups of the laws, in the words of design files."""

from __future__ import annotations

from typing import Any

NO_NETWORK = {"rtt_ms": 0, "timeout_ms": None}
BIG_QUEUE = 1_000_000


def client(rate: float, **params: Any) -> dict[str, Any]:
    return {"id": "users", "kind": "client", "name": "Users", "params": {"rate_rps": rate, **params}}


def node(id: str, kind: str, **params: Any) -> dict[str, Any]:
    return {"id": id, "kind": kind, "name": id, "params": params}


def link(id: str, source: str, target: str, **params: Any) -> dict[str, Any]:
    return {"id": id, "source": source, "target": target, "params": NO_NETWORK | params}


def design(nodes: list[dict[str, Any]], links: list[dict[str, Any]], script: Any = ()) -> dict[str, Any]:
    return {"format": 1, "name": "law", "nodes": nodes, "links": links, "script": list(script)}


def station(rate: float, service_ms: float, servers: int = 1, queue: int = BIG_QUEUE, **params: Any) -> dict[str, Any]:
    """One service on its own: M/M/c and its relatives."""
    web = node("web", "service", workers=servers, service_time_ms=service_ms, queue_cap=queue, **params)
    return design([client(rate), web], [link("l1", "users", "web")])


def farm(rate: float, service_ms: float, servers: int, algo: str) -> dict[str, Any]:
    """A balancer in front of single servers, fifty to a node at most."""
    lb = node("lb", "load_balancer", algo=algo, service_time_ms=0)
    sizes = [min(50, servers - done) for done in range(0, servers, 50)]
    webs = [
        node(f"web{i}", "service", replicas=size, workers=1, service_time_ms=service_ms, queue_cap=BIG_QUEUE)
        for i, size in enumerate(sizes)
    ]
    links = [link("l0", "users", "lb"), *(link(f"l{i + 1}", "lb", f"web{i}") for i in range(len(sizes)))]
    return design([client(rate), lb, *webs], links)


def cached(
    rate: float, keys: int, alpha: float, capacity: int, ttl_s: float | None, read_share: float = 1, **params: Any
) -> dict[str, Any]:
    """A cache in front of a database that takes no time."""
    users = client(rate, keys_n=keys, zipf_alpha=alpha, read_share=read_share)
    cache = node("cache", "cache", capacity_items=capacity, ttl_s=ttl_s, **{"service_time_ms": 0} | params)
    db = node("db", "sql_primary", service_time_ms=0, write_time_ms=0, service_dist="const", max_conns=1000, wal=None)
    return design([users, cache, db], [link("l1", "users", "cache"), link("l2", "cache", "db")])


def delivered(
    rate: float, keys: int, alpha: float, capacity: int, far_ms: float, origin_ms: float, **params: Any
) -> dict[str, Any]:
    """A CDN 10 ms from its users and `far_ms` from an origin that takes `origin_ms`."""
    users = client(rate, keys_n=keys, zipf_alpha=alpha, read_share=1)
    cdn = node("cache", "cdn", capacity_items=capacity, ttl_s=None, service_time_ms=0, **params)
    db = node("db", "sql_primary", service_time_ms=origin_ms, max_conns=100_000, queue_cap=BIG_QUEUE)
    return design([users, cdn, db], [link("l1", "users", "cache"), link("l2", "cache", "db", rtt_ms=far_ms)])


def layers(rate: float, count: int, tries: int) -> dict[str, Any]:
    """Services in a row over a database that is down; every hop makes `tries` tries at once."""
    retry = {"max": tries - 1, "backoff": "none"}
    names = [f"s{i}" for i in range(1, count)]
    services = [node(name, "service", workers=10_000, service_time_ms=0, queue_cap=BIG_QUEUE) for name in names]
    chain = ["users", *names, "db"]
    links = [link(f"l{i}", a, b, retry=retry) for i, (a, b) in enumerate(zip(chain, chain[1:], strict=False))]
    db = node("db", "sql_primary", service_time_ms=0, error_p=1, max_conns=10_000)
    return design([client(rate), *services, db], links)
