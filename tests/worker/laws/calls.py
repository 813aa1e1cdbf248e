"""Laws of the options of links: hedges, fan-outs, pools of connections, wires, meshes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tests.worker.laws import theory
from tests.worker.laws.case import Law, Summary
from tests.worker.laws.designs import BIG_QUEUE, client, design, link, node
from worker.engine.kernel.histogram import bucket_of, low_edge

MS = 1000.0


def asked(rate: float, service_ms: float, users: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """Clients ask forty replicas that are never busy, over a link with these options."""
    service = {"service_time_ms": service_ms, "replicas": 40, "workers": 10_000, "queue_cap": BIG_QUEUE}
    given = {name: options.pop(name) for name in ("service_dist", "error_p") if name in options}
    return design(
        [client(rate, **users or {}), node("web", "service", **service | given)],
        [link("l1", "users", "web", **options)],
    )


def latency(name: str) -> Callable[[Summary], float]:
    return lambda summary: float(summary["client"]["latency_ms"][name])


def tries_per_call(summary: Summary) -> float:
    return float(summary["nodes"]["web"]["arrivals"] / summary["links"]["l1"]["calls"])


def failed_share(summary: Summary) -> float:
    return float(sum(summary["client"]["failed"].values()) / summary["client"]["offered"])


def slow_share(summary: Summary) -> float:
    return float(1 - summary["slos"][0]["ratio"])


def hedges() -> list[Law]:
    laws = []
    for mean, percentile, most in ((10, 95, 1), (5, 90, 1), (20, 70, 2)):
        after = -mean * math.log(1 - percentile / 100)
        run = {"duration": 40, "warmup": 5, "seeds": 8}
        by_time = asked(2000, mean, hedge={"after_ms": after, "max": most})
        learned = asked(2000, mean, hedge={"after_percentile": percentile, "max": most})
        for setup, how in ((by_time, f"after {after:.4g} ms"), (learned, f"after p{percentile}")):
            setting = f"Exp({mean} ms), {how}, {most} at most"
            for name, q in (("p99", 0.99), ("p999", 0.999)):
                expected = theory.hedged_quantile(mean, after, most, q)
                laws.append(
                    Law("V4", f"hedged {name}", setting, setup, expected, latency(name), "ms", slack=0.012, **run)
                )
            load = theory.hedged_load(mean, after, most)
            laws.append(Law("V4", "hedged load", setting, setup, load, tries_per_call, slack=0.0015, **run))
    return laws


def edge_ns(near_ms: float) -> float:
    """The lower edge of a bucket of the histogram: there a share below a threshold is exact."""
    return float(low_edge(int(bucket_of(round(near_ms * 1e6)))))


def fan_outs() -> list[Law]:
    laws = []
    for n, p, rate, seconds, seeds in ((100, 0.01, 100, 10, 10), (500, 4e-4, 40, 20, 24), (10, 0.05, 1000, 10, 10)):
        run = {"duration": seconds, "warmup": 1, "seeds": seeds}
        theirs, setting = 1 - (1 - p) ** n, f"n={n}, p={p:g}"
        broken = asked(rate, 1, error_p=p, fan_out={"n": n})
        if n < 500:
            laws.append(Law("V3", "a leaf fails", setting, broken, theirs, failed_share, **run))
        threshold = edge_ns(100)
        slow = asked(rate, threshold / 1e6 / -math.log(p), fan_out={"n": n})
        slow["slos"] = [{"name": "s", "sli": "latency", "threshold_ms": (threshold - 1) / 1e6, "target": 0.9}]
        laws.append(Law("V3", "a leaf is slow", setting, slow, theirs, slow_share, **run))
    for n in (100, 10, 30):
        setup = asked(20_000 / n, 10, fan_out={"n": n})
        laws.append(
            Law("V3", "mean of all", f"n={n}, Exp(10 ms)", setup, 10 * theory.kth_of_n(n, n), latency("mean"), "ms",
                duration=10, warmup=1, seeds=8)
        )  # fmt: skip
    for k, n in ((2, 3), (3, 5), (1, 3), (3, 3), (5, 9)):
        wait = {"wait": "first"} if k == 1 else {"wait": "all"} if k == n else {"wait": "k", "k": k}
        setup, run = asked(2000, 10, fan_out={"n": n} | wait), {"duration": 10, "warmup": 1, "seeds": 8}
        expected = 10 * theory.kth_of_n_quantile(k, n, 0.99)
        laws += [
            Law("V14", "quorum mean", f"{k} of {n}", setup, 10 * theory.kth_of_n(k, n), latency("mean"), "ms", **run),
            Law("V14", "quorum p99", f"{k} of {n}", setup, expected, latency("p99"), "ms", slack=0.012, **run),
        ]
    return laws


def pools() -> list[Law]:
    """A pool of c connections to a target that is never busy is M/M/c."""
    laws = []
    for conns, use in ((1, 0.7), (6, 0.8), (20, 0.9)):
        rate = conns * use * 100
        setup = asked(rate, 10, pool={"max_conns": conns, "acquire_timeout_ms": 3_600_000})
        laws.append(
            Law("C12", "pool mean (M/M/c)", f"c={conns}, ρ={use}", setup, theory.mmc_sojourn(conns, rate, 0.01) * MS,
                latency("mean"), "ms", duration=120_000 / rate, warmup=6_000 / rate)
        )  # fmt: skip
    return laws


def wires() -> list[Law]:
    """A wire is M/G/1 with the time of a transfer as service: constant, or as varied as the objects."""
    laws = []
    for mb_s, kb, cv, use in ((125, 1000, 0.0, 0.6), (10, 20, 0.0, 0.8), (10, 50, 1.0, 0.5)):
        rate = use * mb_s * 1000 / kb
        users = {"object_kb": kb, "object_cv": cv, "read_share": 1}
        setup = asked(rate, 0, users, mb_s=mb_s)
        expected = theory.pollaczek_khinchine(rate, kb / mb_s / 1000, cv) * MS
        laws.append(
            Law("C5", "wire mean (M/G/1)", f"{kb} kB at {mb_s} MB/s, cv={cv:g}, ρ={use}", setup, expected, latency("mean"),
                "ms", duration=100_000 / rate, warmup=4_000 / rate)
        )  # fmt: skip
    return laws


CALLS: list[Law] = [law for group in (hedges, fan_outs, pools, wires) for law in group()]
