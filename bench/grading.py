"""How long grading takes: one scenario of a five-minute lab at 2,000 rps on three seeds. Run: python -m bench.grading

The lab is "Cache and load balancer" with the load, the copies and the database made 2.5 times as large. Cells are graded
as the batch queue does, one after another in one process; a second worker process halves the wall time.
"""

from __future__ import annotations

import time
from dataclasses import replace
from statistics import median

from components.lab import Scenario, seeds_of
from tests.worker.labs.measured import LABS, lab_in
from worker.engine.kernel import warm
from worker.grading import grade_cell

REPEATS = 3
WANTED_S = 6.0
LARGER = {"users": {"rate_rps": 2000}, "web": {"replicas": 10}, "db": {"max_conns": 10}}


def main() -> None:
    warm()
    lab = lab_in(LABS / "content" / "cache-and-load-balancer")
    document = dict(lab.solution)
    document["nodes"] = [
        node | {"params": node["params"] | LARGER.get(node["id"], {})} for node in lab.solution["nodes"]
    ]
    design = lab.design_of(document)
    scenario: Scenario = replace(lab.scenarios[0], warmup_s=30, duration_s=270)
    rows = []
    for repeat in range(REPEATS):
        wall, cpu = time.perf_counter(), time.process_time()
        cells = [grade_cell(lab, design, scenario, seed) for seed in seeds_of(repeat)]
        rows.append((time.perf_counter() - wall, time.process_time() - cpu))
        offered = sum(cell["summary"]["client"]["offered"] for cell in cells if cell)
    walls, cpus = [row[0] for row in rows], [row[1] for row in rows]
    print("| one scenario of 300 virtual s at 2,000 rps, three seeds | median | range | wanted |")
    print("|---|--:|--:|--:|")
    print(f"| CPU, s | {median(cpus):.2f} | {min(cpus):.2f}–{max(cpus):.2f} | < {WANTED_S:g} |")
    print(f"| wall, one process, s | {median(walls):.2f} | {min(walls):.2f}–{max(walls):.2f} | < {WANTED_S:g} |")
    print(f"\n{offered:,} requests counted, {offered / median(cpus):,.0f} for each CPU-second, rows of 1 s included.")


if __name__ == "__main__":
    main()
