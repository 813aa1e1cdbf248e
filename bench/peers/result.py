"""What a run of any engine comes to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """`events` 0 = the engine does not count them."""

    requests: int
    cpu_s: float
    mean_ms: float
    p99_ms: float
    app_busy: float
    db_busy: float
    events: int = 0
