"""Workload B on this engine, on SimPy and in hard-coded C, in turn. Run: python -m bench.workload_b [--repeats 7]

Client, balancer, four services that hold a slot over all their calls, a cache with 90 % hits, a database. All times
exponential, 14,000 requests a second; services 73 % busy, database 44 %. Every engine runs the same model, so the hit is
a coin here. Requests per CPU-second, with mean, p99 and utilisation beside them, since a fast wrong engine is no engine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from bench.peers.hard_coded import HardCoded
from bench.peers.result import Result
from bench.peers.simpy_b import run_simpy
from components.catalog import KINDS
from components.design import parse
from components.model import Design
from components.program import (
    STATUS,
    Assembler,
    Op,
    Way,
    call,
    call_lane,
    declare_lanes,
    probability,
    service_law,
)
from worker.engine.kernel import warm
from worker.engine.simulation import Simulation

RATE, APPS, APP_SLOTS, DB_SLOTS, HITS = 14_000, 4, 16, 32, 0.9
WARMUP_S = 1
VIRTUAL_S = {"this engine": 60, "hard-coded C": 60, "SimPy": 8}

NOT_MEASURED = dict.fromkeys(("happysim", "cimba"), "no model of this workload is written for it here")
"""Peers that the table names without a figure, and why."""


class Balancer(KINDS["load_balancer"]):  # type: ignore[name-defined,misc]
    """Round robin and nothing else: no slots, no time of its own."""

    metrics, facts = (), ()

    def program(self, asm: Assembler) -> None:
        turn = asm.word("turn")
        lanes = declare_lanes(asm, "lanes", list(asm.links))
        with asm.entry(), asm.local() as lane:
            asm.bump(turn)
            asm.emit(Op.MOD, lane, turn, APPS)
            call_lane(asm, lanes, lane)
            asm.reply(STATUS)


class CoinCache(KINDS["cache"]):  # type: ignore[name-defined,misc]
    """A cache whose hits are a coin: any number at once, no slot over the miss."""

    keyed, metrics, facts = False, (), ()

    def program(self, asm: Assembler) -> None:
        work, way, hit = asm.law(service_law()), Way(asm, asm.links[0]), asm.label()
        with asm.entry():
            asm.serve(work)
            asm.emit(Op.BRP, hit, probability(HITS), asm.stream("hit"))
            call(asm, way)
            asm.place(hit)
            asm.reply(STATUS)


def design() -> Design:
    """The design, in catalogue kinds as far as they say it."""

    def node(id: str, kind: str, **params: Any) -> dict[str, Any]:
        return {"id": id, "kind": kind, "name": id, "params": params}

    def link(id: str, source: str, target: str, mean_ms: float) -> dict[str, Any]:
        params = {"rtt_ms": 0, "jitter_ms": mean_ms, "timeout_ms": None}
        return {"id": id, "source": source, "target": target, "params": params}

    room = {"queue_cap": 1_000_000}
    document = {
        "format": 1,
        "name": "Workload B",
        "nodes": [
            node("users", "client", rate_rps=RATE, read_share=1),
            node("lb", "load_balancer"),
            node("app", "service", replicas=APPS, workers=APP_SLOTS, service_time_ms=2, **room),
            node("cache", "cache", service_time_ms=0.1, service_dist="exp"),
            node("db", "sql_primary", max_conns=DB_SLOTS, service_time_ms=10, wal=None, **room),
        ],
        "links": [
            link("l1", "users", "lb", 0.5), link("l2", "lb", "app", 0.2),
            link("l3", "app", "cache", 0.1), link("l4", "cache", "db", 0.2),
        ],
    }  # fmt: skip
    parsed, problems = parse(document)
    assert parsed is not None, [problem.line() for problem in problems]
    return parsed


def run_here(seed: int, virtual_s: float) -> Result:
    """One run of this engine; compiling and warming up are not counted."""
    sim = Simulation(design(), seed)
    sim.advance(WARMUP_S * 10**9)
    sim.start_counting()
    before, began = sim.machine.events, time.process_time()
    sim.advance(sim.now_ns + round(virtual_s * 1e9))
    took = time.process_time() - began
    found = sim.summary()
    client, busy = found["client"], found["nodes"]
    return Result(
        client["ok"], took, client["latency_ms"]["mean"], client["latency_ms"]["p99"],
        busy["app"]["utilisation"], busy["db"]["utilisation"], sim.machine.events - before,
    )  # fmt: skip


@dataclass
class Row:
    name: str
    results: list[Result]

    def speeds(self) -> list[float]:
        return [result.requests / result.cpu_s for result in self.results]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeats", type=int, default=7)
    repeats = options.parse_args().repeats
    KINDS["load_balancer"], KINDS["cache"] = Balancer, CoinCache
    warm()
    hard_coded = HardCoded.build()
    engines: dict[str, Callable[[int, float], Result]] = {"this engine": run_here, "SimPy": run_simpy}
    if hard_coded is not None:
        engines["hard-coded C"] = hard_coded.run
    else:
        NOT_MEASURED["hard-coded C"] = "there is no C compiler here"
    rows = [Row(name, []) for name in engines]
    for seed in range(1, repeats + 1):
        for row in rows:
            row.results.append(engines[row.name](seed, VIRTUAL_S[row.name]))
    print(f"Median of {repeats} repeats, every engine in turn; ratios are medians of the ratios within a repeat.\n")
    print("| engine | requests/CPU-s | range | this engine is | events/CPU-s | mean | p99 | app busy | database busy |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for row in rows:
        print(line(row, rows[0]))
    for name, reason in NOT_MEASURED.items():
        print(f"| {name} | not measured: {reason} | | | | | | | |")


def line(row: Row, ours: Row) -> str:
    """A row of the table."""
    speeds = row.speeds()
    ratio = median(mine / theirs for mine, theirs in zip(ours.speeds(), speeds, strict=True))
    events = median(result.events / result.cpu_s for result in row.results)
    mean, p99, app, db = (
        fmean(getattr(result, name) for result in row.results) for name in ("mean_ms", "p99_ms", "app_busy", "db_busy")
    )
    return (
        f"| {row.name} | {median(speeds):,.0f} | {min(speeds):,.0f} – {max(speeds):,.0f} | {ratio:.2f}x | "
        f"{f'{events:,.0f}' if events else ''} | {mean:.3f} ms | {p99:.2f} ms | {app:.1%} | {db:.1%} |"
    )


if __name__ == "__main__":
    main()
