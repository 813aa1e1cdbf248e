"""CoDel against the pseudocode of RFC 8289, in floats, on the same arrivals and service times."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import pytest

from tests.worker.engine.build import NS, link, node, simulation

MS = 1_000_000


def shed_by_the_rfc(gap: int, work: int, target: int, interval: int, until: int) -> list[int]:
    """When requests are shed: one every `gap` ns, one server of `work` ns. Sections 4.4 and 5 of the RFC."""
    queue: deque[int] = deque()
    first_above = drop_next = count = last = 0
    dropping = False
    shed: list[int] = []

    def dequeue(now: int) -> tuple[int | None, bool]:
        nonlocal first_above
        if not queue:
            first_above = 0
            return None, False
        came = queue.popleft()
        if now - came < target or not queue:
            first_above = 0
        elif first_above == 0:
            first_above = now + interval
        else:
            return came, now >= first_above
        return came, False

    def control_law(t: int) -> int:
        return t + int(interval / math.sqrt(count))

    def take(now: int) -> int | None:
        nonlocal dropping, drop_next, count, last
        came, ok_to_drop = dequeue(now)
        if came is None or not ok_to_drop:
            dropping = False
        elif dropping:
            while now >= drop_next and dropping:
                shed.append(now)
                count += 1
                came, ok_to_drop = dequeue(now)
                drop_next = control_law(drop_next)
                dropping = ok_to_drop
        else:
            shed.append(now)
            came, _ = dequeue(now)
            dropping, delta = True, count - last
            count = delta if delta > 1 and now - drop_next < 16 * interval else 1
            drop_next, last = control_law(now), count
        return came

    free_at, arrival = 0, gap
    while min(arrival, free_at if queue else arrival) <= until:
        if queue and free_at <= arrival:
            if take(free_at) is not None:
                free_at += work
        elif free_at < arrival and not queue:  # an idle server takes it at once
            first_above, dropping, free_at = 0, False, arrival + work
            arrival += gap
        else:
            queue.append(arrival)
            arrival += gap
    return shed


SETTINGS = [
    (8.1, 10.03, 5, 100),
    (9.7, 10.03, 5, 100),
    (2.3, 10.03, 5, 100),
    (19.3, 23.1, 40, 700),
    (0.97, 1.03, 3, 20),
]


@pytest.mark.parametrize(("gap_ms", "work_ms", "target_ms", "interval_ms"), SETTINGS)
def test_it_sheds_when_the_rfc_says(gap_ms: float, work_ms: float, target_ms: float, interval_ms: float) -> None:
    codel = {"target_ms": target_ms, "interval_ms": interval_ms}
    found = shed(gap_ms, work_ms, discipline="codel", codel=codel)
    wanted = shed_by_the_rfc(*(round(ms * MS) for ms in (gap_ms, work_ms, target_ms, interval_ms)), 40 * NS)
    assert len(wanted) > 30
    # a root by one Newton step is a little off where a row of drops goes on with a smaller count
    assert len(found) == pytest.approx(len(wanted), rel=0.02, abs=1)
    assert found[:20] == pytest.approx([at / NS for at in wanted[:20]], abs=0.2)


def shed(gap_ms: float, work_ms: float, **params: Any) -> list[float]:
    """Seconds at which a request is shed, to a tenth."""
    users = node("users", "client", rate_rps=1000 / gap_ms, arrival="constant")
    web = node("web", "service", workers=1, service_time_ms=work_ms, service_dist="const", queue_cap=10**6, **params)
    simulated = simulation([users, web], [link("l", "users", "web", rtt_ms=0, timeout_ms=None)])
    times: list[float] = []
    while simulated.now_ns < 40 * NS:
        simulated.advance(simulated.now_ns + NS // 10)
        total = simulated.summary()["client"]["failed"].get("shed", 0)
        times += [simulated.now_ns / NS] * (total - len(times))
    return times


def test_nothing_is_shed_while_every_interval_has_a_short_wait() -> None:
    assert shed(10.5, 10, discipline="codel") == []
    assert shed(8.1, 10.03) == [], "and first come first served sheds nobody"
