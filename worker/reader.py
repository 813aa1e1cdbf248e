"""Reader: commands in, for all runs of a host."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import orjson

from playground.runs import keys
from playground.runtime.redis import blocking_client, sync_client
from worker.stream import crash_only, retrying

LEASE_MS = 2500
RENEW_S = 0.5
SWEEP_S = 1.0


class Pulse(NamedTuple):
    """`asked` = every how many requests one is to be traced, while somebody asks why."""

    owner: str
    watched: bool
    asked: int | None


def pulse_of(owner: bytes | None, watched: bytes | None, asked: bytes | None) -> Pulse:
    return Pulse((owner or b"").decode(), watched is not None, int(asked) if asked is not None else None)


class Reader(threading.Thread):
    """Waits for hints and fetches the commands of the hinted runs; looks at all of them once a second.

    It also keeps the host's lease: a host whose reader is stuck is as good as dead. `pulse` hears, run by run, who
    owns it, whether it is watched and whether somebody asks why.
    """

    def __init__(
        self,
        host: str,
        runs: Callable[[], Iterable[str]],
        arrived: Callable[[str, list[dict[str, Any]]], None],
        pulse: Callable[[dict[str, Pulse]], None],
    ) -> None:
        super().__init__(name="reader", daemon=True)
        self._host, self._runs, self._arrived, self._pulse = host, runs, arrived, pulse
        self._client = blocking_client()
        self._other = sync_client()
        self._over = threading.Event()
        self._renew()  # before the first run is claimed, or it would look like an orphan

    def hint(self, run: str) -> None:
        """Has the commands of a run fetched that has just been taken."""
        retrying(lambda: self._other.rpush(keys.hint(self._host), run), "hint")

    def stop(self) -> None:
        """Gives the lease back: the host is gone for everybody from then on."""
        self._over.set()

    def run(self) -> None:
        with crash_only():
            swept = renewed = 0.0
            while not self._over.is_set():
                hinted = retrying(self._wait, "commands")
                now = time.monotonic()
                if now - renewed >= RENEW_S:
                    renewed = now
                    retrying(self._renew, "lease")
                if now - swept >= SWEEP_S:
                    swept = now
                    runs = list(self._runs())
                    self._look(runs)
                    hinted = list(dict.fromkeys([*hinted, *runs]))
                self._fetch(hinted)
            self._client.delete(keys.host(self._host), keys.hint(self._host))

    def _wait(self) -> list[str]:
        first = self._client.blpop([keys.hint(self._host)], timeout=RENEW_S)
        if first is None:
            return []
        more = self._client.lpop(keys.hint(self._host), 1000)
        runs = [first[1], *(more if isinstance(more, list) else ())]
        return list(dict.fromkeys(bytes(run).decode() for run in runs))

    def _renew(self) -> None:
        self._client.set(keys.host(self._host), "1", px=LEASE_MS)

    def _look(self, runs: list[str]) -> None:
        if not runs:
            return
        names = [name(run) for name in (keys.owner, keys.watched, keys.asked) for run in runs]
        values = retrying(lambda: self._client.mget(names), "watchers")
        columns = (values[first : first + len(runs)] for first in range(0, len(values), len(runs)))
        rows = zip(runs, *columns, strict=True)
        self._pulse({run: pulse_of(*values) for run, *values in rows})

    def _fetch(self, runs: list[str]) -> None:
        def pop() -> list[list[bytes] | None]:
            pipe = self._client.pipeline(transaction=False)
            for run in runs:
                pipe.lpop(keys.commands(run), 100)
            return list(pipe.execute())

        if not runs:
            return
        for run, items in zip(runs, retrying(pop, "commands"), strict=True):
            if items:
                self._arrived(run, [orjson.loads(item) for item in items])
