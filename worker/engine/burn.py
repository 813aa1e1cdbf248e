"""Which alerts there are: burn rates over pairs of windows, for a budget of 30 days (Google SRE workbook, 2018, chapter 5).

An alert stands while both its windows burn fast enough: the long one says that it matters, the short one that it goes on.
"""

from __future__ import annotations

from typing import NamedTuple

HOUR_S = 3600
PERIOD_S = 30 * 24 * HOUR_S


class Policy(NamedTuple):
    """Burn rate that raises the alert, windows in seconds, and who is told."""

    burn: float
    long_s: int
    short_s: int
    severity: str


POLICIES = (
    Policy(14.4, HOUR_S, HOUR_S // 12, "page"),
    Policy(6.0, 6 * HOUR_S, HOUR_S // 2, "page"),
    Policy(1.0, 72 * HOUR_S, 6 * HOUR_S, "ticket"),
)
WINDOWS = tuple(sorted({window for policy in POLICIES for window in (policy.long_s, policy.short_s)}))


def name_of(window_s: int) -> str:
    """As people write it: 5m, 1h, 3d."""
    for unit, length in (("d", 24 * HOUR_S), ("h", HOUR_S)):
        if window_s % length == 0:
            return f"{window_s // length}{unit}"
    return f"{window_s // 60}m"
