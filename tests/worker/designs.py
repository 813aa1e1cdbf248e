"""Small designs that the tests of the host run."""

from __future__ import annotations

from typing import Any

from components.design import parse
from components.model import Design


def document(rate_rps: float = 200) -> dict[str, Any]:
    """client -> load balancer -> two services -> cache -> database, with retries on the way in."""
    kinds = {
        "users": "client",
        "lb": "load_balancer",
        "a": "service",
        "b": "service",
        "cache": "cache",
        "db": "sql_primary",
    }
    pairs = [("users", "lb"), ("lb", "a"), ("lb", "b"), ("a", "cache"), ("b", "cache"), ("cache", "db")]
    params: dict[str, dict[str, Any]] = {"users": {"rate_rps": rate_rps, "keys_n": 1000}}
    nodes = [
        {"id": id, "kind": kind, "name": id, "x": 288 * place, "y": 0, "zone": None, "params": params.get(id, {})}
        for place, (id, kind) in enumerate(kinds.items())
    ]
    links = [
        {"id": f"{source}-{target}", "source": source, "target": target, "params": {"retry": {"max": 2}}}
        for source, target in pairs
    ]
    return {
        "format": 1, "name": "Small", "description": "", "scale": 1,
        "nodes": nodes, "links": links, "script": [], "slos": [],
    }  # fmt: skip


def small(rate_rps: float = 200) -> Design:
    design, problems = parse(document(rate_rps))
    assert design, problems
    return design
