"""Plan: a checked description of an experiment. components/experiment/reading.py makes them from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS = ("load_curve", "grid", "seeds", "survival")
"""`load_curve`: one axis, the load. `grid`: one or two axes. `seeds`: one point. `survival`: one point under random faults."""

AUTO = "auto"


@dataclass(frozen=True)
class Axis:
    """A parameter of a node or link and the values that it takes, in the order of the picture."""

    target: str
    param: str
    values: tuple[Any, ...]

    @property
    def name(self) -> str:
        return f"{self.target}.{self.param}"

    def as_dict(self) -> dict[str, Any]:
        return {"target": self.target, "param": self.param, "values": list(self.values)}


@dataclass(frozen=True)
class Faults:
    """Faults that come at random moments: on average `rate_per_hour`, each for a random time within `for_s`."""

    rate_per_hour: float
    kinds: tuple[str, ...]
    targets: tuple[str, ...]
    for_s: tuple[float, float]

    def as_dict(self) -> dict[str, Any]:
        lists = {"kinds": list(self.kinds), "targets": list(self.targets), "for_s": list(self.for_s)}
        return {"rate_per_hour": self.rate_per_hour} | lists


@dataclass(frozen=True)
class Goal:
    """What a run must keep to survive: an objective of the design, or a measure in every stretch of `over_s`."""

    slo: str | None = None
    measure: str | None = None
    at_most: float | None = None
    at_least: float | None = None
    over_s: float = 10.0

    def holds(self, value: float | None) -> bool:
        """Nothing measured holds nothing."""
        if value is None:
            return False
        return value <= self.at_most if self.at_most is not None else value >= (self.at_least or 0)

    def as_dict(self) -> dict[str, Any]:
        if self.slo is not None:
            return {"slo": self.slo}
        limit = {"at_most": self.at_most} if self.at_most is not None else {"at_least": self.at_least}
        return {"measure": self.measure} | limit | {"over_s": self.over_s}


@dataclass(frozen=True)
class Plan:
    """`within`: go on, up to `seeds_most`, until half the 95 % interval of the measure is at most this share of it.

    `warmup_s` None: found in each run (components/experiment/warmup.py), in half of `duration_s` before it at most.
    """

    kind: str
    axes: tuple[Axis, ...] = ()
    seeds_n: int = 5
    seeds_first: int = 1
    seeds_most: int | None = None
    within: float | None = None
    duration_s: float = 60.0
    warmup_s: float | None = None
    measure: str = "client.latency_ms.p99"
    script: bool = False  # whether the design's own script happens in every run
    faults: Faults | None = None
    goal: Goal | None = None

    @property
    def seeds(self) -> range:
        """All that there may be. The same at every point: what differs between two is not chance (common random numbers)."""
        return range(self.seeds_first, self.seeds_first + (self.seeds_most or self.seeds_n))

    @property
    def ends_s(self) -> float:
        """Virtual seconds of one run, warm-up included."""
        return self.duration_s + (self.duration_s / 2 if self.warmup_s is None else self.warmup_s)

    def as_dict(self) -> dict[str, Any]:
        """The object that parses to this plan."""
        data: dict[str, Any] = {"kind": self.kind, "axes": [axis.as_dict() for axis in self.axes]}
        sequential = {"most": self.seeds_most, "within": self.within} if self.within is not None else {}
        data |= {"seeds": {"n": self.seeds_n, "first": self.seeds_first} | sequential, "duration_s": self.duration_s}
        data |= {"warmup_s": AUTO if self.warmup_s is None else self.warmup_s}
        data |= {"measure": self.measure, "script": self.script}
        parts: Mapping[str, Faults | Goal | None] = {"faults": self.faults, "goal": self.goal}
        return data | {name: part.as_dict() for name, part in parts.items() if part is not None}
