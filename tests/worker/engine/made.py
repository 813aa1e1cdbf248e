"""Hypothesis strategies: runnable designs with any kinds, scripts, and live commands with their times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from components.catalog import KINDS
from components.commands import Command
from components.commands import parse as parse_command
from components.design import parse
from components.faults import FAULTS
from components.model import Design
from tests.worker.engine.pieces import Document, is_legal, joined, live_settings, pieces

MS = 1_000_000
RUN_MS = 1200  # commands fall into this time


@dataclass(frozen=True)
class Play:
    """A design, a seed, and live commands: (ms, command)."""

    design: Design
    seed: int
    commands: tuple[tuple[int, Command], ...]

    def traits(self) -> list[str]:
        """What it has of what a test wants to see often."""
        links = [link.params for link in self.design.links]
        has = {
            "six nodes or more": len(self.design.nodes) >= 6,
            "retry": any("retry" in params for params in links),
            "breaker": any("circuit_breaker" in params for params in links),
            "fault": bool(self.faults()),
            "live command": bool(self.commands),
        }
        has["all three"] = has["six nodes or more"] and has["retry"] and has["fault"]
        return [name for name, yes in has.items() if yes] + sorted({node.kind for node in self.design.nodes})

    def faults(self) -> set[str]:
        script = {entry["fault"] for entry in self.design.script if entry["command"] == "inject"}
        return script | {str(command.fault) for _, command in self.commands if command.fault}


def pick(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with any of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


def handful(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with at most five of the fields."""
    names = st.lists(st.sampled_from(sorted(fields)), unique=True, max_size=5)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: fields[name] for name in chosen}))


