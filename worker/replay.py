"""Brings a run back to where it was last seen: from its newest snapshot, or from its seed, and then by its log."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from components.model import Design
from worker.engine.simulation import ENGINE, Simulation
from worker.live import LiveRun, Logged, Shown
from worker.stream import Past

log = structlog.get_logger()


def sealed(live: LiveRun) -> bytes:
    """The state of a settled moment, with what the host must know about it. Good for the same engine only."""
    return f"{ENGINE} {live.frames} {live.applied}\n".encode() + live.sim.snapshot()


def bring_back(
    design: Design, seed: int, end_ns: int, entries: list[Logged], past: Past, pulse: Callable[[int], None]
) -> tuple[LiveRun, list[Shown]]:
    """The run after frame number `past.frames`, and the frames that its replay made beyond that one."""
    live = opened(design, past.snapshot, end_ns) if past.snapshot else None
    if live is None:
        live = LiveRun(Simulation(design, seed), design, end_ns, time.monotonic_ns())
    return live, live.replay(entries, past.frames, time.monotonic_ns(), pulse)


def opened(design: Design, snapshot: bytes, end_ns: int) -> LiveRun | None:
    """The run of a snapshot. None where it cannot be used: the log tells everything again, it only takes longer."""
    head, _, body = snapshot.partition(b"\n")
    try:
        engine, frames, applied = head.decode().split(" ")
        if engine != ENGINE:
            return None
        live = LiveRun(Simulation.restore(design, body), design, end_ns, time.monotonic_ns(), int(frames))
        live.applied, live.reached_ns = int(applied), live.sim.now_ns
    except Exception:
        log.exception("snapshot cannot be used")
        return None
    return live
