"""Wait queues, sleeping, serving, timers and everything that may go on for ever."""

from __future__ import annotations

import math

import pytest

from components.program import REASON, Op
from tests.worker.engine.hand import MS, STATUS, A, Board, N, R, S, W, mean_ns, word
from worker.engine.layout import NODE_WORDS, Node, Queue, Totals
from worker.engine.machine import Machine, MachineError

HOUR = 3600 * S


def group_commit(rate: float, fsync_ms: float) -> tuple[Machine, int]:
    """Commits wait for the flush that began after them; a flush takes everybody who waits when it begins."""
    board = Board()
    node, client, totals = board.node(4), board.node(), board.totals()
    work, durable = board.queue(), board.queue()
    written, flushed = W(NODE_WORDS), W(NODE_WORDS + 1)
    gap, fsync = board.law("EXP", 1e9 / rate), board.law("CONST", fsync_ms * MS)
    link = board.link("commit", node)
    board.at("source")
    board.op(Op.SOURCE, "request", gap)
    board.at("request")
    board.op(Op.CALL, A(link), -1)
    board.op(Op.COUNT, A(totals))
    board.op(Op.END)
    board.at("commit")
    board.op(Op.ADD, written, written, N(1))
    board.op(Op.NOTIFY, A(work), N(1))
    board.op(Op.WAIT, A(durable), -1, -1)
    board.op(Op.REPLY, N(0))
    board.at("flusher")
    board.op(Op.BLT, "flush", flushed, written)
    board.op(Op.WAIT, A(work), -1, -1)
    board.op(Op.JMP, "flusher")
    board.at("flush")
    board.op(Op.MOV, R(8), written)
    board.op(Op.SUB, R(9), R(8), flushed)
    board.op(Op.SERVE, fsync)
    board.op(Op.MOV, flushed, R(8))
    board.op(Op.NOTIFY, A(durable), R(9))
    board.op(Op.JMP, "flusher")
    board.start("source", client)
    board.start("flusher", node)
    machine = board.machine()
    machine.advance(100 * S)
    return machine, totals


@pytest.mark.parametrize("rate", [50.0, 200.0, 1000.0])
def test_group_commit_waits_as_long_as_theory_says(rate: float) -> None:
    """One's own flush, and half of the running one if there is one: a flush starts at once if somebody came meanwhile,
    else with the next arrival."""
    flush = 0.005
    busy = flush / (flush + math.exp(-rate * flush) / rate)
    machine, totals = group_commit(rate, flush * 1000)
    assert mean_ns(machine, word(machine, totals + Totals.HIST)) / S == pytest.approx(flush * (1 + busy / 2), rel=0.01)


def test_waiting_with_a_time_out() -> None:
    """Three wait, the middle one gives up and leaves from the middle; the first two in the queue are woken."""
    board = Board()
    node, queue = board.node(8), board.queue()
    never, soon = board.timers(-1), board.timers(10 * MS)
    for n, timers in enumerate((never, soon, never)):
        board.at(f"w{n}")
        board.op(Op.WAIT, A(queue), f"over{n}", A(timers))
        board.op(Op.NOW, W(NODE_WORDS + n), N(0))
        board.op(Op.END)
        board.at(f"over{n}")
        board.op(Op.NOW, W(NODE_WORDS + n), N(1))
        board.op(Op.MOV, W(NODE_WORDS + 4), STATUS)
        board.op(Op.END)
        board.start(f"w{n}", node, n)
    board.at("waker")
    board.op(Op.MOV, W(NODE_WORDS + 3), A(queue + Queue.LEN))
    board.op(Op.NOTIFY, A(queue), N(-1))
    board.op(Op.END)
    board.start("waker", node, 50 * MS)
    machine = board.machine()
    machine.advance(S)
    assert [word(machine, node + NODE_WORDS + n) for n in range(5)] == [
        50 * MS,
        10 * MS + 2,
        50 * MS,
        2,
        REASON["timeout"],
    ]


def test_sleeping_longer_than_a_key_can_hold() -> None:
    board = Board()
    node = board.node(1)
    board.at("sleeper")
    board.op(Op.MOV, R(8), N(30 * 24 * HOUR + 5))
    board.op(Op.SLEEP, R(8))
    board.op(Op.NOW, W(NODE_WORDS), N(0))
    board.op(Op.END)
    board.start("sleeper", node)
    machine = board.machine()
    machine.advance(31 * 24 * HOUR)
    assert word(machine, node + NODE_WORDS) == 30 * 24 * HOUR + 5


