"""Reads a run's stream as a watcher does, and repeats a run from its log without a worker."""

from __future__ import annotations

import threading
import time
from typing import Any

import orjson
import redis

from components.design import parse
from playground.runs import keys
from tests.running import Running
from worker.engine.simulation import Simulation
from worker.live import FRAME_NS, LiveRun, Logged, Shown

Frame = dict[str, Any]


class Follower(threading.Thread):
    """All frames of a run from now on, by number. A number that comes twice or out of order is kept in `wrong`."""

    def __init__(self, site: Running, run: str) -> None:
        super().__init__(daemon=True)
        self._redis = redis.Redis.from_url(site.redis_url, socket_timeout=None)
        self._run = run
        self._over = threading.Event()
        self.frames: dict[int, Frame] = {}
        self.arrived: dict[int, float] = {}
        self.wrong: list[int] = []
        self.start()

    def run(self) -> None:
        last = b"0-0"
        while not self._over.is_set():
            try:
                self._redis.set(keys.watched(self._run), "1", ex=keys.WATCH_S)
                answer: Any = self._redis.xread({keys.frames(self._run): last}, block=500)
            except redis.ConnectionError:  # a test restarts the server
                time.sleep(0.1)
                continue
            for id, fields in answer[0][1] if answer else ():
                last = id
                frame = orjson.loads(fields[b"f"])
                if frame["seq"] != len(self.frames) + 1:
                    self.wrong.append(frame["seq"])
                self.frames[frame["seq"]] = frame
                self.arrived[frame["seq"]] = time.monotonic()

    def stop(self) -> None:
        self._over.set()
        self.join(10)

    @property
    def newest(self) -> int:
        return len(self.frames)


def told_again(document: Frame, seed: int, log: list[Frame], frames: int) -> dict[int, Frame]:
    """The frames of the same run when nothing ever interrupts it: same seed, commands at their recorded times."""
    design, problems = parse(document)
    assert design, problems
    run = LiveRun(Simulation(design, seed), design, 1 << 60, 0)
    shown: list[Shown] = []
    entries = [Logged(entry["seq"], entry["command"], entry["applied_ns"]) for entry in log]
    for entry in entries:
        assert entry.at_ns is not None, entry
        while not run.advance(entry.at_ns, shown):
            pass
        run.apply(entry, 0, shown)
    while run.frames < frames:
        run.advance(run.next_ns, shown)
    assert run.next_ns % FRAME_NS == 0
    return {item.seq: orjson.loads(item.frame) for item in shown}


def without_wall(frames: dict[int, Frame]) -> dict[int, Frame]:
    return {seq: {key: value for key, value in frame.items() if key != "wall"} for seq, frame in frames.items()}
