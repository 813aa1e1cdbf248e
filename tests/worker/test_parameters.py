"""Every parameter of every kind and of every link changes what comes out; so does every live one while a run is on."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from components.base import Group
from components.catalog import KINDS
from components.commands import parse as parse_command
from components.design import parse
from components.link import LinkOptions
from tests.worker.test_proofs import ELSEWHERE
from worker.engine.simulation import Simulation

NS = 1_000_000_000


# (owner, parameter, value, what else must be so for it to matter)
CHANGES: list[tuple[str, str, Any, dict[str, dict[str, Any]]]] = [
    ("client", "rate_rps", 150, {}),
    ("client", "arrival", "constant", {}),
    ("client", "users", 20, {"client": {"arrival": "closed"}}),
    ("client", "think_s", 0.2, {"client": {"arrival": "closed"}}),
    ("client", "pattern", [[0, 1], [5, 3]], {}),
    ("client", "keys_n", 500, {}),
    ("client", "zipf_alpha", 0.3, {}),
    ("client", "read_share", 0.5, {}),
    ("client", "classes", [{"name": "hurried", "deadline_ms": 5}], {}),
    ("client", "tenants_n", 2, {"load_balancer": {"algo": "ip_hash"}}),
    ("service", "workers", 1, {}),
    ("service", "startup_s", 1, {"crash": {"service": {}}}),
    ("service", "endpoints", [{"name": "short", "calls": []}], {}),
    ("service", "concurrency_limit", {"max": 1}, {}),
    ("service", "concurrency_limit.max", 1, {"service": {"concurrency_limit": {}}}),
    ("service", "concurrency_limit.adaptive", "aimd", {"service": {"concurrency_limit": {"target_ms": 3}}}),
    ("service", "concurrency_limit.target_ms", 3, {"service": {"concurrency_limit": {"adaptive": "aimd"}}}),
    ("service", "gc_pause", {"every_s": 1}, {}),
    ("service", "gc_pause.every_s", 1, {"service": {"gc_pause": {"every_s": 3}}}),
    ("service", "gc_pause.ms", 20, {"service": {"gc_pause": {"every_s": 1}}}),
    ("link", "preset", "region_near", {}),
    ("link", "rtt_ms", 20, {}),
    ("link", "jitter_ms", 5, {}),
    ("link", "loss_p", 0.2, {}),
    ("link", "timeout_ms", 8, {}),
    (
        "link",
        "deadline_propagation",
        True,
        {"link": {"timeout_ms": 30}, "service": {"workers": 1, "service_time_ms": 20}},
    ),
    ("link", "weight", 5, {"second_link": {}}),
    ("link", "retry", {}, {"service": {"error_p": 0.3}}),
    ("link", "retry.max", 6, {"service": {"error_p": 0.6}, "link": {"retry": {}}}),
    ("link", "retry.on", ["timeout"], {"service": {"error_p": 0.6}, "link": {"retry": {}}}),
    ("link", "retry.backoff", "none", {"service": {"error_p": 0.6}, "link": {"retry": {}}}),
    ("link", "retry.base_ms", 200, {"service": {"error_p": 0.6}, "link": {"retry": {}}}),
    ("link", "retry.cap_ms", 20, {"service": {"error_p": 0.6}, "link": {"retry": {}}}),
    ("link", "retry.jitter", "none", {"service": {"error_p": 0.6}, "link": {"retry": {}}}),
    ("link", "retry.budget_ratio", 0.05, {"service": {"error_p": 0.6}, "link": {"retry": {}}}),
    ("link", "adaptive_throttle", {}, {"service": {"error_p": 0.9}}),
    ("link", "adaptive_throttle.k", 5, {"service": {"error_p": 0.9}, "link": {"adaptive_throttle": {}}}),
    ("link", "adaptive_throttle.window_s", 2, {"service": {"error_p": 0.6}, "link": {"adaptive_throttle": {}}}),
    ("link", "circuit_breaker", {}, {"service": {"error_p": 0.9}}),
    (
        "link",
        "circuit_breaker.window_s",
        0.1,
        {"service": {"error_p": 0.6}, "link": {"circuit_breaker": {"open_s": 0.3}}},
    ),
    (
        "link",
        "circuit_breaker.min_calls",
        300,
        {"service": {"error_p": 0.6}, "link": {"circuit_breaker": {"open_s": 0.3}}},
    ),
    ("link", "circuit_breaker.error_rate", 0.99, {"service": {"error_p": 0.7}, "link": {"circuit_breaker": {}}}),
    ("link", "circuit_breaker.open_s", 0.5, {"service": {"error_p": 0.9}, "link": {"circuit_breaker": {}}}),
    (
        "link",
        "circuit_breaker.half_open_probes",
        8,
        {"service": {"error_p": 0.6}, "link": {"circuit_breaker": {"open_s": 0.2}}},
    ),
    ("link", "hedge", {}, {}),
    ("link", "hedge.after_ms", 1, {"link": {"hedge": {}}}),
    ("link", "hedge.after_percentile", 50, {"link": {"hedge": {}}}),
    ("link", "hedge.max", 4, {"link": {"hedge": {"after_ms": 2}}}),
    ("link", "batch", {}, {}),
    ("link", "batch.max", 2, {"link": {"batch": {"linger_ms": 60}}}),
    ("link", "batch.linger_ms", 40, {"link": {"batch": {}}}),
    ("link", "pool", {"max_conns": 1}, {}),
    ("link", "pool.max_conns", 1, {"link": {"pool": {}}}),
    ("link", "pool.acquire_timeout_ms", 5, {"link": {"pool": {"max_conns": 1}}}),
    ("link", "protocol", {}, {}),
    ("link", "protocol.kind", "grpc", {"link": {"protocol": {}, "pool": {"max_conns": 1}}}),
    ("link", "protocol.keepalive", False, {"link": {"protocol": {}}}),
    ("link", "protocol.tls", "tls12", {"link": {"protocol": {"keepalive": False}}}),
    ("link", "fan_out", {}, {}),
    ("link", "fan_out.n", 2, {"link": {"fan_out": {}}}),
    ("link", "fan_out.wait", "first", {"link": {"fan_out": {}}}),
    ("link", "fan_out.k", 1, {"link": {"fan_out": {"wait": "k"}}}),
    ("link", "fan_out.partial_ok_ms", 2, {"link": {"fan_out": {}}}),
    ("link", "mb_s", 1, {}),
    ("link", "payload", {}, {}),
    ("link", "payload.kb", 100, {"link": {"payload": {}}}),
    ("link", "payload.response_kb", 100, {"link": {"payload": {}}}),
    ("link", "payload.compression", "gzip", {"link": {"payload": {}}}),
    ("link", "payload.format", "protobuf", {"link": {"payload": {}}}),
    ("link", "payload.cpu_us", 500, {"link": {"payload": {}}}),
    ("link", "fallback", {}, {"service": {"error_p": 0.6}}),
    ("link", "fallback.kind", "stale", {"service": {"error_p": 0.6}, "link": {"fallback": {}}}),
    ("link", "fallback.cost_ms", 30, {"service": {"error_p": 0.6}, "link": {"fallback": {}}}),
    ("link", "fallback.quality", 0.9, {"service": {"error_p": 0.6}, "link": {"fallback": {}}}),
    ("link", "idempotency", {}, {"link": {"retry": {}, "loss_p": 0.1}}),
    ("link", "idempotency.key", False, {"link": {"retry": {}, "loss_p": 0.1, "timeout_ms": 50, "idempotency": {}}}),
    (
        "link",
        "idempotency.store_ttl_s",
        0.001,
        {"link": {"retry": {}, "loss_p": 0.1, "timeout_ms": 50, "idempotency": {}}},
    ),
    ("link", "mode", "fire_and_forget", {}),
    ("link", "mirror", {}, {"second_link": {}}),
    ("link", "mirror.share", 0.5, {"second_link": {}, "link": {"mirror": {}}}),
    ("link", "mesh", {}, {}),
    ("client", "object_kb", 50, {"link": {"mb_s": 5}}),
    ("client", "object_cv", 2, {"link": {"mb_s": 5}}),
]
for kind in ("service", "sql_primary"):
    tight = {} if kind == "load_balancer" else {kind: {"queue_cap": 3, "service_time_ms": 12}}
    CHANGES += [
        (kind, "replicas", 3, {"load_balancer": {"algo": "round_robin"}}),
        (kind, "service_time_ms", 9, {}),
        (kind, "service_dist", "lognormal", {}),
        (kind, "service_cv", 3, {kind: {"service_dist": "lognormal"}}),
        (kind, "slow_p", 0.3, {kind: {"service_dist": "bimodal"}}),
        (kind, "slow_factor", 50, {kind: {"service_dist": "bimodal"}}),
        (kind, "error_p", 0.2, {}),
        (kind, "price_per_hour", 2, {}),
    ]
    if kind != "load_balancer":
        slots = {"service": {"workers": 1}, "sql_primary": {"max_conns": 1}}[kind]
        busy = {kind: slots | {"service_time_ms": 12}}
        shedding = {kind: busy[kind] | {"discipline": "codel"}}
        CHANGES += [
            (kind, "queue_cap", 2, busy),
            (kind, "discipline", "lifo", busy),
            (kind, "codel", {"target_ms": 400}, shedding),
            (kind, "codel.target_ms", 400, shedding),
            (kind, "codel.interval_ms", 3000, shedding),
        ]

CODEL = {"codel", "codel.target_ms", "codel.interval_ms"}
ALONE = {
    "client": {"region"},
    "link": {"consistency", "staleness_ms"},
}
"""Reads from replicas are shown by tests/worker/laws/test_standbys.py, regions by test_delivery.py."""


def build(around: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """users -> lb -> web -> cache -> db, a busy one, with parameters by kind."""
    base = {
        "client": {"rate_rps": 100, "keys_n": 2000, "read_share": 0.8},
        "service": {"workers": 8, "replicas": 2},
        "cache": {"capacity_items": 400},
        "sql_primary": {"max_conns": 4},
    }
    params = {kind: base.get(kind, {}) | around.get(kind, {}) for kind in KINDS}
    ids = {"client": "users", "load_balancer": "lb", "service": "web", "cache": "cache", "sql_primary": "db"}
    nodes = [{"id": ids[kind], "kind": kind, "name": kind, "params": params[kind]} for kind in ids]
    chain = list(ids.values())
    links = [
        {"id": f"l{i}", "source": a, "target": b, "params": around.get("link", {}) if i == 1 else {}}
        for i, (a, b) in enumerate(zip(chain, chain[1:], strict=False))
    ]
    if "second_link" in around:
        links += [{"id": "l9", "source": "users", "target": "web"}]
    links[0]["params"] = around.get("link", {}) if "second_link" in around else {}
    script = []
    if "crash" in around:
        script = [{"at_s": 2, "command": "inject", "id": "c", "fault": "crash", "target": "web", "restart_after_s": 1}]
    return {"format": 1, "name": "t", "nodes": nodes, "links": links, "script": script}


def changed(around: dict[str, dict[str, Any]], owner: str, path: str, value: Any) -> dict[str, dict[str, Any]]:
    head, _, tail = path.partition(".")
    params = dict(around.get(owner, {}))
    params[head] = {**(params.get(head) or {}), tail: value} if tail else value
    return around | {owner: params}


def simulation(document: dict[str, Any]) -> Simulation:
    design, problems = parse(document)
    assert design is not None and not problems, [problem.line() for problem in problems]
    return Simulation(design, 3)


@cache
def untouched(document: str) -> str:
    """What comes out of a run that nobody touches."""
    simulated = simulation(json.loads(document))
    simulated.advance(12 * NS)
    return outcome(simulated)


def outcome(simulated: Simulation) -> str:
    summary = simulated.summary()
    return str([summary["client"], summary["nodes"], summary["links"], summary["cost"]])


def paths(params: Any) -> set[str]:
    found = set(params)
    for name, param in params.items():
        if isinstance(param, Group):
            found |= {f"{name}.{key}" for key in param.fields}
    return found


def test_no_parameter_is_forgotten() -> None:
    shown = {(owner, path) for owner, path, _, _ in CHANGES}
    wanted = {(kind, path) for kind in ELSEWHERE for path in paths(KINDS[kind].params)}
    wanted |= {("link", path) for path in paths(LinkOptions.params)}
    left = {(owner, path) for owner, path in wanted - shown if path not in ALONE.get(owner, set())}
    assert not left, f"not shown to matter: {sorted(left)}"


@pytest.mark.parametrize(("owner", "path", "value", "around"), CHANGES, ids=[f"{o}.{p}" for o, p, _, _ in CHANGES])
def test_the_parameter_changes_what_comes_out(
    owner: str, path: str, value: Any, around: dict[str, dict[str, Any]]
) -> None:
    after = simulation(build(changed(around, owner, path, value)))
    after.advance(12 * NS)
    assert untouched(json.dumps(build(around))) != outcome(after)


def is_live(owner: str, path: str) -> bool:
    param = (LinkOptions if owner == "link" else KINDS[owner]).params[path.partition(".")[0]]
    tail = path.partition(".")[2]
    return bool(param.fields[tail].live if tail else param.live)  # type: ignore[attr-defined]


LIVE = [row for row in CHANGES if is_live(row[0], row[1])]


@pytest.mark.parametrize(("owner", "path", "value", "around"), LIVE, ids=[f"{o}.{p}" for o, p, _, _ in LIVE])
def test_a_live_parameter_acts_while_the_run_is_on(
    owner: str, path: str, value: Any, around: dict[str, dict[str, Any]]
) -> None:
    """Set after one second, it changes the next ten; and it then works as if it had been so from the start."""
    names = {"client": "users", "load_balancer": "lb", "service": "web", "sql_primary": "db", "link": "l1"}
    turned = simulation(build(around))
    order = {"command": "set", "target": names.get(owner, owner), "param": path, "value": value}
    command, problems = parse_command(order, turned.design, scheduled=False)
    assert command is not None, [problem.line() for problem in problems]
    turned.advance(1 * NS)
    turned.apply(command, 1)
    turned.advance(12 * NS)
    assert untouched(json.dumps(build(around))) != outcome(turned)
