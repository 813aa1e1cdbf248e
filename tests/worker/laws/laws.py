"""The laws, each at the parameters of the reference table and at two more settings."""

from __future__ import annotations

from collections.abc import Callable

from tests.worker.laws import theory
from tests.worker.laws.calls import CALLS
from tests.worker.laws.case import Law, Summary
from tests.worker.laws.designs import cached, client, delivered, design, farm, layers, link, node, station

MS = 1000.0


def latency(name: str) -> Callable[[Summary], float]:
    return lambda summary: float(summary["client"]["latency_ms"][name])


def lost_share(summary: Summary) -> float:
    return float(sum(summary["client"]["failed"].values()) / summary["client"]["offered"])


def hit_ratio(summary: Summary) -> float:
    counters = summary["nodes"]["cache"]["counters"]
    return float(counters["hits"] / (counters["hits"] + counters["misses"]))


def per_hit(counter: str) -> Callable[[Summary], float]:
    def measure(summary: Summary) -> float:
        counters = summary["nodes"]["cache"]["counters"]
        return float(counters[counter] / counters["hits"])

    return measure


def load_on_db(summary: Summary) -> float:
    return float(summary["nodes"]["db"]["arrivals"] / summary["client"]["offered"])


def single_server() -> list[Law]:
    laws = []
    for rate, service_ms in ((80, 10), (30, 20), (900, 1)):
        mean = 1 / (MS / service_ms - rate) * MS
        setting, long = f"λ={rate}/s, s={service_ms} ms", 80_000 / rate
        run = {"duration": 12 * long, "warmup": long / 4, "seeds": 10}
        laws += [
            Law("V1", "M/M/1 mean", setting, station(rate, service_ms), mean, latency("mean"), "ms", **run),
            Law(
                "V1", "M/M/1 p50", setting, station(rate, service_ms),
                theory.mm1_quantile(rate, service_ms / MS, 0.5) * MS, latency("p50"), "ms", slack=0.008, **run,
            ),
            Law(
                "V1", "M/M/1 p99", setting, station(rate, service_ms),
                theory.mm1_quantile(rate, service_ms / MS, 0.99) * MS, latency("p99"), "ms", slack=0.008, **run,
            ),
        ]  # fmt: skip
    return laws


def many_servers() -> list[Law]:
    laws = []
    for servers, use in ((1, 0.8), (2, 0.8), (4, 0.8), (8, 0.8), (16, 0.8), (3, 0.6), (12, 0.9)):
        rate = servers * use * 100
        expected = theory.mmc_sojourn(servers, rate, 0.01) * MS
        laws.append(
            Law("V2", "M/M/c mean", f"c={servers}, ρ={use}", station(rate, 10, servers), expected, latency("mean"), "ms",
                duration=200_000 / rate, warmup=10_000 / rate)
        )  # fmt: skip
    for servers, load in ((10, 8.0), (5, 5.0), (20, 12.0)):
        laws.append(
            Law("V2", "loss, no queue (Erlang B)", f"c={servers}, a={load}", station(load * 100, 10, servers, 0),
                theory.erlang_b(servers, load), lost_share, duration=400_000 / load / 100)
        )  # fmt: skip
    for room, use in ((10, 0.9), (10, 1.2), (5, 0.7)):
        laws.append(
            Law("V2", "loss, M/M/1/K", f"K={room}, ρ={use}", station(use * 100, 10, 1, room - 1),
                theory.mm1k_loss(room, use), lost_share, duration=2000)
        )  # fmt: skip
    return laws


def general_service() -> list[Law]:
    laws = []
    for rate, service_ms, cv in ((80, 10, 0.0), (80, 10, 1.0), (80, 10, 2.0), (300, 2, 0.5), (50, 10, 1.5)):
        law = {"service_dist": "lognormal", "service_cv": cv} if cv else {"service_dist": "const"}
        expected = theory.pollaczek_khinchine(rate, service_ms / MS, cv) * MS
        laws.append(
            Law("V8", "M/G/1 mean", f"λ={rate}/s, s={service_ms} ms, cv={cv:g}", station(rate, service_ms, **law),
                expected, latency("mean"), "ms", duration=600_000 / rate, warmup=20_000 / rate, seeds=8)
        )  # fmt: skip
    return laws


