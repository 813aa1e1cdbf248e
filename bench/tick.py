"""CPU time of one live tick: 0.1 s of virtual time and its frame, at rising rates. Run: python -m bench.tick [--ticks 20]

Catalogue kinds alone: clients, balancer, services, an LRU cache over 100,000 Zipf keys, a database. Slots and copies grow
with the rate, so every node is as busy at a million requests a second as at fourteen thousand.
"""

from __future__ import annotations

import argparse
import math
import time
from statistics import median
from typing import Any

from components.design import parse
from components.model import Design
from worker.engine.kernel import warm
from worker.engine.simulation import Simulation

RATES = (14_000, 100_000, 300_000, 1_000_000)
TICK_NS = 100_000_000
WARM_TICKS = 10
REACH_MS = {300_000: 40}


def design(rate: int) -> Design:
    """A three-tier design for so many requests a second."""

    def node(id: str, kind: str, **params: Any) -> dict[str, Any]:
        return {"id": id, "kind": kind, "name": id, "params": params}

    share = rate / 14_000
    nodes = [
        node("users", "client", rate_rps=rate, read_share=1),
        node("lb", "load_balancer"),
        node("app", "service", replicas=4, workers=math.ceil(32 * share), service_time_ms=2, queue_cap=100_000),
        node("cache", "cache", replicas=math.ceil(rate / 60_000), capacity_items=40_000),
        node("db", "sql_primary", max_conns=math.ceil(100 * share), service_time_ms=10, wal=None, queue_cap=100_000),
    ]
    pairs = (("users", "lb"), ("lb", "app"), ("app", "cache"), ("cache", "db"))
    links = [{"id": f"l{n}", "source": a, "target": b, "params": {}} for n, (a, b) in enumerate(pairs)]
    parsed, problems = parse({"format": 1, "name": "Tick", "nodes": nodes, "links": links})
    assert parsed is not None, [problem.line() for problem in problems]
    return parsed


def measure(rate: int, ticks: int) -> str:
    """A row of the table."""
    simulation = Simulation(design(rate), 1)
    for _ in range(WARM_TICKS):
        simulation.advance(simulation.now_ns + TICK_NS)
        simulation.frame()
    simulation.start_counting()
    before, spent = simulation.machine.events, []
    for _ in range(ticks):
        began = time.process_time()
        simulation.advance(simulation.now_ns + TICK_NS)
        simulation.frame()
        spent.append((time.process_time() - began) * 1000)
    summary, events = simulation.summary(), simulation.machine.events - before
    busy = [summary["nodes"][id]["utilisation"] for id in ("app", "cache", "db")]
    reach = f"< {REACH_MS[rate]} ms" if rate in REACH_MS else ""
    return (
        f"| {rate:,} | {median(spent):.1f} ms | {min(spent):.1f} – {max(spent):.1f} ms | {reach} | "
        f"{TICK_NS / 1e6 / median(spent):.1f}x | {events / ticks:,.0f} | {simulation.machine.live:,} | "
        f"{' / '.join(f'{share:.0%}' for share in busy)} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.tick")
    parser.add_argument("--ticks", type=int, default=20)
    options = parser.parse_args()
    warm()
    print("CPU time of 0.1 s of virtual time with its frame, on one core.\n")
    print("| requests/s | median | range | to reach | speed at most | events | activations | busy app / cache / db |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    for rate in RATES:
        print(measure(rate, options.ticks), flush=True)


if __name__ == "__main__":
    main()
