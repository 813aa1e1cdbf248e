"""Memory of the web process, of a live worker, and of each unwatched run: python -m bench.memory [--runs 50]

PSS in MB from /proc, with the playground as `manage.py playground` starts it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.processes import pss_mb
from tests.running import Person, Running

PER_PERSON = 5  # runs that one person may have
SETTLE_S = 15  # unwatched runs show a frame a second; buffers have grown by then
REACH = {"web": 130, "live": 160, "run": 0.5}


def document(cache: bool = False) -> dict[str, Any]:
    """Ten nodes: a client, a load balancer, six services, one more or a cache, a database."""
    kinds = ["client", "load_balancer", *["service"] * 6, "cache" if cache else "service", "sql_primary"]
    nodes = [
        {"id": f"n{place}", "kind": kind, "name": f"n{place}", "x": 288 * place, "y": 0, "zone": None, "params": {}}
        for place, kind in enumerate(kinds)
    ]
    pairs = [(0, 1), *((1, service) for service in range(2, 8)), *((service, 8) for service in range(2, 8)), (8, 9)]
    links = [{"id": f"l{n}", "source": f"n{a}", "target": f"n{b}", "params": {}} for n, (a, b) in enumerate(pairs)]
    return {
        "format": 1, "name": "Ten nodes", "description": "", "scale": 1,
        "nodes": nodes, "links": links, "script": [], "slos": [],
    }  # fmt: skip


def running(site: Running, person: Person, run: str) -> None:
    site.wait_for(lambda: person.get(f"/api/runs/{run}")["status"] == "running", 120)


def use(person: Person) -> None:
    """Real requests, so that the web process has loaded what it ever loads."""
    for _ in range(20):
        saved = person.post("/api/designs", {"design": document()})
        person.post("/api/validate", document())
        person.get(f"/api/designs/{saved['id']}")
        person.post(f"/api/designs/{saved['id']}/layout")


def each(site: Running, count: int, cache: bool) -> float:
    """MB that the live worker grows by for each of so many more runs."""
    before = pss_mb(site.pids["live-1"])
    people = [site.person() for _ in range(-(-count // PER_PERSON))]
    runs = [(people[n // PER_PERSON], people[n // PER_PERSON].start(document(cache), seed=n)) for n in range(count)]
    for person, run in runs:
        running(site, person, run)
    time.sleep(SETTLE_S)
    return (pss_mb(site.pids["live-1"]) - before) / count


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=50)
    count = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder, Running(Path(folder), "--live", "1") as site:
        base = pss_mb(site.pids["live-1"])
        first = site.person()
        use(first)
        for cache in (False, True):  # what is shared by all runs is there from the first one on
            running(site, first, first.start(document(cache)))
        time.sleep(SETTLE_S)
        warm = pss_mb(site.pids["live-1"])
        plain = each(site, count, cache=False)
        keyed = each(site, PER_PERSON * 2, cache=True)
        web = pss_mb(site.pids["web"])
    print("| PSS | MB | reach, MB | measured / reach |\n|---|---|---|---|")
    for name, value, reach in (
        ("web process after real requests", web, REACH["web"]),
        ("live worker, no run yet", base, REACH["live"]),
        (f"each of {count} unwatched ten-node runs", plain, REACH["run"]),
    ):
        print(f"| {name} | {value:.2f} | {reach} | {value / reach:.2f} |")
    print(f"| the same with a cache: tables for 100,000 keys | {keyed:.2f} | | |")
    print(f"\nThe live worker has {warm:.1f} MB once it has seen two runs.")


if __name__ == "__main__":
    main()