@pytest.mark.parametrize("slow", [1024, 1024 * 1000])
def test_serving_longer_than_a_key_can_hold(slow: int) -> None:
    """A minute's work at a node that is 1,000 times slower: 16 hours and 40 minutes, to the nanosecond."""
    board = Board()
    node = board.node(1)
    board.words[node + Node.SLOW] = slow
    board.law("CONST", 60 * S + 1)
    board.at("worker")
    board.op(Op.SERVE, 0)
    board.op(Op.NOW, W(NODE_WORDS), N(0))
    board.op(Op.END)
    board.start("worker", node)
    machine = board.machine()
    machine.advance(24 * HOUR)
    assert word(machine, node + NODE_WORDS) == (60 * S + 1) * slow // 1024
    assert machine.live == 0


def test_timers_longer_than_a_key_can_hold() -> None:
    board = Board()
    node, queue, day = board.node(2), board.queue(), board.timers(24 * HOUR)
    for n in range(2):
        board.at(f"w{n}")
        board.op(Op.WAIT, A(queue), -1, A(day))
        board.op(Op.NOW, W(NODE_WORDS + n), N(0))
        board.op(Op.END)
        board.start(f"w{n}", node, n * 1000)
    machine = board.machine()
    machine.advance(25 * HOUR)
    assert [word(machine, node + NODE_WORDS + n) for n in range(2)] == [24 * HOUR, 24 * HOUR + 1000]


def test_thirty_days_with_a_stamp_each() -> None:
    """The zero of the keys moves thousands of times; nothing else does."""
    board = Board()
    node, log = board.node(), board.room(32)
    board.law("CONST", HOUR / 4)
    board.at("clock")
    board.op(Op.SOURCE, "tick", 0)
    board.at("tick")
    board.op(Op.ADD, A(log), A(log), N(1))
    board.op(Op.MOD, R(8), A(log), N(96))
    board.op(Op.BNE, "done", R(8), N(0))
    board.op(Op.DIV, R(8), A(log), N(96))
    board.op(Op.NOW, R(9), N(0))
    board.op(Op.STX, R(9), N(log), R(8))
    board.at("done")
    board.op(Op.END)
    board.start("clock", node)
    machine = board.machine()
    machine.advance(30 * 24 * HOUR)
    days = [word(machine, log + 1 + n) for n in range(30)]
    step = HOUR // 4
    assert days == [96 * step * (n + 1) for n in range(30)]


@pytest.mark.parametrize("loop", ["jump", "wake"])
def test_an_endless_program_is_stopped_with_its_place(loop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board()
    node, one, two = board.node(), board.queue(), board.queue()
    board.op(Op.END)
    if loop == "jump":
        board.at("a")
        board.op(Op.JMP, "a")
        board.start("a", node)
    else:
        board.at("a")
        board.op(Op.NOTIFY, A(two), N(1))
        board.op(Op.WAIT, A(one), -1, -1)
        board.op(Op.JMP, "a")
        board.at("b")
        board.op(Op.NOTIFY, A(one), N(1))
        board.op(Op.WAIT, A(two), -1, -1)
        board.op(Op.JMP, "b")
        board.start("b", node)
        board.start("a", node)
    with pytest.raises(MachineError, match=r"^instruction [1-9]: \["):
        board.machine().advance(S)


def test_an_instruction_that_is_none_is_told() -> None:
    board = Board()
    board.at("a")
    board.op(Op.DEAD)
    board.start("a", board.node())
    with pytest.raises(MachineError, match="instruction 0"):
        board.machine().advance(S)


def test_a_budget_stops_between_events_and_counts_them() -> None:
    board = Board()
    node = board.node(1)
    board.law("CONST", MS)
    board.at("worker")
    board.op(Op.ADD, W(NODE_WORDS), W(NODE_WORDS), N(1))
    board.op(Op.SERVE, 0)
    board.op(Op.JMP, "worker")
    board.start("worker", node)
    machine = board.machine()
    assert not machine.advance(S, budget=10)
    assert machine.events == word(machine, node + NODE_WORDS) == 10
    assert machine.now == 9 * MS
    assert not machine.advance(S, budget=0) and machine.events == 10
    assert machine.advance(S, budget=1001) and machine.events == 1001
    with pytest.raises(ValueError, match="cannot go back"):
        machine.advance(S - 1)
