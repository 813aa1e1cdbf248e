"""The kernel against the oracle: every word of state, every stream, every sum of every histogram."""

from __future__ import annotations

import random

import numpy as np
import pytest

from components.program import Op
from components.program.op import EVICTION
from tests.worker.engine.hand import MS, STATUS, A, Board, N, Operand, R, W
from tests.worker.engine.oracle import Oracle
from tests.worker.engine.story import ops_board
from tests.worker.engine.test_machine import shop
from worker.engine.layout import HIST_STATS, LINE, NODE_WORDS
from worker.engine.machine import Machine


def compare(board: Board, seed: int, until: int, steps: int = 1) -> Machine:
    """Run both; heads and tails of lists, which hold ids in one and nothing in the other, are left out."""
    tables = board.tables(seed)
    machine, oracle = Machine(tables), Oracle(tables)
    for step in range(1, steps + 1):
        machine.advance(until * step // steps)
        oracle.advance(until * step // steps)
        assert len(machine.arena) - len(oracle.memory) == 256 * LINE, "the oracle does not grow"
        found, wanted = machine.arena[: len(oracle.memory)].copy(), np.array(oracle.memory)
        for address in board.ids:
            found[address] = wanted[address] = 0
        differing = np.flatnonzero(found != wanted)
        assert not len(differing), [(int(at), int(found[at]), int(wanted[at])) for at in differing[:5]]
        assert machine.streams.tolist() == oracle.streams.tolist()
        assert machine.live == oracle.live
        for hist, seen in oracle.seen.items():
            assert machine.hist_stats[hist * HIST_STATS : hist * HIST_STATS + 3].tolist() == seen
    assert machine.hist_stats[::HIST_STATS].sum() == sum(seen[0] for seen in oracle.seen.values())
    return machine


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_shop_with_time_outs_and_full_queues(seed: int) -> None:
    board, _ = shop(timeout=30 * MS)
    assert compare(board, seed, 2000 * MS, steps=7).events > 2500


@pytest.mark.parametrize("policy", EVICTION)
@pytest.mark.parametrize("seed", range(1, 4))
def test_a_program_of_every_op(seed: int, policy: str) -> None:
    board, _ = ops_board(policy)
    assert compare(board, seed, 400 * MS, steps=5).events > 2500


# -- programs that nobody would write ------------------------------------------------------------------
NODES, LINKS = 3, 4
BINARY = (Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.MOD, Op.MIN, Op.MAX, Op.AND, Op.OR, Op.HASH)
BRANCH = (Op.BEQ, Op.BNE, Op.BLT, Op.BLE)
WAITING = (
    Op.CALL,
    Op.CALL,
    Op.CALL,
    Op.ACALL,
    Op.ACALL,
    Op.AWAIT,
    Op.SERVE,
    Op.SERVE,
    Op.ACQUIRE,
    Op.RELEASE,
    Op.WAIT,
    Op.NOTIFY,
)
OTHERS = (Op.SEND, Op.SPAWN, Op.FORK, Op.RESPOND, Op.FORGET, Op.OBS, Op.BRP, Op.NOW, Op.RAND, Op.MOV)


class Wild:
    """Random programs that end: targets lie ahead, and node n calls node n + 1 alone. Node 0 is started by a source."""

    def __init__(self, seed: int) -> None:
        self.chance, self.board = random.Random(seed), Board()
        board = self.board
        self.nodes = [board.node(8) for _ in range(NODES)]
        self.stations = [board.station(2, 3), board.station(1, 2, lifo=1)]
        self.queues, self.lists, self.hist = (
            [board.queue(), board.queue()],
            [board.timers(3 * MS), board.timers(7 * MS)],
            board.hist(),
        )
        # with constant times many events fall on the same nanosecond, and ids decide
        law = self.chance.choice(("CONST", "EXP"))
        jitter = 0 if law == "CONST" else MS // 2
        self.gap, self.work, self.dice = board.law(law, 6 * MS), board.law(law, 2 * MS), board.stream()
        self.links = [[self.link(n, to, jitter) for to in range(NODES)] for n in range(LINKS)]
        board.at("source")
        board.op(Op.SOURCE, "door0", self.gap)
        for n in range(NODES):
            self.program(n)
        board.start("source", self.nodes[0])

    def link(self, n: int, to: int, jitter: int) -> int:
        loss, timeout = (1 << 29) * (n % 2), [9 * MS, -1][n // 2]
        return self.board.link(
            f"door{to}",
            self.nodes[to],
            timeout=timeout,
            OUT=MS,
            BACK=MS,
            OUT_JITTER=jitter,
            OUT_LOSS=loss,
            BACK_LOSS=loss,
        )

    def program(self, n: int) -> None:
        board, length = self.board, self.chance.randint(3, 18)
        board.at(f"door{n}")
        for register in range(8, 14):
            board.op(Op.MOV, R(register), N(0))  # a line still holds what somebody else left there
        self.remember()
        self.end = len(board.code) + length
        while len(board.code) < self.end:
            op = self.chance.choice(self.chance.choice((BINARY, BRANCH, WAITING, WAITING, OTHERS)))
            if op in (Op.CALL, Op.ACALL, Op.SEND) and n + 1 == NODES:
                op = Op.SERVE
            board.op(op, *self.operands(op, n))
        self.remember()
        board.op(Op.REPLY, self.chance.choice((STATUS, N(0), N(6))))

    def remember(self) -> None:
        """All of message and context goes into a word that is compared."""
        for register in range(-1, 8):
            self.board.op(Op.HASH, W(NODE_WORDS + 7), W(NODE_WORDS + 7), R(register))

    def ahead(self) -> int:
        return min(len(self.board.code) + self.chance.randint(1, 5), self.end)

    def value(self) -> tuple[int, int]:
        chance = self.chance
        return chance.choice(
            (N(chance.randint(-3, 9)), R(chance.randint(0, 13)), W(NODE_WORDS + chance.randint(0, 3)), STATUS)
        )

    def place(self) -> tuple[int, int]:
        return self.chance.choice((R(self.chance.randint(0, 13)), W(NODE_WORDS + self.chance.randint(0, 3))))

    def operands(self, op: Op, n: int) -> tuple[Operand, ...]:
        pick = self.chance.choice
        station, queue, timers = A(pick(self.stations)), A(pick(self.queues)), A(pick(self.lists))
        if op in BINARY:
            return self.place(), self.value(), self.value()
        if op in BRANCH:
            return self.ahead(), self.value(), self.value()
        if op in (Op.CALL, Op.ACALL, Op.SEND):
            return A(pick(self.links)[n + 1]), -1 if op == Op.CALL else N(pick((0, 1, 2)))
        simple: dict[Op, tuple[Operand, ...]] = {
            Op.MOV: (self.place(), self.value()), Op.NOW: (self.place(), self.value()), Op.SERVE: (self.work,),
            Op.AWAIT: (self.place(), self.ahead(), timers), Op.ACQUIRE: (station, self.ahead(), self.value()), Op.RELEASE: (station,),
            Op.WAIT: (queue, self.ahead(), timers), Op.NOTIFY: (queue, N(pick((-1, 1, 2)))), Op.SPAWN: (self.ahead(),),
            Op.FORK: (self.ahead(), N(pick((0, 1, 2)))),
            Op.RESPOND: (N(pick((0, 6))),), Op.OBS: (self.hist, N(MS), N(2)), Op.BRP: (self.ahead(), N(1 << 31), self.dice),
            Op.RAND: (self.place(), N(7), self.dice), Op.FORGET: (),
        }  # fmt: skip
        return simple[op]


@pytest.mark.parametrize("batch", range(10))
def test_programs_that_nobody_would_write(batch: int) -> None:
    for seed in range(batch * 15, batch * 15 + 15):
        compare(Wild(seed).board, seed + 1, 150 * MS, steps=3)
