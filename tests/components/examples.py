"""Designs to test with."""

from __future__ import annotations

import copy
from typing import Any

from components.design import Design, parse

SHOP: dict[str, Any] = {
    "format": 1,
    "name": "Shop",
    "description": "Clients, two services, a cache and a database.",
    "scale": 1,
    "nodes": [
        {"id": "users", "kind": "client", "name": "Users", "x": 0, "y": 0, "zone": None, "params": {"rate_rps": 800}},
        {"id": "lb", "kind": "load_balancer", "name": "LB", "x": 288, "y": 0, "zone": None, "params": {}},
        {"id": "web", "kind": "service", "name": "Web", "x": 576, "y": 0, "zone": None, "params": {"replicas": 3}},
        {"id": "cache", "kind": "cache", "name": "Cache", "x": 864, "y": 0, "zone": None, "params": {"ttl_s": None}},
        {"id": "db", "kind": "sql_primary", "name": "DB", "x": 1152, "y": 0, "zone": None, "params": {"wal": {}}},
    ],
    "links": [
        {"id": "l1", "source": "users", "target": "lb", "params": {"timeout_ms": 1000, "retry": {"max": 3}}},
        {"id": "l2", "source": "lb", "target": "web", "params": {}},
        {"id": "l3", "source": "web", "target": "cache", "params": {"rtt_ms": 0.5}},
        {"id": "l4", "source": "cache", "target": "db", "params": {}},
    ],
    "script": [
        {"at_s": 20, "command": "inject", "id": "f1", "fault": "crash", "target": "web", "selector": {"n": 1}},
        {"at_s": 25, "command": "set", "target": "l1", "param": "retry.max", "value": 0},
        {"at_s": 30, "command": "heal", "id": "f1"},
    ],
    "slos": [{"name": "fast reads", "sli": "latency", "threshold_ms": 150, "target": 0.99}],
}


def shop() -> dict[str, Any]:
    """A fresh document that parses."""
    return copy.deepcopy(SHOP)


def parsed(document: Any = None, draft: bool = False) -> Design:
    design, problems = parse(shop() if document is None else document, draft)
    assert design is not None, [problem.line() for problem in problems]
    return design


def drawing(nodes: dict[str, str], *links: tuple[str, str]) -> dict[str, Any]:
    """{id: kind} and (source, target) pairs; the links are called l0, l1 …"""
    return {
        "format": 1,
        "name": "Drawing",
        "nodes": [{"id": id, "kind": kind} for id, kind in nodes.items()],
        "links": [{"id": f"l{place}", "source": a, "target": b} for place, (a, b) in enumerate(links)],
    }
