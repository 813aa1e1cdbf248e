"""The faults: what they do, to what, how hard. Each one bites and heals (worker/engine/faults.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from components.base import Choice, Declared, Flag, Number

SIZES = ("p", "share", "add_ms", "jitter_ms", "per_min", "error_p")
FACTORS = ("factor", "latency_factor")
"""Parameters that a ramp starts at 0, and those that it starts at 1."""


class Fault(Declared):
    """Base of all faults. `on` says what may be the target: 'node' or 'link' (or both)."""

    id: ClassVar[str] = ""
    label: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    on: ClassVar[tuple[str, ...]] = ("node",)
    replicas: ClassVar[bool] = True  # a selector over replicas makes sense
    instant: ClassVar[bool] = False  # happens once, nothing to heal
    like: ClassVar[tuple[str, ...]] = ()  # hits every kind that these can hit

    @classmethod
    def grows(cls) -> bool:
        """Whether it has a size that can rise step by step."""
        return any(name in SIZES or name in FACTORS for name in cls.params)

    @classmethod
    def grown(cls, params: Mapping[str, Any], share: float) -> dict[str, Any]:
        """Its parameters when it has come to a share of its full size."""
        return {
            name: value * share if name in SIZES else 1 + (value - 1) * share if name in FACTORS else value
            for name, value in params.items()
        }

    @classmethod
    def fits(cls, faults: tuple[str, ...]) -> bool:
        """Whether a kind that names these faults can suffer it."""
        return cls.id in faults or (bool(cls.like) and set(cls.like) <= set(faults))


class Crash(Fault):
    """The process dies: its work and its queue fail, new calls are refused."""

    id, label, icon = "crash", "Crash", "skull"
    blackhole = Flag(default=False, help="New calls get no answer instead of a refusal.")
    restart_after_s = Number(
        default=None, nullable=True, maximum=86_400, unit="s", help="Comes back by itself; null = when healed."
    )


class Pause(Fault):
    """The process stands still and keeps its queue (a long GC pause, a frozen VM)."""

    id, label, icon = "pause", "Pause", "ghost"


class Slow(Fault):
    """Every piece of work takes longer."""

    id, label, icon = "slow", "Slow", "hourglass-low"
    factor = Number(default=8.0, minimum=0.1, maximum=1000, log=True, help="How many times longer.")


class Latency(Fault):
    """Messages travel longer, each way."""

    id, label, icon, on, replicas = "latency", "Delay", "clock-plus", ("link", "node"), False
    add_ms = Number(default=100.0, maximum=60_000, unit="ms", log=True, help="Added to each direction.")
    jitter_ms = Number(default=0.0, maximum=60_000, unit="ms", log=True, help="Mean of an exponential delay on top.")


class Loss(Fault):
    """Messages get lost, each way."""

    id, label, icon, on, replicas = "loss", "Packet loss", "cloud-storm", ("link", "node"), False
    p = Number(default=0.2, maximum=1, help="Share of messages lost.")


class Error(Fault):
    """Requests fail after their work is done."""

    id, label, icon = "error", "Errors", "circle-x"
    p = Number(default=0.5, maximum=1, help="Share of requests that fail.")
    status = Choice(
        default="500",
        choices=("500", "503", "429"),
        help="500 counts as error, 503 as shed, 429 as limited; retries tell them apart.",
    )


class Spike(Fault):
    """More traffic."""

    id, label, icon, replicas = "spike", "Traffic spike", "trending-up", False
    factor = Number(default=3.0, maximum=1000, log=True, help="How many times the rate.")


class CacheFlush(Fault):
    """The cache is emptied."""

    id, label, icon, instant = "cache_flush", "Empty the cache", "trash", True


class Partition(Fault):
    """Messages do not get through. Of some replicas: they are cut off from all others, and from each other's peers."""

    id, label, icon, on = "partition", "Partition", "network-off", ("link", "node")
    direction = Choice(
        default="both",
        choices=("both", "to", "from"),
        help="What is cut: both ways, what goes there, or what comes back.",
    )


class HotKey(Fault):
    """A share of the requests asks for one key that hardly anybody asked for before."""

    id, label, icon, replicas = "hot_key", "Hot key", "flame", False
    share = Number(default=0.5, maximum=1, help="Share of the requests that go to the one key.")


class BadDeploy(Fault):
    """A version that is slower and fails more often."""

    id, label, icon, like = "bad_deploy", "Bad deploy", "versions", ("slow", "error")
    error_p = Number(default=0.1, maximum=1, help="Share of requests that fail.")
    latency_factor = Number(default=2.0, minimum=0.1, maximum=1000, log=True, help="How many times longer work takes.")


class Leak(Fault):
    """Slots that are taken and never given back: connections, threads."""

    id, label, icon = "leak", "Leak", "database-leak"
    per_min = Number(default=30.0, minimum=0.01, maximum=60_000, log=True, help="Slots lost a minute, at each replica.")


FAULTS: dict[str, type[Fault]] = {
    fault.id: fault
    for fault in (Crash, Pause, Slow, Latency, Loss, Partition, Error, BadDeploy, Leak, Spike, HotKey, CacheFlush)
}


def fitting(faults: tuple[str, ...]) -> list[str]:
    """Ids of all faults of nodes that a kind suffers which names these."""
    return [*faults, *(id for id, fault in FAULTS.items() if id not in faults and fault.fits(faults))]