RETRY = some(
    max=pick(0, 1, 2, 5), backoff=pick("exp", "const", "none"), base_ms=pick(0, 1, 20), cap_ms=pick(5, 100),
    jitter=pick("full", "equal", "decorrelated", "none"), budget_ratio=pick(None, 0, 0.1, 1),
    on=st.lists(pick("timeout", "error", "rejected"), unique=True),
)  # fmt: skip
BREAKER = some(
    window_s=pick(0.1, 0.5, 10), min_calls=pick(1, 5, 20), error_rate=pick(0.01, 0.3, 1), open_s=pick(0.01, 0.2, 5),
    half_open_probes=pick(1, 3),
)  # fmt: skip
LINK = handful(
    rtt_ms=pick(0, 0.5, 5, 40), jitter_ms=pick(0, 2), loss_p=pick(0, 0, 0.05, 0.5), timeout_ms=pick(None, 1, 10, 60, 1000),
    retry=RETRY, circuit_breaker=BREAKER, adaptive_throttle=some(k=pick(1, 2), window_s=pick(0.2, 10)), deadline_propagation=st.booleans(), weight=pick(0, 1, 3),
    hedge=some(after_ms=pick(None, 1, 10), after_percentile=pick(50, 95), max=pick(0, 1, 2)),
    batch=st.none() | some(max=pick(1, 2, 5), linger_ms=pick(0, 3)),
    pool=some(max_conns=pick(1, 3, 20), acquire_timeout_ms=pick(0, 5, 1000)),
    protocol=some(kind=pick("rest_json", "grpc"), keepalive=st.booleans(), tls=pick("none", "tls12")),
    fan_out=st.none() | st.fixed_dictionaries(
        {"n": pick(3, 4), "k": pick(1, 3)}, optional={"wait": pick("all", "k", "first"), "partial_ok_ms": pick(None, 3)}
    ),
    mb_s=pick(None, 1, 50), payload=some(kb=pick(None, 20), format=pick("json", "protobuf"), cpu_us=pick(0, 30)),
    fallback=some(kind=pick("stale", "default", "drop_feature"), cost_ms=pick(0, 2)),
    idempotency=st.none() | some(key=st.booleans(), store_ttl_s=pick(0.01, 60)),
    mode=pick("sync", "sync", "fire_and_forget"), mirror=st.none() | some(share=pick(0, 0.5, 1)), mesh=st.none() | some(),
    consistency=pick("leader", "leader", "any_replica", "read_your_writes", "bounded"), staleness_ms=pick(1, 50, 1000),
)  # fmt: skip
WORK: dict[str, st.SearchStrategy[Any]] = {
    "replicas": pick(1, 1, 2, 3),
    "service_time_ms": pick(0, 0.2, 3, 10, 50),
    "service_dist": pick("exp", "const", "lognormal", "bimodal"),
    "service_cv": pick(0.5, 3),
    "queue_cap": pick(0, 1, 10, 1000),
    "discipline": pick("fifo", "lifo", "priority", "codel"),
    "codel": some(target_ms=pick(1, 5), interval_ms=pick(3, 100)),
    "error_p": pick(0, 0, 0.05, 0.5),
}
PARAMS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "client": some(
        rate_rps=pick(0, 5, 60, 300), arrival=pick("poisson", "constant", "closed"), users=pick(1, 7, 40),
        think_s=pick(0.02, 0.2), keys_n=pick(1, 50, 3000), zipf_alpha=pick(0, 0.99, 1.5), read_share=pick(0, 0.5, 0.9, 1), region=pick("default", "a"),
        classes=pick([], [{"name": "a", "priority": 2, "deadline_ms": 20}, {"name": "b", "weight": 3}]),
        tenants_n=pick(1, 10), pattern=pick([], [[0, 0], [1, 2]], [[0.5, 1], [0.7, 0], [1.5, 3]]),
    ),
    "load_balancer": some(
        **{name: law for name, law in WORK.items() if name in KINDS["load_balancer"].params},
        algo=pick("round_robin", "random", "least_conn", "p2c", "ip_hash"),
    ),
    "service": some(
        **WORK, workers=pick(1, 2, 16), startup_s=pick(0, 0.3),
        endpoints=pick([], [{"name": "a", "bulkhead": 1}, {"name": "b", "calls": [], "fallback_ms": 2}]),
        concurrency_limit=st.none() | some(max=pick(1, 5, 100), adaptive=pick("none", "aimd"), target_ms=pick(1, 30)),
        gc_pause=st.none() | some(every_s=pick(0.05, 0.3), ms=pick(0, 5, 80)),
    ),
    "cache": some(
        **WORK, capacity_items=pick(1, 10, 5000), ttl_s=pick(None, 0.05, 300), ttl_jitter=pick(0, 1), swr_s=pick(0, 0.2),
        eviction=pick("lru", "lfu", "fifo", "random", "ttl_only"), coalesce=st.booleans(), lease_s=pick(0.01, 10),
        mode=pick("aside", "read_through", "write_through", "write_back", "write_around"), flush_interval_s=pick(0.01, 1),
        engine=pick("redis", "memcached"), threads=pick(1, 4), slow_command=st.none() | some(every_s=pick(0.05, 1), ms=pick(1, 30)),
    ),
    "cdn": some(
        replicas=pick(1, 2, 3), service_time_ms=pick(0, 1), capacity_items=pick(1, 10, 5000), ttl_s=pick(None, 0.05, 300),
        swr_s=pick(0, 0.2), tiered=st.booleans(), shield_rtt_ms=pick(0, 5), collapse=st.booleans(), lease_s=pick(0.01, 10),
        error_p=pick(0, 0.5), pops=pick([], [{"region": "a", "rtt_ms": 3}]),
    ),
    "sql_primary": some(
        **WORK, max_conns=pick(1, 3, 100), write_time_ms=pick(0, 4),
        wal=st.none() | some(
            fsync_ms=pick(0, 1, 20), group_commit=st.booleans(), commit_delay_us=pick(0, 500), wal_writer_delay_ms=pick(5, 200),
            sync_commit=pick("off", "local", "remote_write", "on", "remote_apply"),
        ),
        checkpoint_s=pick(1, 300), isolation=pick("ru", "rc", "rr", "si", "ssi", "2pl"), hot_rows=pick(None, 2, 10),
        txn_ms=pick(0, 5), txn_dist=pick("const", "exp"), two_row_share=pick(0, 0.5), rollback_p=pick(0, 0.3),
        ordered_locks=st.booleans(), deadlock_detection=st.booleans(), lock_timeout_ms=pick(3, 1000), ship_delay_ms=pick(0, 30),
    ),
    "sql_replica": some(
        **WORK, max_conns=pick(1, 100), apply_rate_rps=pick(20, 1200), rtt_ms=pick(0, 20), sync=st.booleans(),
        delayed_s=pick(0, 0.1), fsync_ms=pick(0, 5), write_time_ms=pick(0, 5), check_s=pick(0.1, 1),
        auto_promote=st.none() | some(detect_s=pick(0.5, 1), promote_s=pick(0, 0.2), fence=st.booleans(), follow_s=pick(0, 0.3)),
    ),
    "disk": some(iops=pick(50, 3000), mb_s=pick(1, 125), fsync_ms=pick(0, 5), queue_cap=pick(1, 1000), error_p=pick(0, 0.1)),
    "job": some(
        job=pick("backup_full", "backup_incr", "wal_archive", "etl", "compaction"), schedule_s=pick(1), size_gb=pick(0.001, 0.01),
        mb_s=pick(1, 100), throttle=pick(0, 0.5),
    ),
}  # fmt: skip
PAGED = some(
    cpu_cores=pick(None, 1, 4), partitions=pick(1, 3),
    rows=pick(None, 50, 5000), buffer_pool_gb=pick(0.0001, 1), btree_fanout=pick(5, 300), page_kb=pick(8, 64),
    indexes=pick([], [{"column": "column"}, {"column": "b", "covering": True}]), checkpoint_s=pick(1, 300),
)  # fmt: skip
assert set(PARAMS) <= set(KINDS)

