"""Workload B in SimPy 4.1, as its documentation writes such models: one process a request, resources with `with`."""

from __future__ import annotations

import random
import time
from collections.abc import Generator
from typing import Any

import simpy

from bench.peers.result import Result

RATE, APPS, APP_SLOTS, DB_SLOTS, HITS = 14_000, 4, 16, 32, 0.9
WARMUP_S = 0.25


class Shop:
    """The system; times in seconds."""

    def __init__(self, seed: int) -> None:
        self.env = simpy.Environment()
        self.apps = [simpy.Resource(self.env, APP_SLOTS) for _ in range(APPS)]
        self.db = simpy.Resource(self.env, DB_SLOTS)
        self.random = random.Random(seed)
        self.turn = 0
        self.counting_from = 0.0
        self.latencies: list[float] = []
        self.app_busy = self.db_busy = 0.0

    def hold(self, mean: float) -> simpy.Timeout:
        return self.env.timeout(self.random.expovariate(1 / mean))

    def clients(self) -> Generator[Any, Any, None]:
        while True:
            yield self.hold(1 / RATE)
            self.env.process(self.request())

    def request(self) -> Generator[Any, Any, None]:
        began = self.env.now
        yield self.hold(0.0005)
        app = self.apps[self.turn % APPS]
        self.turn += 1
        yield self.hold(0.0002)
        with app.request() as slot:
            yield slot
            taken = self.env.now
            yield self.hold(0.002)
            yield self.hold(0.0001)
            yield self.hold(0.0001)
            if self.random.random() >= HITS:
                yield self.hold(0.0002)
                yield from self.query()
                yield self.hold(0.0002)
            yield self.hold(0.0001)
            self.app_busy += self.env.now - max(taken, self.counting_from)
        yield self.hold(0.0002)
        yield self.hold(0.0005)
        self.latencies.append(self.env.now - began)

    def query(self) -> Generator[Any, Any, None]:
        with self.db.request() as connection:
            yield connection
            taken = self.env.now
            yield self.hold(0.01)
            self.db_busy += self.env.now - max(taken, self.counting_from)


def run_simpy(seed: int, virtual_s: float) -> Result:
    shop = Shop(seed)
    shop.env.process(shop.clients())
    shop.env.run(until=WARMUP_S)
    shop.latencies.clear()
    shop.app_busy = shop.db_busy = 0.0
    shop.counting_from = WARMUP_S
    began = time.process_time()
    shop.env.run(until=WARMUP_S + virtual_s)
    took = time.process_time() - began
    times = sorted(shop.latencies)
    return Result(
        len(times), took, 1e3 * sum(times) / len(times), 1e3 * times[int(0.99 * len(times))],
        shop.app_busy / (virtual_s * APPS * APP_SLOTS), shop.db_busy / (virtual_s * DB_SLOTS),
    )  # fmt: skip