def sojourn_of(name: str) -> Callable[[Summary], float]:
    return lambda summary: float(summary["clients"]["users"]["classes"][name]["latency_ms"]["mean"])


def priorities() -> list[Law]:
    laws = []
    for rates, service_ms in (((40, 40), 10.0), ((100, 300), 2.0), ((20, 20, 20, 10), 10.0)):
        total = sum(rates)
        setup = station(total, service_ms, discipline="priority")
        classes = [{"name": f"c{n}", "weight": rate, "priority": n} for n, rate in enumerate(rates)]
        setup["nodes"][0]["params"]["classes"] = classes
        for level in (0, len(rates) - 1):
            expected = service_ms + theory.priority_wait(rates, service_ms / MS, level) * MS
            laws.append(
                Law("Cobham", f"priority class {level}", f"λ={'+'.join(map(str, rates))}/s, s={service_ms:g} ms", setup,
                    expected, sojourn_of(f"c{level}"), "ms", duration=250_000 / total, warmup=15_000 / total, seeds=8)
            )  # fmt: skip
    return laws


def farms() -> list[Law]:
    laws = []
    for servers, use in ((10, 0.9), (10, 0.7), (20, 0.8)):
        rate, setting = servers * use * 100, f"n={servers}, ρ={use}"
        run = {"duration": 400_000 / rate, "warmup": 40_000 / rate}
        laws += [
            Law("V5", "random split", setting, farm(rate, 10, servers, "random"), 10 / (1 - use), latency("mean"), "ms", **run),
            Law(
                "V5", "round robin", setting, farm(rate, 10, servers, "round_robin"),
                10 * theory.round_robin_sojourn(servers, use), latency("mean"), "ms", **run,
            ),
        ]  # fmt: skip
    for use in (0.9, 0.7, 0.95):
        rate = use * 100 * 100
        laws.append(
            Law("V6", "power of two choices (n→∞)", f"n=100, ρ={use}", farm(rate, 10, 100, "p2c"),
                10 * theory.power_of_two_sojourn(use), latency("mean"), "ms", duration=60, warmup=20, slack=0.04)
        )  # fmt: skip
    for servers, use, most in ((2, 0.8, 50), (3, 0.8, 25), (4, 0.7, 12)):
        rate, setting = servers * use * 100, f"n={servers}, ρ={use}"
        for row, algo, choices in (("V6", "p2c", 2), ("V7", "least_conn", servers)):
            expected = theory.shortest_queue_sojourn(servers, choices, use, most) * 10
            laws.append(
                Law(row, f"{algo}, exact for n servers", setting, farm(rate, 10, servers, algo), expected, latency("mean"), "ms",
                    duration=200_000 / rate, warmup=20_000 / rate)
            )  # fmt: skip
    laws.append(
        Law("V6", "power of two choices (simulated reference 3.03)", "n=10, ρ=0.9", farm(900, 10, 10, "p2c"), 30.3,
            latency("mean"), "ms", duration=300, warmup=30, slack=0.02)
    )  # fmt: skip
    laws.append(
        Law("V7", "fewest connections (simulated reference 1.90)", "n=10, ρ=0.9", farm(900, 10, 10, "least_conn"), 19.0,
            latency("mean"), "ms", duration=400, warmup=40, slack=0.03)
    )  # fmt: skip
    return laws


