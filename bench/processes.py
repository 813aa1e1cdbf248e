"""What processes use, read from /proc."""

from __future__ import annotations

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """The process and all that it started."""
    tasks = (Path("/proc") / str(pid) / "task").iterdir()
    children = [child for task in tasks for child in (task / "children").read_text().split()]
    return [pid, *(found for child in children for found in tree(int(child)))]


def cpu_s(pid: int) -> float:
    """CPU seconds so far, of the process and its children."""
    total = 0
    for each in tree(pid):
        fields = (Path("/proc") / str(each) / "stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def pss_mb(pid: int) -> float:
    """Memory in MB, pages that are shared counted in proportion."""
    total = 0
    for each in tree(pid):
        rollup = (Path("/proc") / str(each) / "smaps_rollup").read_text()
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total / 1024


class Meter:
    """CPU in percent of one core between two looks, by name."""

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = pids
        self._since = time.monotonic()
        self._before = {name: cpu_s(pid) for name, pid in pids.items()}

    def percent(self) -> dict[str, float]:
        span = time.monotonic() - self._since
        return {name: 100 * (cpu_s(pid) - self._before[name]) / span for name, pid in self._pids.items()}


def idle_percent(span_s: float = 2.0) -> float:
    """How much of all cores nobody used just now: says how far to trust a measurement."""

    def now() -> tuple[int, int]:
        fields = [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
        return fields[3] + fields[4], sum(fields)

    idle, total = now()
    time.sleep(span_s)
    idle_after, total_after = now()
    return 100 * (idle_after - idle) / max(1, total_after - total)


def quantiles(values: list[float], *wanted: float) -> list[float]:
    ordered = sorted(values)
    return [ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan") for share in wanted]
