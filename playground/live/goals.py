"""What a design promises, as far as a class looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TARGET_MS = 500.0  # of a design without an objective for latency
OBJECTIVE = 0.99  # of a design without one for failures


@dataclass(frozen=True)
class Goals:
    """`p99_ms`: the strictest limit of latency. `served`: the share of requests that must be served."""

    p99_ms: float = TARGET_MS
    served: float = OBJECTIVE
    own: bool = False  # whether the design says so itself

    @property
    def budget(self) -> float:
        """Share of requests that may fail."""
        return max(1 - self.served, 1e-6)


def goals_of(document: Mapping[str, Any]) -> Goals:
    slos = document.get("slos") or []
    limits = [slo["threshold_ms"] for slo in slos if slo.get("sli") == "latency" and slo.get("threshold_ms")]
    shares = [slo["target"] for slo in slos if slo.get("sli") != "latency" and slo.get("target")]
    return Goals(
        float(min(limits, default=TARGET_MS)), float(max(shares, default=OBJECTIVE)), own=bool(limits or shares)
    )
