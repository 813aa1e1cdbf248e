"""A design to experiment with."""

from __future__ import annotations

from typing import Any

from components.design import Design, parse
from components.experiment import Plan
from components.experiment import parse as parse_plan

LOAD = {"target": "users", "param": "rate_rps", "from": 10, "to": 100, "steps": 10}
FAULTS = {"rate_per_hour": 60, "kinds": ["crash"], "targets": ["web"]}


def station(rate: float = 50, service_ms: float = 10, workers: int = 1, **params: Any) -> dict[str, Any]:
    """One service on its own: M/M/c, without a network."""
    web = {"workers": workers, "service_time_ms": service_ms, "queue_cap": 1_000_000} | params
    return {
        "format": 1,
        "name": "station",
        "nodes": [
            {"id": "users", "kind": "client", "name": "Users", "params": {"rate_rps": rate}},
            {"id": "web", "kind": "service", "name": "Web", "params": web},
        ],
        "links": [{"id": "l1", "source": "users", "target": "web", "params": {"rtt_ms": 0, "timeout_ms": None}}],
        "slos": [{"name": "fast", "sli": "latency", "threshold_ms": 200, "target": 0.99}],
    }


def designed(data: dict[str, Any] | None = None) -> Design:
    design, problems = parse(data or station())
    assert design is not None, problems
    return design


def planned(data: dict[str, Any], design: Design | None = None) -> Plan:
    plan, problems = parse_plan(data, design or designed())
    assert plan is not None, [problem.line() for problem in problems]
    return plan