FAULT_PARAMS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "crash": some(blackhole=st.booleans(), restart_after_s=pick(None, 0, 0.2)),
    "pause": some(),
    "slow": some(factor=pick(0.1, 8, 1000)),
    "latency": some(add_ms=pick(0, 20, 500), jitter_ms=pick(0, 5)),
    "loss": some(p=pick(0, 0.3, 1)),
    "error": some(p=pick(0, 0.5, 1), status=pick("500", "503", "429")),
    "spike": some(factor=pick(0, 0.5, 4)),
    "cache_flush": some(),
    "partition": some(direction=pick("both", "to", "from")),
    "hot_key": some(share=pick(0, 0.5, 1)),
    "bad_deploy": some(error_p=pick(0, 0.4), latency_factor=pick(0.5, 10)),
    "leak": some(per_min=pick(60, 3000)),
}
assert set(FAULT_PARAMS) == set(FAULTS)

VERBS = ("inject", "inject", "inject", "heal", "set", "load")
SETTINGS = {
    "client": (("rate_rps", (0, 10, 400)), ("read_share", (0, 1)), ("think_s", (0.01, 0.1))),
    "load_balancer": (("service_time_ms", (0, 1)), ("error_p", (0, 0.5))),
    "service": (("workers", (1, 30)), ("queue_cap", (0, 50)), ("service_time_ms", (0, 30)), ("error_p", (0, 0.3))),
    "cache": (("capacity_items", (1, 100)), ("ttl_s", (None, 0.1)), ("queue_cap", (0, 5))),
    "cdn": (("ttl_s", (None, 0.1)), ("service_time_ms", (0, 1)), ("error_p", (0, 0.5))),
    "sql_primary": (("max_conns", (1, 50)), ("write_time_ms", (0, 20)), ("wal.fsync_ms", (0, 10))),
    "disk": (("iops", (20, 500)), ("mb_s", (1, 9)), ("fsync_ms", (0, 9))),
    "job": (("mb_s", (1, 50)), ("throttle", (0, 0.9))),
    "sql_replica": (("apply_rate_rps", (5, 500)), ("delayed_s", (0, 0.2)), ("fsync_ms", (0, 9))),
    "link": (
        ("timeout_ms", (None, 1, 20, 500)), ("rtt_ms", (0, 10)), ("loss_p", (0, 0.3)), ("jitter_ms", (0, 3)),
        ("retry.max", (0, 4)), ("retry.base_ms", (0, 9)), ("circuit_breaker.open_s", (0.01, 1)),
    ),
}  # fmt: skip


