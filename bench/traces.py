"""What tracing costs: workload B untraced, with every 100th and with every request traced. Run: python -m bench.traces

The three runs of a repeat take turns; ratios are medians of the ratios within a repeat.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

from bench import workload_b
from components.catalog import KINDS
from worker.engine.kernel import warm
from worker.engine.simulation import Simulation

EVERY = (0, 100, 1)


def speed(every: int, seed: int, virtual_s: int) -> float:
    """Requests per CPU-second. Trees are built when somebody asks for them."""
    simulation = Simulation(workload_b.design(), seed)
    simulation.trace(every)
    simulation.advance(10**9)
    simulation.start_counting()
    began = time.process_time()
    for second in range(2, virtual_s + 2):
        simulation.advance(second * 10**9)
    took = time.process_time() - began
    return float(simulation.summary()["client"]["ok"] / took)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--seconds", type=int, default=10)
    given = options.parse_args()
    KINDS["load_balancer"], KINDS["cache"] = workload_b.Balancer, workload_b.CoinCache
    warm()
    rows = [{every: speed(every, seed, given.seconds) for every in EVERY} for seed in range(1, given.repeats + 1)]
    for every in EVERY:
        ratio = median(row[every] / row[0] for row in rows)
        name = f"every {every}" if every else "none"
        print(f"traced {name}: {median(row[every] for row in rows):,.0f} requests/CPU-s, {ratio:.3f} of untraced")


if __name__ == "__main__":
    main()