def caches() -> list[Law]:
    laws = []
    for keys, alpha, capacity in (
        (100_000, 0.8, 1000), (100_000, 0.8, 10_000), (100_000, 1.0, 1000), (100_000, 1.0, 10_000), (10_000, 0.99, 1000),
        (50_000, 0.6, 5000), (20_000, 1.2, 500),
    ):  # fmt: skip
        laws.append(
            Law("V9", "LRU hit ratio (Che)", f"N={keys}, α={alpha}, C={capacity}",
                cached(20_000, keys, alpha, capacity, None), theory.lru_hit_ratio(keys, alpha, capacity), hit_ratio,
                duration=15, warmup=10, slack=0.006, seeds=8)
        )  # fmt: skip
    for keys, alpha, capacity in ((20_000, 0.8, 1000), (10_000, 1.0, 500), (5_000, 0.6, 1000)):
        for eviction in ("fifo", "random"):
            laws.append(
                Law("V9", f"{eviction} hit ratio", f"N={keys}, α={alpha}, C={capacity}",
                    cached(20_000, keys, alpha, capacity, None, eviction=eviction),
                    theory.fifo_hit_ratio(keys, alpha, capacity), hit_ratio, duration=5, warmup=3, slack=0.004, seeds=6)
            )  # fmt: skip
    for writes, reads, ttl in ((0.2, 3, 5), (1, 5, 2), (0.1, 3, 10)):
        setting, keys = f"λw={writes}/s, TTL={ttl} s", 400
        setup = cached(keys * (reads + writes), keys, 0, keys, ttl, reads / (reads + writes), mode="write_around")
        run = {"duration": 300, "warmup": 2 * ttl, "seeds": 8}
        laws += [
            Law("A2", "stale share of hits", setting, setup, theory.stale_share(writes, ttl), per_hit("stale_reads"), **run),
            Law("A2", "age of stale hits, for each hit", setting, setup, theory.stale_age(writes, ttl) * MS,
                per_hit("stale_ms"), "ms", slack=0.003, **run),
        ]  # fmt: skip
    for keys, alpha, rate, ttl in ((100_000, 1.0, 1000, 60), (10_000, 0.8, 500, 20), (50_000, 1.2, 2000, 5)):
        laws.append(
            Law("V30", "TTL hit ratio", f"N={keys}, α={alpha}, λ={rate}/s, TTL={ttl} s",
                cached(rate, keys, alpha, keys, ttl), theory.ttl_hit_ratio(keys, alpha, rate, ttl), hit_ratio,
                duration=5 * ttl, warmup=5 * ttl, slack=0.001, seeds=5)
        )  # fmt: skip
    return laws


def delivery() -> list[Law]:
    laws = []
    for keys, alpha, capacity, far, origin in (
        (100_000, 0.8, 10_000, 150, 20),
        (10_000, 1.0, 500, 80, 5),
        (5_000, 0.6, 1000, 200, 50),
    ):
        setting = f"N={keys}, α={alpha}, C={capacity}, {far} ms away, origin {origin} ms"
        setup, h = delivered(500, keys, alpha, capacity, far, origin), theory.lru_hit_ratio(keys, alpha, capacity)
        run = {"duration": 200, "warmup": 8 * capacity / 500 + 5, "slack": 0.01, "seeds": 5}
        laws += [
            Law("A1", "CDN hit ratio", setting, setup, h, hit_ratio, **run),
            Law("A1", "CDN latency", setting, setup, 10 + (1 - h) * (far + origin), latency("mean"), "ms", **run),
            Law("A1", "load that is left for the origin", setting, setup, 1 - h, load_on_db, **run),
        ]  # fmt: skip
    return laws


def retries() -> list[Law]:
    laws = []
    for error_p, more in ((0.5, 3), (0.2, 5), (0.8, 2)):
        db = node("db", "sql_primary", service_time_ms=1, error_p=error_p, max_conns=1000)
        setup = design([client(500), db], [link("l1", "users", "db", retry={"max": more, "backoff": "none"})])
        laws.append(
            Law("V25", "tries per call", f"p={error_p}, r={more}", setup, theory.tries_per_call(error_p, more), load_on_db,
                duration=100, warmup=1)
        )  # fmt: skip
    for count, tries in ((1, 4), (3, 4), (2, 3), (4, 2)):
        laws.append(
            Law("V25", "amplification in layers", f"{count} × {tries} tries", layers(100, count, tries), tries**count,
                load_on_db, duration=20, warmup=1, slack=1e-9)
        )  # fmt: skip
    return laws


LAWS: list[Law] = [
    law
    for group in (single_server, many_servers, general_service, priorities, farms, caches, delivery, retries)
    for law in group()
]
LAWS += CALLS
