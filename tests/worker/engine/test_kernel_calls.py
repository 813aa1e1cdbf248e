"""Calls, losses, time-outs and late answers, to the unit and to the nanosecond."""

from __future__ import annotations

import pytest

from components.program import REASON, Op
from tests.worker.engine.hand import MS, PARENT, STATUS, A, Board, N, R, S, W, mean_ns, single_station, word
from worker.engine.layout import LINE, NODE_WORDS, Link, Node, Station, Totals
from worker.engine.machine import Machine

TIMEOUT, LOST = REASON["timeout"], REASON["lost"]
ALWAYS = 1 << 32


def one_call(timeout: int = -1, work: int = 10 * MS, answer: int = 0, **values: int) -> tuple[Board, dict[str, int]]:
    """One caller at time 0; it leaves STATUS, r0, r4 and the time in its own words."""
    board = Board()
    caller, callee = board.node(4), board.node()
    link = board.link("door", callee, timeout=timeout, **values)
    board.law("CONST", work)
    board.at("caller")
    board.op(Op.MOV, R(0), N(7))
    board.op(Op.MOV, R(4), N(8))
    board.op(Op.MOV, R(9), N(9))
    board.op(Op.CALL, A(link), -1)
    for n, value in enumerate((STATUS, R(0), R(4), R(9))):
        board.op(Op.MOV, W(NODE_WORDS + n), value)
    board.op(Op.END)
    board.at("door")
    board.op(Op.ADD, R(0), R(0), N(100))
    board.op(Op.ADD, R(4), R(4), N(100))
    board.op(Op.SERVE, 0)
    board.op(Op.REPLY, N(answer))
    board.start("caller", caller)
    return board, {"caller": caller, "callee": callee, "link": link, "failed": board.words[link + Link.FAILED]}


def outcome(machine: Machine, at: dict[str, int]) -> tuple[int, ...]:
    return tuple(word(machine, at["caller"] + NODE_WORDS + n) for n in range(4))


def counts(machine: Machine, link: int, *names: str) -> tuple[int, ...]:
    return tuple(word(machine, link + Link[name]) for name in names)


def test_message_registers_come_back_and_context_stays() -> None:
    board, at = one_call(OUT=3 * MS, BACK=4 * MS)
    machine = board.machine()
    machine.advance(17 * MS - 1)
    assert machine.live == 2 and counts(machine, at["link"], "CALLS", "OUTSTANDING", "OK") == (1, 1, 0)
    machine.advance(17 * MS)
    assert outcome(machine, at) == (0, 107, 8, 9)
    assert machine.live == 0 and counts(machine, at["link"], "CALLS", "OUTSTANDING", "OK") == (1, 0, 1)
    assert mean_ns(machine, word(machine, at["link"] + Link.HIST)) == 17 * MS
    own = word(machine, at["callee"] + Node.HIST) + 1
    assert mean_ns(machine, own - 1) == mean_ns(machine, own) == 10 * MS
    assert word(machine, at["callee"] + Node.DONE) == 1


def test_a_failed_answer_brings_no_message_and_its_reason() -> None:
    board, at = one_call(answer=6)
    machine = board.machine()
    machine.advance(S)
    assert outcome(machine, at) == (6, 7, 8, 9)
    assert word(machine, at["failed"] + 6) == 1 and word(machine, at["callee"] + Node.FAILED) == 1
    assert counts(machine, at["link"], "OK", "OUTSTANDING") == (0, 0)


def test_the_late_answer_is_counted_and_changes_nothing() -> None:
    board, at = one_call(timeout=5 * MS)
    machine = board.machine()
    machine.advance(6 * MS)
    assert outcome(machine, at) == (TIMEOUT, 7, 8, 9)
    assert counts(machine, at["link"], "TIMEOUTS", "OUTSTANDING", "LATE") == (1, 0, 0)
    assert word(machine, at["callee"] + Node.ORIGINS + TIMEOUT) == 1
    machine.advance(S)
    assert counts(machine, at["link"], "TIMEOUTS", "OUTSTANDING", "LATE", "OK") == (1, 0, 1, 0)
    assert outcome(machine, at) == (TIMEOUT, 7, 8, 9)
    assert word(machine, at["callee"] + Node.DONE) == 1  # the work was done
    assert machine.live == 1  # the timer list's own activation