@st.composite
def documents(draw: st.DrawFn, kind: str = "") -> dict[str, Any]:
    """Clients, a balancer, services (in one or two layers), a cache and databases, with links between the layers.

    Beside them, or called by a service, one or two others of any kind; the first of them of this `kind`.
    """
    clients, fronts, backs, dbs = (draw(st.integers(1, most)) for most in (2, 2, 2, 2))
    kinds = {f"u{i}": "client" for i in range(clients)} | {"lb": "load_balancer"}
    kinds |= {f"f{i}": "service" for i in range(fronts)} | {f"b{i}": "service" for i in range(backs)}
    kinds |= {"cache": "cache"} | {f"d{i}": "sql_primary" for i in range(dbs)}
    pairs = [(f"u{i}", "lb") for i in range(clients)]
    if draw(st.booleans()):
        kinds["cdn"] = "cdn"
        pairs += [("u0", "cdn"), ("cdn", "lb")]
    pairs += [("lb", f"f{i}") for i in range(fronts)]
    pairs += [(f"f{i}", f"b{j}") for i in range(fronts) for j in range(backs) if i == j or draw(st.booleans())]
    pairs += [("lb", f"b{j}") for j in range(backs) if ("lb", f"b{j}") not in pairs]
    pairs += [(f"b{j}", "cache") for j in range(backs)]
    pairs += [(f"b{j}", f"d{dbs - 1}") for j in range(backs) if draw(st.booleans())]
    pairs += [("cache", "d0")] + [("u0", "d1")] * (dbs - 1)
    if draw(st.booleans()):
        pairs.append(("u0", "f0"))
    nodes = [{"id": id, "kind": kind, "name": id, "params": draw(PARAMS[kind])} for id, kind in kinds.items()]
    if draw(st.booleans()):
        paged = draw(PAGED) | {"storage": "k"}
        if paged.get("rows"):
            paged |= draw(
                some(query=some(share=pick(0, 0.5), column=pick("column", "b", "c"), selectivity=pick(0.001, 0.5)))
            )
        next(node for node in nodes if node["id"] == "d0")["params"] |= paged
        nodes += [{"id": "k", "kind": "disk", "name": "k", "params": draw(PARAMS["disk"])}]
        nodes += [{"id": "j", "kind": "job", "name": "j", "params": draw(PARAMS["job"]) | {"of": "d0"}}]
    if draw(st.booleans()):
        of = next(node for node in nodes if node["id"] == "d0")
        of["params"] |= {"wal": of["params"].get("wal") or {}, "replicas": 1}
        nodes += [
            {"id": f"r{i}", "kind": "sql_replica", "name": "r", "params": draw(PARAMS["sql_replica"]) | {"of": "d0"}}
            for i in range(draw(st.integers(1, 2)))
        ]
    links = [{"id": f"l{n}", "source": a, "target": b, "params": draw(LINK)} for n, (a, b) in enumerate(pairs)]
    if draw(pick(True, True, False)):
        links[0]["params"]["retry"] = draw(RETRY)
    if draw(pick(True, False)):
        links[1]["params"]["circuit_breaker"] = draw(BREAKER)
    document: Document = {"format": 1, "name": "made", "nodes": nodes, "links": links, "script": []}
    others = draw(st.lists(pick(*KINDS), min_size=0 if kind else 1, max_size=1 if kind else 2))
    for number, other in enumerate([kind, *others] if kind else others):
        tag = f"p{number}"
        piece = draw(pieces(other, tag, LINK))
        ids = {node["id"] for node in piece["nodes"]}
        way = {"id": f"{tag}-way", "source": "f0", "target": f"{tag}-me", "params": draw(LINK)}
        document = joined(document, piece, way if f"{tag}-me" in ids and draw(st.booleans()) else None)
    assert is_legal(document)
    return document


