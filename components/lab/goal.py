"""Goals: a number that comes out of a simulation, and the limit that it must keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.lab.measure import amplification, first_amiss, recovery, value_of

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Window:
    """Which part of a scenario counts: `from_s` to `from_s + for_s`, from virtual 0 or from an edge of a fault."""

    after: str | None = None  # id of a fault of the script
    edge: str = "end"  # or "start"
    from_s: float = 0.0
    for_s: float | None = None  # to the end of the scenario

    def bounds_s(self, span: tuple[float, float] | None, ends_s: float) -> tuple[float, float]:
        """(from, to) in virtual seconds; `span` is that of the fault."""
        zero = 0.0 if span is None else span[self.edge == "end"]
        begin = min(zero + self.from_s, ends_s)
        return begin, ends_s if self.for_s is None else min(begin + self.for_s, ends_s)


@dataclass(frozen=True)
class Goal:
    """One MUST. Exactly one of `at_most` and `at_least` is given.

    `measure` is a dotted path into the summary (`client.latency_ms.p99`, `client.failed_share`), two of them
    with a ` / ` between, `slo.NAME.budget_spent`, `cost.per_month`, `kinds.KIND.COUNT` (over all its nodes), or:
    `recovery_s`: seconds from the end of fault `window.after` until at least `share` of what is offered is
    served, over `over_s` at a time, for good;
    `amplification`: most tries for each call on any link, over `over_s` at a time.
    """

    id: str
    title: str
    measure: str
    at_most: float | None = None
    at_least: float | None = None
    unit: str = ""  # "ms", "s", "$", "%" (of a share between 0 and 1), "×"
    scenarios: tuple[str, ...] = ()  # where it counts; none named = everywhere
    window: Window | None = None
    share: float = 0.95
    over_s: float = 5.0
    help: str = ""

    @property
    def limit(self) -> float:
        return float(self.at_most if self.at_most is not None else self.at_least or 0)

    def counts_in(self, scenario: str) -> bool:
        return not self.scenarios or scenario in self.scenarios

    def holds(self, value: float | None) -> bool:
        """No value (nothing measured, never recovered) holds nothing."""
        return value is not None and (value <= self.limit if self.at_most is not None else value >= self.limit)

    def margin(self, value: float | None) -> float:
        """How far the value is on the good side, as a share of the limit; below 0 it misses, -1 without a value."""
        if value is None:
            return -1.0
        better = self.limit - value if self.at_most is not None else value - self.limit
        if self.limit == 0:
            return 0.0 if better == 0 else (1.0 if better > 0 else -1.0)
        return max(-1e6, better / abs(self.limit))


def evaluate(
    goal: Goal, summary: Mapping[str, Any], rows: Sequence[Row], bounds_s: tuple[float, float]
) -> tuple[float | None, float | None]:
    """(value, virtual second from which it is amiss): of the `summary` of the goal's own window and its rows of 1 s.

    The second is None where the goal holds or no moment is to blame, as for a price.
    """
    within = [row for row in rows if bounds_s[0] < row["t_s"] <= bounds_s[1] + 1e-6]
    if goal.measure == "recovery_s":
        value, bad_s = recovery(within, bounds_s[0], goal.share, goal.over_s)
        amiss = bad_s if value is None else bounds_s[0] + goal.limit
    elif goal.measure == "amplification":
        value, amiss = amplification(within, goal.over_s, goal.holds)
    else:
        value = value_of(goal.measure, summary)
        amiss = None if goal.measure.startswith("cost.") else first_amiss(goal.measure, within, value, goal.holds)
    if value is not None:
        value = round(value, 9)
    return value, None if goal.holds(value) else amiss


def said(value: float | None, unit: str) -> str:
    """A value as people read it: `84 ms`, `2.00 s`, `0.4 %`, `$ 535`, `never` where there is none."""
    if value is None:
        return "never" if unit == "s" else "–"
    match unit:
        case "ms":
            return f"{value:,.0f} ms" if value < 1000 else f"{value / 1000:,.2f} s"
        case "%":
            share = value * 100
            return f"{share:,.{2 if share < 1 else 1 if share < 10 else 0}f} %"
        case "$":
            return f"$ {value:,.0f}"
        case "s":
            return f"{value:,.0f} s" if value == int(value) else f"{value:,.1f} s"
        case _:
            return f"{value:,.2f} {unit}".strip()