def test_an_answer_in_time_cancels_the_time_out() -> None:
    board, at = one_call(timeout=10 * MS + 1)
    machine = board.machine()
    machine.advance(S)
    assert outcome(machine, at)[0] == 0 and counts(machine, at["link"], "TIMEOUTS", "LATE") == (0, 0)


def test_a_time_out_is_blamed_on_the_callee_while_the_answer_travels() -> None:
    board, at = one_call(timeout=15 * MS, BACK=10 * MS)
    machine = board.machine()
    machine.advance(S)
    assert outcome(machine, at)[0] == TIMEOUT
    assert word(machine, at["callee"] + Node.ORIGINS + TIMEOUT) == 1
    assert not machine.arena[:LINE].any()  # the line of address 0 is nobody's


@pytest.mark.parametrize("way", ["OUT_LOSS", "BACK_LOSS"])
def test_a_lost_message_without_time_out_comes_back_as_lost(way: str) -> None:
    board, at = one_call(OUT=3 * MS, BACK=4 * MS, **{way: ALWAYS})
    machine = board.machine()
    machine.advance(S)
    assert outcome(machine, at) == (LOST, 7, 8, 9)
    assert counts(machine, at["link"], "LOST", "OUTSTANDING", "LATE") == (1, 0, 0)
    assert word(machine, at["failed"] + LOST) == 1
    assert word(machine, at["callee"] + Node.ORIGINS + LOST) == 1
    assert machine.live == 0


@pytest.mark.parametrize("way", ["OUT_LOSS", "BACK_LOSS"])
def test_a_lost_message_with_time_out_is_a_time_out_that_began_with_a_loss(way: str) -> None:
    board, at = one_call(timeout=50 * MS, **{way: ALWAYS})
    machine = board.machine()
    machine.advance(S)
    assert outcome(machine, at)[0] == TIMEOUT
    assert counts(machine, at["link"], "LOST", "TIMEOUTS", "OUTSTANDING", "LATE") == (1, 1, 0, 0)
    assert word(machine, at["callee"] + Node.ORIGINS + LOST) == 1
    assert word(machine, at["callee"] + Node.ORIGINS + TIMEOUT) == 0


def test_a_call_that_vanishes_is_a_loss_for_its_caller() -> None:
    """A black hole: the activation ends without an answer, and its line may be somebody else's when the time is over."""
    board, at = one_call(timeout=50 * MS)
    board.at("hole")
    board.op(Op.END)
    board.doors = [(at["link"], "hole")]
    machine = board.machine()
    machine.advance(S)
    assert outcome(machine, at)[0] == TIMEOUT
    assert word(machine, at["callee"] + Node.ORIGINS + LOST) == 1
    assert counts(machine, at["link"], "OUTSTANDING", "LATE") == (0, 0)


def test_a_time_out_is_blamed_on_the_last_of_the_chain() -> None:
    """a calls b calls c, which is slow; b has no time-out of its own."""
    board, at = one_call(timeout=20 * MS)
    slow = board.node()
    inner = board.link("slow", slow)
    board.law("CONST", 500 * MS)
    board.at("middle")
    board.op(Op.CALL, A(inner), -1)
    board.op(Op.REPLY, STATUS)
    board.at("slow")
    board.op(Op.SERVE, 1)
    board.op(Op.REPLY, N(0))
    board.doors = [(at["link"], "middle"), (inner, "slow")]
    machine = board.machine()
    machine.advance(S)
    assert [word(machine, node + Node.ORIGINS + TIMEOUT) for node in (at["callee"], slow)] == [0, 1]
    assert counts(machine, at["link"], "LATE") == (1,)
    own = word(machine, at["callee"] + Node.HIST)
    assert mean_ns(machine, own) == 500 * MS and mean_ns(machine, own + 1) == 0  # all of it was waiting for c


