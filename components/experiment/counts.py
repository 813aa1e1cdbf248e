"""Counts of a run that add up: whole numbers alone, so that the sum of many runs is exact in any order.

{"span_ns", "offered", "ok", "failed": {reason: n}, "grown", "latency_ns", "max_ns", "buckets": {bucket: n},
 "nodes": {id: {"arrivals", "failed", "busy_ns", "slot_ns"}}, "slos": {name: {"good", "valid"}}}

`buckets` are those of the engine's log-linear histogram: 64 an octave from 1024 ns. `grown`: requests that were under
way at the end and not at the start. A key that begins with `max` keeps the larger one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from components.experiment.measure import MEASURES

Counts = Mapping[str, Any]

FIRST_NS, PER_OCTAVE = 1024, 64


def merged(runs: Iterable[Counts]) -> dict[str, Any]:
    """All of them as if they were one run. Adding is exact, so neither order nor grouping matters."""
    total: dict[str, Any] = {}
    for counts in runs:
        _add(total, counts)
    return total


def _add(total: dict[str, Any], counts: Counts) -> None:
    for key, value in counts.items():
        if isinstance(value, Mapping):
            _add(total.setdefault(key, {}), value)
        elif key.startswith("max"):
            total[key] = max(total.get(key, 0), value)
        else:
            total[key] = total.get(key, 0) + value


def value_of(path: str, counts: Counts) -> float | None:
    """A measure of components/experiment/measure.py. None where nothing was measured."""
    measure = MEASURES[path]
    if measure.quantile is not None:
        ns = quantile_ns(counts, measure.quantile)
        return None if ns is None else ns / 1e6
    ok, failed = counts["ok"], sum(counts["failed"].values())
    if path == "client.latency_ms.mean":
        answered = sum(counts["buckets"].values())
        return counts["latency_ns"] / answered / 1e6 if answered else None
    if path == "client.failed_share":
        return failed / (ok + failed) if ok + failed else None
    return ok * 1e9 / counts["span_ns"] if counts["span_ns"] else None


def served_share(counts: Counts) -> float | None:
    """Of what was offered, what was served in time; a queue that only grows is not served."""
    return counts["ok"] / counts["offered"] if counts["offered"] else None


def utilisation(counts: Counts) -> dict[str, float]:
    """Busy share of the slots of each node that has any."""
    nodes = counts["nodes"]
    return {id: node["busy_ns"] / node["slot_ns"] for id, node in nodes.items() if node["slot_ns"]}


def quantile_ns(counts: Counts, q: float) -> float | None:
    """As the engine reads its histograms: linear inside a bucket, never above the largest one seen."""
    buckets = sorted((int(bucket), count) for bucket, count in counts["buckets"].items() if count)
    total = sum(count for _, count in buckets)
    before = 0
    for bucket, count in buckets:
        if q * total <= before + count:
            share = (q * total - before) / count
            low = low_ns(bucket)
            return float(min(int(low + (low_ns(bucket + 1) - low) * share), counts["max_ns"]))
        before += count
    return float(counts["max_ns"]) if total else None


def low_ns(bucket: int) -> float:
    """Smallest ns of a bucket; 0 for the first, which holds everything below too."""
    if bucket <= 0:
        return 0.0
    octave, step = divmod(bucket, PER_OCTAVE)
    return float((FIRST_NS << octave) * (PER_OCTAVE + step) / PER_OCTAVE)
