"""Stations against queueing theory, on programs written by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from statistics import fmean, stdev

import pytest
from scipy import stats

from components.program import REASON, Op
from tests.worker.engine.hand import MS, A, Board, N, R, S, mean_ns, single_station, word
from tests.worker.laws.theory import erlang_b, mm1_quantile, mmc_sojourn
from worker.engine.layout import CLASSES, Link, Node, Station, Totals
from worker.engine.machine import Machine

CONFIDENCE = 1 - 1e-5


def agrees(measure: Callable[[int], float], theory: float, seeds: int = 8, slack: float = 0.0) -> None:
    """The t-interval over seeds holds the theory; on a miss four times other seeds decide."""

    def interval(of: Iterable[int]) -> tuple[float, float]:
        values = [measure(seed) for seed in of]
        t = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1))
        return fmean(values), t * stdev(values) / math.sqrt(len(values)) + slack * theory

    mean, half = interval(range(1, seeds + 1))
    if abs(mean - theory) > half:
        mean, half = interval(range(1001, 1001 + 4 * seeds))
    assert abs(mean - theory) <= half, f"{mean} +- {half}, theory {theory}"


def run(seed: int, seconds: int, **setting: float) -> tuple[Machine, dict[str, int]]:
    board, at = single_station(**setting)  # type: ignore[arg-type]
    machine = board.machine(seed)
    machine.advance(seconds * S)
    return machine, at


def test_mm1_sojourn_and_quantile() -> None:
    setting = {"rate": 70.0, "mean": 10 * MS, "cap": 1}

    def sojourn(seed: int) -> float:
        machine, at = run(seed, 600, **setting)
        return mean_ns(machine, word(machine, at["server"] + Node.HIST)) / MS

    def median(seed: int) -> float:
        machine, at = run(seed, 600, **setting)
        hist = machine.hist.reshape(-1, 1920)[word(machine, at["server"] + Node.HIST)]
        return float(machine.quantiles(hist, (0.5,))[0]) / MS

    agrees(sojourn, mmc_sojourn(1, 70, 0.01) * 1000)
    agrees(median, mm1_quantile(70, 0.01, 0.5) * 1000, slack=0.002)


def test_mmc_sojourn() -> None:
    def sojourn(seed: int) -> float:
        machine, at = run(seed, 60, rate=800.0, mean=8 * MS, cap=8)
        return mean_ns(machine, word(machine, at["link"] + Link.HIST)) / MS

    agrees(sojourn, mmc_sojourn(8, 800, 0.008) * 1000)


@pytest.mark.parametrize("law", ["EXP", "CONST"])
def test_loss_is_erlang_b_whatever_the_law_of_service(law: str) -> None:
    def lost(seed: int) -> float:
        machine, at = run(seed, 60, rate=800.0, mean=8 * MS, cap=8, qcap=0, law=law)
        return word(machine, at["station"] + Station.REJECTS) / word(machine, at["station"] + Station.ARRIVALS)

    agrees(lost, erlang_b(8, 6.4))


def test_integrals_obey_little_to_the_request() -> None:
    """Both sides count the same sojourns, once by time and once by request, as soon as nobody is inside."""
    board, at = single_station(300.0, 9 * MS, 4)
    machine = board.machine()
    machine.advance(20 * S)
    machine.rescale(board.pc("source"), at["client"], 300.0, 0.0)
    machine.advance(30 * S)
    station = at["station"]
    assert word(machine, station + Station.BUSY) == word(machine, station + Station.LEN) == 0
    inside = word(machine, station + Station.BUSY_AREA) + word(machine, station + Station.QUEUE_AREA)
    assert inside == machine.hist_stats[4 * word(machine, at["server"] + Node.HIST) + 1]
    assert word(machine, station + Station.DONE) == word(machine, at["totals"] + Totals.OK) > 5000


@pytest.mark.parametrize(("lifo", "order"), [(0, [1, 2, 3, 4]), (1, [1, 4, 3, 2])])
def test_who_is_next(lifo: int, order: list[int]) -> None:
    board = Board()
    node = board.node(8)
    station, log = board.station(1, lifo=lifo), board.room(8)
    for n in range(1, 5):
        board.at(f"user{n}")
        board.op(Op.ACQUIRE, A(station), -1, N(0))
        board.op(Op.SERVE, 0)
        board.op(Op.ADD, A(log), A(log), N(1))
        board.op(Op.STX, N(n), N(log), A(log))
        board.op(Op.RELEASE, A(station))
        board.op(Op.END)
        board.start(f"user{n}", node, n)
    board.law("CONST", 10 * MS)
    machine = board.machine()
    machine.advance(S)
    assert [word(machine, log + 1 + n) for n in range(4)] == order
    assert word(machine, station + Station.QUEUE_MAX) == 3
    assert machine.live == 0


# (class, first come first served), and who is served after user 1, who finds a free slot
ORDERS = [
    ([0, 3, 1, 2, 0, 1], 0, [1, 5, 3, 6, 4, 2]),
    ([3, 3, 1, 2, 0, 1], 1, [1, 5, 6, 3, 4, 2]),
    ([2, 2, 2, 2, 2, 2], 1, [1, 6, 5, 4, 3, 2]),
    ([0, 9, 3, -7, 2, 0], 0, [1, 4, 6, 5, 2, 3]),
]


def classes(levels: list[int], lifo: int, cap: int = 1, qcap: int = 100) -> tuple[Board, int, int, int]:
    """User n arrives after n - 1 ms, waits in its class and writes its number down when it is done: 10 ms later."""
    board = Board()
    node, station, log = board.node(8), board.station(cap, qcap, lifo=lifo), board.room(8)
    for n, level in enumerate(levels, 1):
        board.at(f"user{n}")
        board.op(Op.MOV, R(9), N(level))
        board.op(Op.ACQUIRE, A(station), "full", R(9))
        board.op(Op.SERVE, 0)
        board.op(Op.ADD, A(log), A(log), N(1))
        board.op(Op.STX, N(n), N(log), A(log))
        board.op(Op.RELEASE, A(station))
        board.op(Op.END)
        board.start(f"user{n}", node, (n - 1) * MS)
    board.at("full")
    board.op(Op.END)
    board.law("CONST", 10 * MS)
    return board, node, station, log


@pytest.mark.parametrize(("levels", "lifo", "order"), ORDERS)
def test_the_lowest_class_is_served_first(levels: list[int], lifo: int, order: list[int]) -> None:
    board, _, station, log = classes(levels, lifo)
    machine = board.machine()
    machine.advance(6 * MS)
    assert word(machine, station + Station.LEN) == 5, "LEN counts all classes"
    machine.advance(S)
    assert [word(machine, log + n) for n in range(1, 7)] == order
    assert word(machine, station + Station.QUEUE_MAX) == 5
    assert machine.live == 0


def test_the_room_of_the_queue_is_for_all_classes_together() -> None:
    board, _, station, log = classes([0, 3, 1, 2, 0, 1], 0, qcap=3)
    machine = board.machine()
    machine.advance(S)
    assert [word(machine, log + n) for n in range(1, 7)] == [1, 3, 4, 2, 0, 0]
    assert word(machine, station + Station.REJECTS) == 2


def test_more_slots_wake_the_lowest_classes() -> None:
    board, node, station, log = classes([0, 3, 1, 2, 0, 1], 0)
    board.at("widen")
    board.op(Op.SETCAP, A(station), N(3))
    board.op(Op.END)
    board.start("widen", node, 6 * MS)
    machine = board.machine()
    machine.advance(S)
    done = [word(machine, log + n) for n in range(1, 7)]
    assert [done[0], {*done[1:3]}, done[3], {*done[4:]}] == [1, {5, 3}, 6, {4, 2}]
    assert machine.live == 0


def test_a_crash_empties_every_class() -> None:
    board, node, station, _ = classes([0, 3, 1, 2, 0, 1], 0)
    machine = board.machine()
    machine.advance(7 * MS)
    machine.kill(node, REASON["node_down"], [station], {})
    ends = range(station + Station.HEAD, station + Station.HEAD + 2 * CLASSES)
    assert all(word(machine, at) == -1 for at in ends)
    assert word(machine, station + Station.LEN) == machine.live == 0
    machine.advance(S)
    assert machine.live == 0


def test_a_pause_keeps_the_order_of_the_classes() -> None:
    board, node, _, log = classes([0, 3, 1, 2, 0, 1], 0)
    machine = board.machine()
    machine.advance(7 * MS)
    machine.pause(node, set())
    machine.advance(200 * MS)
    machine.resume(node)
    machine.advance(S)
    assert [word(machine, log + n) for n in range(1, 7)] == [1, 5, 3, 6, 4, 2]


def test_a_full_queue_sends_on() -> None:
    machine, at = run(1, 10, rate=1000.0, mean=20 * MS, cap=2, qcap=3)
    station, totals = at["station"], at["totals"]
    assert word(machine, station + Station.QUEUE_MAX) == 3
    rejected = word(machine, station + Station.REJECTS)
    assert rejected == word(machine, totals + Totals.FAILED + REASON["queue_full"]) > 8000
    offered = word(machine, totals + Totals.OFFERED)
    inside = word(machine, station + Station.BUSY) + word(machine, station + Station.LEN)
    assert offered == word(machine, totals + Totals.OK) + rejected + inside


def test_more_slots_wake_who_waits_and_fewer_drain() -> None:
    board = Board()
    node, station = board.node(), board.station(1)
    board.law("CONST", 100 * MS)
    board.at("user")
    board.op(Op.ACQUIRE, A(station), -1, N(0))
    board.op(Op.SERVE, 0)
    board.op(Op.RELEASE, A(station))
    board.op(Op.END)
    board.at("widen")
    board.op(Op.SETCAP, A(station), N(3))
    board.op(Op.END)
    board.at("narrow")
    board.op(Op.SETCAP, A(station), N(1))
    board.op(Op.END)
    for n in range(6):
        board.start("user", node, n)
    board.start("widen", node, 10 * MS)
    board.start("narrow", node, 105 * MS)
    machine = board.machine()
    busy = []
    for ms in (9, 11, 104, 106, 111, 250):
        machine.advance(ms * MS)
        busy.append((word(machine, station + Station.BUSY), word(machine, station + Station.LEN)))
    assert busy == [(1, 5), (3, 3), (3, 2), (3, 2), (1, 2), (1, 1)]
    machine.advance(S)
    assert machine.live == 0 and word(machine, station + Station.DONE) == 6
