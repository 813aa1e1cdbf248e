"""What the page must show for the frames that it was sent: written from the rules, apart from the scripts.

Rates and shares are differences of consecutive frames, averaged with a memory of some virtual seconds; percentiles and
load, which are averages already, with a shorter one, and gone at once when a frame has none. Three significant steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Frame = dict[str, Any]
Meta = dict[str, Any]
TAU_S = {"rate": 2.5, "ok": 2.5, "p99": 1.2, "load": 1.2, "failed": 1.5, "ended": 1.5}
THIN = "\u2009"
NONE = "–"


class Mean:
    def __init__(self, tau_s: float) -> None:
        self._tau_s = tau_s
        self._sum = self._weight = 0.0

    def add(self, sample: float | None, dt: float) -> None:
        keep = math.exp(-dt / self._tau_s)
        if sample is None:
            self._sum = self._weight = 0.0
        else:
            self._sum = self._sum * keep + sample * (1 - keep)
            self._weight = self._weight * keep + (1 - keep)

    @property
    def value(self) -> float | None:
        return self._sum / self._weight if self._weight else None


class Shown:
    """Fed with the frames in the order in which the page got them."""

    def __init__(self, meta: Meta) -> None:
        self.meta = meta
        self.t_s = 0.0
        self.reasons: dict[str, int] = {}
        self._base: Frame | None = None
        self._means: dict[tuple[str, str], Mean] = {}

    def add(self, frame: Frame) -> None:
        first = self._base is None and frame["seq"] > 1
        before = frame if first else self._base
        dt = (frame["t_ns"] - (before["t_ns"] if before else 0)) / 1e9
        self.t_s = frame["t_ns"] / 1e9
        names = self.meta["reasons"]
        counts = [sum(row[code] for row in frame["reasons"]) for code in range(len(names))]
        self.reasons = {name: count for name, count in zip(names[1:], counts[1:], strict=True) if count}
        if dt > 0:
            self._average(frame, before, dt)
        if dt > 0 or first:
            self._base = frame

    def _average(self, frame: Frame, before: Frame | None, dt: float) -> None:
        def change(part: str, row: int, column: str) -> float:
            at = self.meta[f"{part[:-1]}_columns"].index(column)
            return float(frame[part][row][at] - (before[part][row][at] if before else 0))

        def now(part: str, row: int, column: str) -> float:
            return float(frame[part][row][self.meta[f"{part[:-1]}_columns"].index(column)])

        for row, node in enumerate(self.meta["nodes"]):
            p99, busy = now("nodes", row, "p99_us"), now("nodes", row, "busy_permille")
            self._add(node["id"], "rate", change("nodes", row, "arrivals") / dt, dt)
            self._add(node["id"], "p99", None if p99 < 0 else p99 / 1000, dt)
            self._add(node["id"], "load", None if busy < 0 else busy / 1000, dt)
        clients = range(len(self.meta["clients"]))
        ok, failed = (sum(change("clients", row, name) for row in clients) for name in ("ok", "failed"))
        self._add("", "ok", ok / dt, dt)
        self._add("", "failed", failed / dt, dt)
        self._add("", "ended", (ok + failed) / dt, dt)

    def _add(self, id: str, name: str, sample: float | None, dt: float) -> None:
        self._means.setdefault((id, name), Mean(TAU_S[name])).add(sample, dt)

    def _mean(self, id: str, name: str) -> float | None:
        return self._means[id, name].value

    @property
    def clock(self) -> str:
        tenths = math.floor(self.t_s * 10 + 1e-6)
        return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"

    @property
    def verdict(self) -> str:
        served, failed, ended = (self._mean("", name) or 0.0 for name in ("ok", "failed", "ended"))
        share = min(1.0, failed / ended) if ended >= 1e-3 else 0.0
        return f"{rate(served)} served, " + ("none fail" if share < 0.0005 else f"{percent(share)} fail")

    def card(self, id: str) -> tuple[str, str]:
        """Rate and p99 of a node that is not down."""
        return rate(self._mean(id, "rate")), duration(self._mean(id, "p99"))

    def load(self, id: str) -> str:
        load = self._mean(id, "load")
        return "" if load is None else percent(nearest(load * 100) / 100)


def nearest(value: float) -> int:
    """As browsers round: halves go up."""
    return math.floor(value + 0.5)


def short(value: float) -> str:
    if value < 9.95:
        return f"{nearest(value * 10) / 10:g}"
    if value < 999.5:
        return str(nearest(value))
    if value < 99_950:
        return f"{value / 1000:.1f}k"
    return f"{nearest(value / 1000)}k" if value < 999_500 else f"{value / 1e6:.1f}M"


def rate(per_s: float | None) -> str:
    return NONE if per_s is None else f"{short(0 if per_s < 0.05 else per_s)}/s"


def duration(ms: float | None) -> str:
    if ms is None:
        return NONE
    if ms < 999.5:
        return f"{nearest(ms * 10) / 10 if ms < 9.95 else nearest(ms):g}{THIN}ms"
    return f"{ms / 1000:.2f}{THIN}s" if ms < 9995 else f"{ms / 1000:.1f}{THIN}s"


def percent(share: float) -> str:
    value = share * 100
    fine = 0 < value < 9.95 or 99 < value < 100
    text = f"{min(value, 99.9):.1f}" if fine else str(nearest(value))
    return f"{text.removesuffix('.0')}{THIN}%"


def after(meta: Meta, frames: Sequence[Frame]) -> Shown:
    shown = Shown(meta)
    for frame in frames:
        shown.add(frame)
    return shown
