"""The numbers that an experiment may look at: all of them can be had from counts that add up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """`path` is that of a summary; `up`: more is better."""

    path: str
    label: str
    unit: str
    up: bool = False
    quantile: float | None = None


MEASURES: dict[str, Measure] = {
    measure.path: measure
    for measure in (
        Measure("client.latency_ms.p99", "p99 latency", "ms", quantile=0.99),
        Measure("client.latency_ms.p50", "p50 latency", "ms", quantile=0.5),
        Measure("client.latency_ms.p90", "p90 latency", "ms", quantile=0.9),
        Measure("client.latency_ms.p95", "p95 latency", "ms", quantile=0.95),
        Measure("client.latency_ms.p999", "p99.9 latency", "ms", quantile=0.999),
        Measure("client.latency_ms.mean", "mean latency", "ms"),
        Measure("client.failed_share", "failed share", "%"),
        Measure("client.goodput_rps", "goodput", "/s", up=True),
    )
}


def measure_of(path: str) -> Measure:
    """Raises KeyError."""
    return MEASURES[path]