def test_retries_until_it_works() -> None:
    """Each try fails with probability 0.3; the mean of tries is 1 / 0.7."""
    board, at = single_station(1000.0, MS, 64)
    tries, fails = board.room(1), board.stream()
    board.code.clear()
    board.at("source")
    board.op(Op.SOURCE, "request", 0)
    board.at("request")
    board.op(Op.CALL, A(at["link"]), "request")
    board.op(Op.COUNT, A(at["totals"]))
    board.op(Op.END)
    board.at("door")
    board.op(Op.ADD, A(tries), A(tries), N(1))
    board.op(Op.BRP, "bad", N(round(0.3 * ALWAYS)), fails)
    board.op(Op.REPLY, N(0))
    board.at("bad")
    board.op(Op.REPLY, N(6))
    machine = board.machine()
    machine.advance(200 * S)
    done = word(machine, at["totals"] + Totals.OK)
    assert word(machine, tries) / done == pytest.approx(1 / 0.7, rel=0.005)
    assert counts(machine, at["link"], "CALLS", "OK") == (word(machine, tries), done)


def test_k_of_n_takes_the_fastest() -> None:
    """Two of three exponential answers of mean 1: 1/3 + 1/2. The third is late."""
    board = Board()
    caller, totals = board.node(), board.totals()
    gap, work = board.law("EXP", 10 * MS), board.law("EXP", MS)
    links = [board.link("door", board.node()) for _ in range(3)]
    board.at("source")
    board.op(Op.SOURCE, "request", gap)
    board.at("request")
    for tag, link in enumerate(links):
        board.op(Op.ACALL, A(link), N(tag))
    board.op(Op.AWAIT, R(8), -1, -1)
    board.op(Op.AWAIT, R(8), -1, -1)
    board.op(Op.FORGET)
    board.op(Op.COUNT, A(totals))
    board.op(Op.END)
    board.at("door")
    board.op(Op.SERVE, work)
    board.op(Op.REPLY, N(0))
    board.start("source", caller)
    machine = board.machine()
    machine.advance(2000 * S)
    done = word(machine, totals + Totals.OK)
    assert mean_ns(machine, word(machine, totals + Totals.HIST)) / MS == pytest.approx(5 / 6, rel=0.01)
    assert sum(word(machine, link + Link.OK) for link in links) == pytest.approx(2 * done, abs=2)
    machine.rescale(board.pc("source"), caller, 100.0, 0.0)
    machine.advance(2001 * S)
    assert machine.live == 1
    for link in links:
        assert word(machine, link + Link.CALLS) == word(machine, link + Link.OK) + word(machine, link + Link.LATE)
        assert word(machine, link + Link.OUTSTANDING) == 0


def test_answers_to_a_busy_caller_wait_in_order() -> None:
    board = Board()
    caller, log = board.node(4), NODE_WORDS
    for ms in (3, 1, 2):
        board.law("CONST", ms * MS)
    links = [board.link(f"door{n}", board.node()) for n in range(3)]
    board.at("caller")
    for tag, link in enumerate(links):
        board.op(Op.ACALL, A(link), N(tag + 10))
    board.op(Op.MOV, R(9), N(20 * MS))
    board.op(Op.SLEEP, R(9))
    for n in range(3):
        board.op(Op.AWAIT, W(log + n), -1, -1)
    board.op(Op.NOW, W(log + 3), N(0))
    board.op(Op.END)
    for n in range(3):
        board.at(f"door{n}")
        board.op(Op.SERVE, n)
        board.op(Op.REPLY, N(0))
    board.start("caller", caller)
    machine = board.machine()
    machine.advance(S)
    assert [word(machine, caller + log + n) for n in range(4)] == [11, 12, 10, 20 * MS]
    assert machine.live == 0


