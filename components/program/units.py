"""From the units people write to the words the machine reads: ns, 2^32 for certainty, thousandths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Convert = Callable[[Any], int]

CERTAIN = 1 << 32
NEVER_NS = -1


def identity(value: Any) -> int:
    return int(value)


def ms(value: float | None) -> int:
    """Milliseconds to ns; None (never) is -1."""
    return NEVER_NS if value is None else round(value * 1_000_000)


def seconds(value: float | None) -> int:
    """Seconds to ns; None (never) is -1."""
    return NEVER_NS if value is None else round(value * 1_000_000_000)


def probability(value: float) -> int:
    return round(value * CERTAIN)


def thousandths(value: float | None) -> int:
    """None (no limit) is -1."""
    return -1 if value is None else round(value * 1000)
