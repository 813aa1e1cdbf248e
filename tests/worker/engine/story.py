"""A story that meets every op, command and law, told as digests. Run: python -m tests.worker.engine.story

With the argument `kinds`: the example of every kind, with a crash of it. With `write`: digest.json, which every Python must reproduce.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from components.catalog import KINDS
from components.commands import parse as parse_command
from components.design import parse
from components.program import Op
from components.program.op import EVICTION
from tests.worker.engine.hand import MS, STATUS, A, Board, N, R, S, W
from tests.worker.engine.test_machine import crash, heal, shop
from worker.engine.alias import alias_table
from worker.engine.layout import NODE_WORDS, Link
from worker.engine.machine import Machine
from worker.engine.simulation import Simulation
from worker.engine.timeouts import set_timeout

DIGEST = Path(__file__).with_name("digest.json")
DESIGN: dict[str, Any] = {
    "format": 1,
    "name": "Everything at once",
    "nodes": [
        {"id": "users", "kind": "client", "name": "u", "params": {"rate_rps": 150, "read_share": 0.7, "keys_n": 500}},
        {"id": "lb", "kind": "load_balancer", "name": "l", "params": {"algo": "least_conn"}},
        {"id": "web", "kind": "service", "name": "w", "params": {"replicas": 3, "workers": 2, "error_p": 0.02, "queue_cap": 5}},
        {"id": "cache", "kind": "cache", "name": "c", "params": {"capacity_items": 60}},
        {"id": "db", "kind": "sql_primary", "name": "d", "params": {"max_conns": 3, "service_dist": "lognormal"}},
    ],
    "links": [
        {"id": "l1", "source": "users", "target": "lb", "params": {"timeout_ms": 300, "retry": {"max": 2, "jitter": "decorrelated"}}},
        {"id": "l2", "source": "lb", "target": "web", "params": {"jitter_ms": 0.5, "loss_p": 0.01}},
        {"id": "l3", "source": "web", "target": "cache", "params": {}},
        {"id": "l4", "source": "cache", "target": "db", "params": {"timeout_ms": 60, "circuit_breaker": {"window_s": 1, "min_calls": 5}}},
    ],
}  # fmt: skip
COMMANDS: list[tuple[int, dict[str, Any]]] = [
    (300, {"command": "inject", "id": "a", "fault": "crash", "target": "web", "selector": {"n": 1}}),
    (500, {"command": "inject", "id": "b", "fault": "slow", "target": "db", "factor": 20}),
    (700, {"command": "heal", "id": "a"}),
    (800, {"command": "inject", "id": "c", "fault": "pause", "target": "cache", "for_s": 0.2}),
    (900, {"command": "heal", "id": "b"}),
    (1000, {"command": "set", "target": "l1", "param": "timeout_ms", "value": 50}),
    (1100, {"command": "inject", "id": "d", "fault": "loss", "target": "l2", "p": 0.3}),
]


def everything() -> Simulation:
    design, problems = parse(DESIGN)
    assert design is not None, [problem.line() for problem in problems]
    simulation = Simulation(design, 5)
    for ms, document in COMMANDS:
        simulation.advance(ms * MS)
        command, problems = parse_command(document, design, scheduled=False)
        assert command is not None, [problem.line() for problem in problems]
        simulation.apply(command)
    simulation.advance(1300 * MS)
    return simulation


def troubled_shop() -> Machine:
    board, at = shop()
    machine = board.machine(3)
    for step in range(1, 5):
        machine.advance(step * 200 * MS)
        crash(machine, board, at, "store" if step % 2 else "server")
        machine.advance(step * 200 * MS + 50 * MS)
        heal(machine, board, at)
        machine.pause(at["server"], {board.pc("door")})
        set_timeout(machine, at["far"], 20 * MS * step)
        machine.advance(step * 200 * MS + 100 * MS)
        machine.resume(at["server"])
    machine.advance(S)
    return machine


def ops_board(policy: str = "lru") -> tuple[Board, int]:
    """All ops that the design above does not use, with numbers that are not nice; and a link in it."""
    board = Board()
    node, queue, gate, other = board.node(8), board.queue(), board.timers(3 * MS), board.node()
    station, cache, table, hist = board.station(1), board.cache(16, 5, policy), board.room(8), board.hist()
    laws = [
        board.law("UNIFORM", MS, 2 * MS), board.law("PARETO", MS, 1.5), board.law("LOGNORMAL", 13.0, 1.0),
        board.law("BIMODAL_EXP", MS, 9.0 * MS, 0.2), board.law("BIMODAL_CONST", MS, 4.0 * MS, 0.3), board.law("EXP", MS),
    ]  # fmt: skip
    dice = board.stream()
    link = board.link("echo", other, OUT=MS // 3, BACK_JITTER=MS // 2, OUT_LOSS=1 << 29, BACK_LOSS=1 << 29)
    board.words |= {table + n: 10 * n - 7 for n in range(8)}
    board.at("source")
    board.op(Op.SOURCE, "request", 5)
    board.at("request")
    board.op(Op.RAND, R(8), N(1 << 40), dice)
    for n, op in enumerate((Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.MOD, Op.MIN, Op.MAX, Op.AND, Op.OR, Op.SHL, Op.SHR)):
        board.op(op, R(9), R(8), N(n - 5))
        board.op(Op.HASH, W(NODE_WORDS), W(NODE_WORDS), R(9))
    board.op(Op.MOD, R(10), R(8), N(8))
    board.op(Op.SEARCH, R(9), N(table), N(8), R(10))
    board.op(Op.LEAST, R(10), N(table), N(4), N(2))
    board.op(Op.LDX, R(11), N(table), R(10))
    board.op(Op.STX, R(9), N(table), R(10))
    board.zipf = alias_table(16, 0.8)
    board.op(Op.KEY, R(12), N(0), N(16), dice)
    board.op(Op.CGET, A(cache), R(12), "miss")
    board.op(Op.CDEL, A(cache), R(9))
    board.at("miss")
    board.op(Op.CPUT, A(cache), R(12))
    for n in range(6):
        board.op(Op.SAMP, R(13), n)
        board.op(Op.OBS, hist, R(13), N(n + 1))
    board.op(Op.ACQUIRE, A(station), -1, N(0))
    board.op(Op.SERVE, laws[2])
    board.op(Op.SETCAP, A(station), N(2))
    board.op(Op.RELEASE, A(station))
    board.op(Op.ACALL, A(link), N(4))
    board.op(Op.ACALL, A(link), N(5))
    board.op(Op.SEND, A(link))
    board.op(Op.SPAWN, "side")
    board.op(Op.FORK, "echo", N(6))
    board.op(Op.FORK, "inside", N(7))
    board.op(Op.AWAIT, W(NODE_WORDS + 2), "over", A(gate))
    board.op(Op.AWAIT, W(NODE_WORDS + 1), "over", A(gate))
    board.op(Op.NOTIFY, A(queue), N(1))
    board.op(Op.CALL, A(link), "over")
    board.at("over")
    board.op(Op.FORGET)
    board.op(Op.HASH, W(NODE_WORDS), W(NODE_WORDS), STATUS)
    board.op(Op.END)
    board.at("side")
    board.op(Op.WAIT, A(queue), "over", A(gate))
    board.op(Op.SLEEP, R(13))
    board.op(Op.END)
    board.at("inside")
    board.op(Op.SLEEP, R(13))
    board.op(Op.CALL, A(link), -1)
    board.op(Op.REPLY, STATUS)
    board.at("echo")
    board.op(Op.RESPOND, N(0))
    board.op(Op.SERVE, laws[3])
    board.op(Op.BRP, "echoed", N(1 << 31), dice)
    board.op(Op.SERVE, laws[4])
    board.at("echoed")
    board.op(Op.REPLY, N(0))
    board.start("source", node)
    return board, link


def every_op() -> Machine:
    board, link = ops_board()
    machine = board.machine(7)
    machine.advance(S // 2)
    assert machine.arena[link + Link.OK] > 50
    return machine


def tell() -> dict[str, str]:
    with np.errstate(over="ignore"):  # plain Python says it when whole numbers wrap
        machines = {"design": everything().machine, "shop": troubled_shop(), "ops": every_op()}
        return {name: machine.digest() for name, machine in machines.items()}


def tell_kind(kind: str) -> str:
    """The kind's example, its script, and a crash of the kind itself where that can be."""
    design, problems = parse({"name": kind} | KINDS[kind].example())
    assert design is not None, [problem.line() for problem in problems]
    simulation = Simulation(design, 3)
    simulation.advance(400 * MS)
    crash = {"command": "inject", "id": "story", "fault": "crash", "target": "me", "selector": "one", "for_s": 0.3}
    command, _ = parse_command(crash, design, scheduled=False)
    if command is not None:
        simulation.apply(command)
    simulation.advance(1200 * MS)
    return simulation.machine.digest()


def tell_kinds() -> dict[str, str]:
    with np.errstate(over="ignore"):
        return {kind: tell_kind(kind) for kind in KINDS}


def tell_kernel() -> dict[str, str]:
    """Machines of hand-written programs: these bits change with the kernel alone."""
    shops = {"shop": troubled_shop().digest()}
    for policy in EVICTION:
        board, _ = ops_board(policy)
        machine = board.machine(11)
        machine.advance(S // 2)
        shops[policy] = machine.digest()
    return shops


if __name__ == "__main__":
    if sys.argv[1:] == ["write"]:
        DIGEST.write_text(json.dumps(tell_kernel(), indent=2) + "\n")
    else:
        sys.stdout.write(json.dumps(tell_kinds() if sys.argv[1:] == ["kinds"] else tell()))