def test_awaiting_can_time_out() -> None:
    board = Board()
    caller, limit = board.node(2), board.timers(5 * MS)
    board.law("CONST", 50 * MS)
    link = board.link("door", board.node())
    board.at("caller")
    board.op(Op.ACALL, A(link), N(0))
    board.op(Op.AWAIT, R(8), "over", A(limit))
    board.op(Op.END)
    board.at("over")
    board.op(Op.NOW, W(NODE_WORDS), N(0))
    board.op(Op.MOV, W(NODE_WORDS + 1), STATUS)
    board.op(Op.FORGET)
    board.op(Op.END)
    board.at("door")
    board.op(Op.SERVE, 0)
    board.op(Op.REPLY, N(0))
    board.start("caller", caller)
    machine = board.machine()
    machine.advance(S)
    assert [word(machine, caller + NODE_WORDS + n) for n in range(2)] == [5 * MS, TIMEOUT]
    assert counts(machine, link, "LATE", "OUTSTANDING") == (1, 0)


@pytest.mark.parametrize("timeout", [-1, 5 * MS])
def test_parallel_calls_that_are_lost_stay_open_nowhere(timeout: int) -> None:
    board = Board()
    link = board.link("door", board.node(), timeout=timeout, OUT_LOSS=ALWAYS // 2, BACK_LOSS=ALWAYS // 2)
    board.law("CONST", MS)
    board.at("caller")
    for tag in range(40):
        board.op(Op.ACALL, A(link), N(tag))
    board.op(Op.MOV, R(8), N(20 * MS))
    board.op(Op.SLEEP, R(8))
    board.op(Op.END)
    board.at("door")
    board.op(Op.SERVE, 0)
    board.op(Op.REPLY, N(0))
    board.start("caller", board.node())
    machine = board.machine()
    machine.advance(S)
    assert word(machine, link + Link.LOST) > 20
    assert counts(machine, link, "CALLS", "OUTSTANDING") == (40, 0)


def test_one_activation_may_start_more_than_the_machine_has_room_for() -> None:
    """1,000 children at one instant: the machine grows in the middle of a program and nothing else changes."""
    board = Board()
    caller, callee = board.node(2), board.node()
    link = board.link("door", callee, OUT=MS)
    board.law("CONST", MS)
    board.at("caller")
    board.op(Op.MOV, R(8), N(0))
    board.at("more")
    board.op(Op.ACALL, A(link), R(8))
    board.op(Op.ADD, R(8), R(8), N(1))
    board.op(Op.BLT, "more", R(8), N(1000))
    board.at("next")
    board.op(Op.AWAIT, R(9), -1, -1)
    board.op(Op.ADD, W(NODE_WORDS), W(NODE_WORDS), R(9))
    board.op(Op.SUB, R(8), R(8), N(1))
    board.op(Op.BLT, "next", N(0), R(8))
    board.op(Op.NOW, W(NODE_WORDS + 1), N(0))
    board.op(Op.END)
    board.at("door")
    board.op(Op.SERVE, 0)
    board.op(Op.REPLY, N(0))
    board.start("caller", caller)
    machine = board.machine()
    machine.advance(S)
    assert word(machine, caller + NODE_WORDS) == 999 * 1000 // 2
    assert word(machine, caller + NODE_WORDS + 1) == 2 * MS
    assert machine.live == 0 and counts(machine, link, "CALLS", "OK", "OUTSTANDING") == (1000, 1000, 0)


def test_who_has_answered_is_nobody_for_those_it_asked() -> None:
    """a asks b in parallel; b asks c, does not wait and answers at once; c's answer meets b's on its way back to a."""
    board = Board()
    caller, middle, last = board.node(), board.node(), board.node()
    near, far = board.link("middle", middle, OUT=MS, BACK=20 * MS), board.link("last", last, OUT=MS, BACK=MS)
    board.at("caller")
    board.op(Op.ACALL, A(near), N(0))
    board.op(Op.MOV, R(8), N(100 * MS))
    board.op(Op.SLEEP, R(8))
    board.op(Op.FORGET)
    board.op(Op.END)
    board.at("middle")
    board.op(Op.ACALL, A(far), N(0))
    board.op(Op.REPLY, N(0))
    board.at("last")
    board.op(Op.REPLY, N(0))
    board.start("caller", caller)
    machine = board.machine()
    machine.advance(S)
    assert counts(machine, near, "OK", "LATE", "OUTSTANDING") == (1, 0, 0)
    assert counts(machine, far, "OK", "LATE", "OUTSTANDING") == (0, 1, 0)
    assert machine.live == 0


def test_responding_early_lets_the_caller_go_while_work_goes_on() -> None:
    board, at = one_call()
    board.at("early")
    board.op(Op.RESPOND, N(0))
    board.op(Op.SERVE, 0)
    board.op(Op.MOV, W(NODE_WORDS - 1), N(1))
    board.op(Op.REPLY, N(6))
    board.doors = [(at["link"], "early")]
    machine = board.machine()
    machine.advance(MS)
    assert outcome(machine, at)[0] == 0 and machine.live == 1
    machine.advance(S)
    assert word(machine, at["callee"] + NODE_WORDS - 1) == 1 and machine.live == 0
    assert counts(machine, at["link"], "OK", "LATE", "OUTSTANDING") == (1, 0, 0)


def test_messages_that_nobody_waits_for() -> None:
    board, at = one_call(OUT=MS)
    board.code[3] = (int(Op.SEND), (A(at["link"]),))
    machine = board.machine()
    machine.advance(S)
    assert outcome(machine, at)[1] == 7 and machine.live == 0
    assert counts(machine, at["link"], "CALLS", "OK", "OUTSTANDING", "LATE") == (1, 0, 0, 0)
    assert word(machine, at["callee"] + Node.DONE) == 1


def test_spawned_work_has_all_registers_and_no_caller() -> None:
    board, at = one_call()
    board.at("door")
    board.op(Op.MOV, R(13), N(5))
    board.op(Op.SPAWN, "work")
    board.op(Op.REPLY, N(0))
    board.at("work")
    board.op(Op.SERVE, 0)
    board.op(Op.MOV, W(NODE_WORDS - 1), R(13))
    board.op(Op.MOV, W(NODE_WORDS - 2), PARENT)
    board.op(Op.REPLY, N(0))
    machine = board.machine()
    machine.advance(S)
    assert [word(machine, at["callee"] + NODE_WORDS - n) for n in (1, 2)] == [5, -1]
    assert outcome(machine, at)[0] == 0 and machine.live == 0
    assert word(machine, at["callee"] + Node.DONE) == 1


def test_under_time_outs_every_call_ends_in_one_way() -> None:
    board, at = single_station(200.0, 20 * MS, 3, qcap=50, timeout=100 * MS)
    machine = board.machine()
    machine.advance(60 * S)
    machine.rescale(board.pc("source"), at["client"], 200.0, 0.0)
    machine.advance(70 * S)
    link, totals, station = at["link"], at["totals"], at["station"]
    failed = [word(machine, word(machine, link + Link.FAILED) + n) for n in range(16)]
    assert word(machine, link + Link.CALLS) == word(machine, link + Link.OK) + sum(failed)
    assert failed[TIMEOUT] == word(machine, link + Link.TIMEOUTS) == word(machine, link + Link.LATE) > 1000
    assert word(machine, totals + Totals.OFFERED) == word(machine, totals + Totals.OK) + sum(
        word(machine, totals + Totals.FAILED + n) for n in range(16)
    )
    assert word(machine, station + Station.BUSY) == word(machine, station + Station.LEN) == 0
    assert word(machine, at["server"] + Node.ORIGINS + TIMEOUT) == failed[TIMEOUT]
    assert machine.live == 2  # the source, standing still, and the timer list
