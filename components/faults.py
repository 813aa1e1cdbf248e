"""The faults: what they do, to what, how hard. Each one bites and heals (worker/engine/faults.py)."""

from __future__ import annotations

from typing import ClassVar

from components.base import Choice, Declared, Flag, Number


class Fault(Declared):
    """Base of all faults. `on` says what may be the target: 'node' or 'link' (or both)."""

    id: ClassVar[str] = ""
    label: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    on: ClassVar[tuple[str, ...]] = ("node",)
    replicas: ClassVar[bool] = True  # a selector over replicas makes sense
    instant: ClassVar[bool] = False  # happens once, nothing to heal


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


FAULTS: dict[str, type[Fault]] = {
    fault.id: fault for fault in (Crash, Pause, Slow, Latency, Loss, Error, Spike, CacheFlush)
}