@st.composite
def orders(draw: st.DrawFn, document: dict[str, Any], verbs: tuple[str, ...] = VERBS) -> dict[str, Any]:
    """A command: mostly a fault, sometimes a heal, a parameter, a load."""
    kinds = {node["id"]: node["kind"] for node in document["nodes"]}
    verb = draw(pick(*verbs))
    if verb == "heal":
        return {"command": "heal", "id": draw(pick("x0", "x1", "x2"))}
    if verb == "load":
        clients = [id for id, kind in kinds.items() if kind == "client"]
        return {"command": "load", "target": draw(pick(*clients)), "factor": draw(pick(0, 0.5, 3))}
    if verb == "set":
        owner = draw(pick(*document["nodes"], *document["links"]))
        kind = owner.get("kind", "link")
        known = [(param, value) for param, values in SETTINGS.get(kind, ()) for value in values]
        param, value = draw(pick(*known or live_settings(kind) or [("name", "none")]))
        return {"command": "set", "target": owner["id"], "param": param, "value": value}
    fault = draw(pick(*FAULTS))
    targets = [id for id, kind in kinds.items() if FAULTS[fault].fits(KINDS[kind].faults)]
    if "link" in FAULTS[fault].on:
        targets = [*kinds, *(link["id"] for link in document["links"])]
    order = {"command": "inject", "id": draw(pick("x0", "x1", "x2")), "fault": fault, "target": draw(pick(*targets))}
    if FAULTS[fault].replicas:
        order |= draw(some(selector=pick("all", "one", {"n": 1}, {"percent": 50})))
    return order | draw(some(for_s=pick(0.05, 0.4, 9))) | draw(FAULT_PARAMS[fault])


@st.composite
def plays(draw: st.DrawFn, most_commands: int = 6, run_ms: int = RUN_MS, kind: str = "") -> Play:
    """A play whose every command is legal at its time; mostly the first is a fault."""
    document = draw(documents(kind))
    times = st.integers(0, run_ms)
    script = draw(st.lists(st.tuples(times, orders(document, ("inject",))), min_size=1, max_size=2))
    script += draw(st.lists(st.tuples(times, orders(document)), max_size=2))
    document["script"] = [
        {"at_s": at / 1000, **order} | ({"id": f"s{n}"} if "id" in order else {})
        for n, (at, order) in enumerate(script)
        if may_be_scripted(document, order)
    ]
    design, problems = parse(document)
    assert design is not None, [problem.line() for problem in problems]
    live = draw(st.lists(st.tuples(times, orders(document)), max_size=most_commands))
    commands = [(at, command) for at, order in live if (command := checked(document, order)) is not None]
    return Play(design, draw(st.integers(1, 1000)), tuple(sorted(commands, key=lambda pair: pair[0])))


def may_be_scripted(document: dict[str, Any], order: dict[str, Any]) -> bool:
    """A script heals only what it injected before; here only live commands heal."""
    return order["command"] != "heal" and checked(document, order) is not None


def checked(document: dict[str, Any], order: dict[str, Any]) -> Command | None:
    """The command, or None where the design has no such option."""
    design, problems = parse(document | {"script": []})
    assert design is not None, [problem.line() for problem in problems]
    return parse_command(order, design, scheduled=False)[0]
