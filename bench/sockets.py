"""Sockets on one daphne that watch one run at 10 fps: python -m bench.sockets [--sockets 300] [--seconds 15]

Age = from the worker's clock in the frame to the arrival at the client. Every socket acks each fifth frame, as the
browser does. Events that must reach everybody: the answer to every command, and the frame that shows it.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson
from websockets.asyncio.client import connect

from bench.processes import Meter, idle_percent, pss_mb, quantiles
from tests.running import Person, Running
from tests.worker.designs import document

RPS = 500
ACK_EVERY = 5
COMMANDS = 20


class Socket:
    def __init__(self, url: str, person: Person) -> None:
        self._url, self._person = url, person
        self.ages: list[float] = []
        self.accepted: set[int] = set()
        self.acked: set[int] = set()
        self.counting = False

    async def watch(self) -> None:
        headers = {"Cookie": self._person.cookies, "Origin": self._person.url}
        async with connect(self._url, additional_headers=headers, compression=None, max_queue=None) as socket:
            async for text in socket:
                now = time.time()
                message = orjson.loads(text)
                if message["type"] == "frame":
                    await self._frame(socket, message, now)
                elif message["type"] == "command.accepted":
                    self.accepted.add(message["seq"])

    async def _frame(self, socket: Any, frame: dict[str, Any], now: float) -> None:
        self.acked |= {seq for seq, _ in frame["acks"]}
        if self.counting:
            self.ages.append(1000 * now - frame["wall"]["at_ms"])
        if frame["seq"] % ACK_EVERY == 0:
            await socket.send(orjson.dumps({"type": "ack", "seq": frame["seq"]}).decode())


async def measure(site: Running, count: int, seconds: float) -> None:
    person = site.person()
    run = person.start(document(RPS))
    url = f"{site.url.replace('http', 'ws')}/ws/runs/{run}"
    sockets = [Socket(url, person) for _ in range(count)]
    tasks = []
    began = time.monotonic()
    for number, socket in enumerate(sockets):
        tasks.append(asyncio.create_task(socket.watch()))
        if number % 20 == 19:
            await asyncio.sleep(0.1)
    await asyncio.sleep(5)
    print(f"{sum(not task.done() for task in tasks)} of {count} sockets open after {time.monotonic() - began:.1f} s")
    for socket in sockets:
        socket.counting = True
    meter, since = Meter({"web": site.pids["web"], "server": site.pids["server"]}), time.monotonic()
    given = set()
    for _ in range(COMMANDS):
        given.add(await asyncio.to_thread(person.command, run, command="load", target="users", factor=1.1))
        await asyncio.sleep(seconds / COMMANDS)
    cpu, span = meter.percent(), time.monotonic() - since
    for socket in sockets:
        socket.counting = False
    deadline = time.monotonic() + 30
    while any(given - socket.accepted or given - socket.acked for socket in sockets) and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    ages = [age for socket in sockets for age in socket.ages]
    p50, p99, worst = quantiles(ages, 0.5, 0.99, 1)
    print(
        f"frames: {len(ages) / span / count:.2f} per socket and second; age p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {worst:.1f} ms"
    )
    print(
        f"cpu of one core: web {cpu['web']:.0f} %, server {cpu['server']:.0f} %; web process {pss_mb(site.pids['web']):.0f} MB"
    )
    lost = sum(len(given - socket.accepted) + len(given - socket.acked) for socket in sockets)
    print(f"events that must reach everybody: {2 * len(given) * count}, lost {lost}")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sockets", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=15)
    options = parser.parse_args()
    print(f"others leave {idle_percent():.0f} % of the cores idle", flush=True)
    with tempfile.TemporaryDirectory() as var, Running(Path(var), "--live", "1") as site:
        asyncio.run(measure(site, options.sockets, options.seconds))


if __name__ == "__main__":
    main()
