"""Paced runs of 500 rps side by side, watched at 10 Hz: python -m bench.runs [--runs 100] [--seconds 10] [--live 2]

Real Celery workers, server and site. Frame age = how late the host's turn was + the way from there to a reader of the
streams. One reader follows all streams, as a web process does. The last row is the instructor's button: one fault for
every run at the same instant.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import orjson
import redis

from bench.processes import Meter, idle_percent, pss_mb, quantiles
from playground.runs import keys
from tests.running import Running
from tests.worker.designs import document

RPS = 500
PER_PERSON = 5
COMMANDS_PER_S = 20


class Watcher(threading.Thread):
    """Reads all streams and notes ages, frames per run, and when each command was seen."""

    def __init__(self, site: Running, runs: list[str]) -> None:
        super().__init__(daemon=True)
        self._redis = redis.Redis.from_url(site.redis_url, socket_timeout=None)
        self._last: dict[str, Any] = {keys.frames(run): "$" for run in runs}
        self.runs = runs
        self.ages: list[float] = []
        self.counts = dict.fromkeys(runs, 0)
        self.seen: dict[tuple[str, int], float] = {}
        self.speeds: list[float] = []
        self.over = threading.Event()

    def run(self) -> None:
        marked = 0.0
        while not self.over.is_set():
            if time.monotonic() - marked > 5:
                marked = time.monotonic()
                pipe = self._redis.pipeline(transaction=False)
                for run in self.runs:
                    pipe.set(keys.watched(run), "1", ex=keys.WATCH_S)
                pipe.execute()
            answer: Any = self._redis.xread(self._last, block=1000)
            now = time.time()
            for name, rows in answer or ():
                run = name.decode().split(":")[1]
                self._last[name.decode()] = rows[-1][0]
                for _, fields in rows:
                    frame = orjson.loads(fields[b"f"])
                    wall = frame["wall"]
                    self.ages.append(wall["behind_ms"] + now * 1000 - wall["at_ms"])
                    self.speeds.append(wall["speed"])
                    self.counts[run] += 1
                    for seq, _ in frame["acks"]:
                        self.seen[run, seq] = now
            time.sleep(0.005)

    def reset(self) -> None:
        self.ages, self.speeds, self.counts = [], [], dict.fromkeys(self.runs, 0)


class Commands:
    """Gives commands as the site does: the list, then the hint of the owner."""

    def __init__(self, site: Running, runs: list[str]) -> None:
        self._redis = site.redis
        self._seq = dict.fromkeys(runs, 0)
        self.sent: dict[tuple[str, int], float] = {}
        self._owner = {run: str((self._redis.get(keys.owner(run)) or b"").decode()).rpartition(" ")[0] for run in runs}  # type: ignore[union-attr]

    def give(self, runs: list[str], command: dict[str, Any]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for run in runs:
            self._seq[run] += 1
            pipe.rpush(keys.commands(run), orjson.dumps({"seq": self._seq[run], "command": command}))
            pipe.rpush(keys.hint(self._owner[run]), run)
            self.sent[run, self._seq[run]] = time.time()
        pipe.execute()


def start(site: Running, count: int) -> list[str]:
    runs: list[str] = []
    while len(runs) < count:
        person = site.person()
        for _ in range(min(PER_PERSON, count - len(runs))):
            runs.append(person.start(document(RPS), seed=len(runs) + 1))
    site.wait_for(lambda: all(site.redis.exists(keys.frames(run)) for run in runs), 300)
    return runs


def latencies(commands: Commands, watcher: Watcher, since: float) -> list[float]:
    """Milliseconds from each command given since then to the frame that shows it; waits for the last one."""
    deadline = time.monotonic() + 20
    while (
        any(key not in watcher.seen for key, at in commands.sent.items() if at >= since) and time.monotonic() < deadline
    ):
        time.sleep(0.1)
    return [1000 * (watcher.seen[key] - at) for key, at in commands.sent.items() if at >= since and key in watcher.seen]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--live", type=int, default=2)
    options = parser.parse_args()
    print(f"others leave {idle_percent():.0f} % of the cores idle", flush=True)
    with tempfile.TemporaryDirectory() as var, Running(Path(var), "--live", str(options.live)) as site:
        workers = {name: pid for name, pid in site.pids.items() if name.startswith("live")}
        base = {name: pss_mb(pid) for name, pid in workers.items()}
        began = time.monotonic()
        runs = start(site, options.runs)
        print(f"{len(runs)} runs started through the API in {time.monotonic() - began:.1f} s", flush=True)
        watcher = Watcher(site, runs)
        watcher.start()
        time.sleep(4)
        commands = Commands(site, runs)
        report(site, watcher, commands, options.seconds)
        watcher.over.set()
        watcher.join()
        grown = sum(pss_mb(pid) for pid in workers.values()) - sum(base.values())
        print(
            f"memory: workers before {', '.join(f'{mb:.0f}' for mb in base.values())} MB, {1000 * grown / len(runs):.0f} kB per run"
        )


def report(site: Running, watcher: Watcher, commands: Commands, seconds: float) -> None:
    rng = random.Random(1)
    watcher.reset()
    meter = Meter({name: pid for name, pid in site.pids.items() if name.startswith(("live", "server", "web"))})
    began, since = time.monotonic(), time.time()
    while time.monotonic() - began < seconds:
        commands.give(
            [rng.choice(watcher.runs)], {"command": "load", "target": "users", "factor": rng.choice([0.9, 1, 1.1])}
        )
        time.sleep(1 / COMMANDS_PER_S)
    span = time.monotonic() - began
    cpu = meter.percent()
    ages, counts = watcher.ages, list(watcher.counts.values())
    live = sum(value for name, value in cpu.items() if name.startswith("live"))
    frames = len(ages) / span / len(counts)
    p50, p99, worst = quantiles(ages, 0.5, 0.99, 1)
    print(
        f"frames: {frames:.2f} per run and second, fewest {min(counts) / span:.2f}; slowest speed {min(watcher.speeds):.3g}"
    )
    print(f"frame age: p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {worst:.1f} ms")
    print(
        f"cpu of one core: workers {live:.0f} %, server {cpu['server']:.0f} %, {10 * live / 100 / frames / len(counts) * 1e5:.0f} us per frame"
    )
    found = latencies(commands, watcher, since)
    p50, p99, worst = quantiles(found, 0.5, 0.99, 1)
    print(
        f"command to frame: {len(found)} of {len(commands.sent)}, p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {worst:.1f} ms"
    )
    since = time.time()
    commands.give(watcher.runs, {"command": "inject", "id": "all", "fault": "crash", "target": "a"})
    found = latencies(commands, watcher, since)
    p50, p99, worst = quantiles(found, 0.5, 0.99, 1)
    print(f"a fault for all at once: {len(found)} landed, p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {worst:.1f} ms")


if __name__ == "__main__":
    main()
