"""Forks: children inside a node, met by AWAIT, measured nowhere; and what waiting for them counts as."""

from __future__ import annotations

from components.program import REASON, Op
from tests.worker.engine.hand import MS, STATUS, A, Board, N, R, S, W, mean_ns, word
from worker.engine.layout import LINE, NODE_WORDS, Link, Node
from worker.engine.machine import Machine


def forked(work: int = 10 * MS, timeout: int = -1) -> tuple[Board, dict[str, int]]:
    """users -> middle -> far. The middle forks a call to far and an alarm of 30 ms, and answers with the first of them."""
    board = Board()
    users, middle, far = board.node(4), board.node(4), board.node()
    gate = board.timers(-1)
    first, second = (
        board.link("middle", middle, OUT=MS, BACK=MS),
        board.link("far", far, timeout=timeout, OUT=MS, BACK=MS),
    )
    law, own = board.law("CONST", work), board.law("CONST", 5 * MS)
    board.at("users")
    board.op(Op.MOV, R(1), N(5))
    board.op(Op.CALL, A(first), -1)
    for n, value in enumerate((STATUS, R(1))):
        board.op(Op.MOV, W(NODE_WORDS + n), value)
    board.op(Op.END)
    board.at("middle")
    board.op(Op.SERVE, own)
    board.op(Op.MOV, R(9), N(30 * MS))
    board.op(Op.FORK, "try", N(3))
    board.op(Op.FORK, "alarm", N(4))
    board.op(Op.MOV, R(9), N(7))
    board.op(Op.AWAIT, W(NODE_WORDS), -1, A(gate))
    board.op(Op.FORGET)
    board.op(Op.MOV, W(NODE_WORDS + 1), R(9))
    board.op(Op.REPLY, STATUS)
    board.at("try")
    board.op(Op.CALL, A(second), -1)
    board.op(Op.REPLY, STATUS)
    board.at("alarm")
    board.op(Op.SLEEP, R(9))
    board.op(Op.REPLY, N(REASON["expired"]))
    board.at("far")
    board.op(Op.SERVE, law)
    board.op(Op.MOV, R(1), N(42))
    board.op(Op.REPLY, N(0))
    board.start("users", users)
    return board, {"users": users, "middle": middle, "far": far, "first": first, "second": second}


def ran(until: int = S, **options: int) -> tuple[Machine, dict[str, int]]:
    board, at = forked(**options)
    machine = board.machine()
    machine.advance(until)
    return machine, at


def test_the_answer_of_a_fork_brings_status_and_message() -> None:
    machine, at = ran()
    assert [word(machine, at["users"] + NODE_WORDS + n) for n in (0, 1)] == [0, 42]
    assert [word(machine, at["middle"] + NODE_WORDS + n) for n in (0, 1)] == [3, 7], "registers were copied, not shared"


def test_nothing_of_a_fork_is_measured_and_waiting_for_it_is_no_own_time() -> None:
    machine, at = ran()
    hist = word(machine, at["middle"] + Node.HIST)
    assert word(machine, at["middle"] + Node.DONE) == 1, "the request alone"
    assert mean_ns(machine, hist) == (5 + 12) * MS
    assert mean_ns(machine, hist + 1) == 5 * MS
    assert word(machine, at["first"] + Link.LATE) == word(machine, at["second"] + Link.LATE) == 0
    assert not machine.arena[:LINE].any(), "address 0 is nobody's"


def test_the_first_answer_wins_and_the_loser_ends_alone() -> None:
    board, at = forked(work=100 * MS)
    machine = board.machine()
    machine.advance(40 * MS)
    assert word(machine, at["users"] + NODE_WORDS) == REASON["expired"]
    assert word(machine, at["second"] + Link.OUTSTANDING) == 1, "its call goes on"
    machine.advance(S)
    assert word(machine, at["second"] + Link.OK) == 1 and word(machine, at["far"] + Node.DONE) == 1
    assert machine.live == 0


def test_a_fork_has_the_time_outs_of_its_own_calls() -> None:
    machine, at = ran(work=100 * MS, timeout=20 * MS)
    assert word(machine, at["users"] + NODE_WORDS) == REASON["timeout"]
    assert word(machine, at["second"] + Link.TIMEOUTS) == word(machine, at["second"] + Link.LATE) == 1
    assert word(machine, at["far"] + Node.ORIGINS + REASON["timeout"]) == 1


def test_forks_die_with_their_node() -> None:
    board, at = forked(work=100 * MS)
    machine = board.machine()
    machine.advance(20 * MS)
    machine.kill(at["middle"], REASON["node_down"], [], {board.pc("middle"): board.pc("alarm")})
    machine.advance(S)
    assert word(machine, at["users"] + NODE_WORDS) == REASON["node_down"]
    assert word(machine, at["middle"] + Node.FAILED) == 1, "one request failed, not its forks"
    assert word(machine, at["second"] + Link.LATE) == 1
    assert machine.live == 0


def test_a_pause_holds_the_answer_of_a_fork() -> None:
    board, at = forked()
    machine = board.machine()
    machine.advance(10 * MS)
    machine.pause(at["middle"], {board.pc("middle")})
    machine.advance(50 * MS)
    assert word(machine, at["users"] + NODE_WORDS + 1) == 0
    machine.resume(at["middle"])
    machine.advance(S)
    assert [word(machine, at["users"] + NODE_WORDS + n) for n in (0, 1)] == [0, 42]
