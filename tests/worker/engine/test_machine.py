"""What may be done to a machine between two events, on a machine wired by hand."""

from __future__ import annotations

import numpy as np
import pytest

from components.program import REASON, Op
from tests.worker.engine.hand import MS, STATUS, A, Board, N, R, S, single_station, word
from worker.engine import machine as machines
from worker.engine.kernel import loop
from worker.engine.layout import LINE, Global, Link, Node, Queue, Station, Totals
from worker.engine.machine import Machine
from worker.engine.timeouts import set_timeout

DOWN, TIMEOUT = REASON["node_down"], REASON["timeout"]


def shop(timeout: int = 400 * MS) -> tuple[Board, dict[str, int]]:
    """Clients, a service that holds a slot over its call, a database with a short queue; retries without end."""
    board, at = single_station(220.0, 3 * MS, 4, qcap=30, timeout=timeout)
    store, slots = board.node(), board.station(2, 20)
    query, far = (
        board.law("EXP", 8 * MS),
        board.link("query", store, OUT=MS, BACK=MS, OUT_JITTER=MS // 4, timeout=80 * MS),
    )
    served = board.labels.pop("full")
    board.code = board.code[: board.labels["door"]]
    assert served > len(board.code)
    board.at("door")
    board.op(Op.ACQUIRE, A(at["station"]), "full", N(0))
    board.op(Op.SERVE, 1)
    board.op(Op.CALL, A(far), -1)
    board.op(Op.MOV, R(9), STATUS)
    board.op(Op.RELEASE, A(at["station"]))
    board.op(Op.REPLY, R(9))
    board.at("full")
    board.op(Op.REPLY, N(2))
    board.at("query")
    board.op(Op.ACQUIRE, A(slots), "full", N(0))
    board.op(Op.SERVE, query)
    board.op(Op.RELEASE, A(slots))
    board.op(Op.REPLY, N(0))
    board.at("refuse")
    board.op(Op.REPLY, N(DOWN))
    return board, at | {"store": store, "slots": slots, "far": far}


def drained(machine: Machine, board: Board, at: dict[str, int]) -> None:
    """Stop the source, let everything end, and look whether nobody and nothing was lost on the way."""
    machine.rescale(board.pc("source"), at["client"], 220.0, 0.0)
    machine.advance(machine.now + 30 * S)
    for station in (at["station"], at["slots"]):
        assert word(machine, station + Station.BUSY) == word(machine, station + Station.LEN) == 0
        assert word(machine, station + Station.HEAD) == word(machine, station + Station.TAIL) == -1
    for link in (at["link"], at["far"]):
        failed = sum(word(machine, word(machine, link + Link.FAILED) + n) for n in range(16))
        assert word(machine, link + Link.CALLS) == word(machine, link + Link.OK) + failed
        assert word(machine, link + Link.OUTSTANDING) == 0
    totals = at["totals"]
    ended = word(machine, totals + Totals.OK) + sum(word(machine, totals + Totals.FAILED + n) for n in range(16))
    assert word(machine, totals + Totals.OFFERED) == ended
    timers = sum(word(machine, link + Link.TIMERS + 4) >= 0 for link in (at["link"], at["far"]))
    assert machine.live == 1 + timers
    assert machine.state[Global.READY_LEN] == 0
    for node in (at["server"], at["store"]):
        assert word(machine, node + Node.HOLD_LEN) == 0 and word(machine, node + Node.HOLD_HEAD) == -1


def crash(machine: Machine, board: Board, at: dict[str, int], which: str) -> None:
    node, station, link, door = {
        "server": (at["server"], at["station"], at["link"], "door"),
        "store": (at["store"], at["slots"], at["far"], "query"),
    }[which]
    machine.arena[link + Link.TARGET_PC] = board.pc("refuse")
    machine.kill(node, DOWN, [station], {board.pc(door): board.pc("refuse")})


def heal(machine: Machine, board: Board, at: dict[str, int]) -> None:
    machine.arena[at["link"] + Link.TARGET_PC] = board.pc("door")
    machine.arena[at["far"] + Link.TARGET_PC] = board.pc("query")


@pytest.mark.parametrize("which", ["server", "store"])
@pytest.mark.parametrize("paused", [False, True])
def test_a_crash_loses_nobody(which: str, paused: bool) -> None:
    board, at = shop()
    machine = board.machine()
    for second in range(1, 6):
        machine.advance(second * S)
        if paused:
            machine.pause(at[which], {board.pc("door"), board.pc("query")})
            machine.advance(second * S + 90 * MS)
        crash(machine, board, at, which)
        machine.arena[at[which] + Node.PAUSED] = 0
        machine.advance(second * S + 200 * MS)
        heal(machine, board, at)
    assert word(machine, word(machine, at["link"] + Link.FAILED) + DOWN) > 50
    drained(machine, board, at)


def test_a_crash_frees_every_slot_at_once() -> None:
    board, at = shop()
    machine = board.machine()
    machine.advance(S)
    assert word(machine, at["station"] + Station.BUSY) > 0
    area = word(machine, at["station"] + Station.BUSY_AREA)
    crash(machine, board, at, "server")
    assert word(machine, at["station"] + Station.BUSY) == word(machine, at["station"] + Station.LEN) == 0
    assert word(machine, at["station"] + Station.BUSY_AREA) >= area > 0
    assert word(machine, at["far"] + Link.OUTSTANDING) == 0
    assert word(machine, at["server"] + Node.ORIGINS + DOWN) > 0


@pytest.mark.parametrize("which", ["server", "store"])
def test_a_pause_loses_nobody(which: str) -> None:
    board, at = shop()
    machine = board.machine()
    for second in range(1, 6):
        machine.advance(second * S)
        machine.pause(at[which], {board.pc("door"), board.pc("query")})
        machine.advance(second * S + 250 * MS)
        assert word(machine, at[which] + Node.HOLD_LEN) > 3
        machine.resume(at[which])
    drained(machine, board, at)


def test_what_was_being_served_keeps_the_time_it_had_left() -> None:
    board = Board()
    node = board.node(2)
    board.law("CONST", 10 * MS)
    board.at("worker")
    board.op(Op.SERVE, 0)
    board.op(Op.NOW, (Node.ORIGINS + 16, 1), N(0))
    board.op(Op.END)
    board.start("worker", node)
    machine = board.machine()
    machine.advance(4 * MS)
    machine.pause(node, ())
    machine.advance(S)
    assert machine.live == 1
    machine.resume(node)
    machine.advance(2 * S)
    assert word(machine, node + Node.ORIGINS + 16) == S + 6 * MS


def test_nothing_of_a_paused_node_runs() -> None:
    """Neither who arrives, nor who is woken, nor who gets an answer or a time-out."""
    board, at = shop()
    machine = board.machine()
    machine.advance(S)
    machine.pause(at["server"], {board.pc("door")})
    machine.advance(S + 1)
    done = [word(machine, at["server"] + n) for n in (Node.DONE, Node.FAILED)]
    calls, busy = word(machine, at["far"] + Link.CALLS), word(machine, at["station"] + Station.BUSY)
    machine.advance(3 * S)
    assert [word(machine, at["server"] + n) for n in (Node.DONE, Node.FAILED)] == done
    assert (word(machine, at["far"] + Link.CALLS), word(machine, at["station"] + Station.BUSY)) == (calls, busy)
    assert word(machine, at["link"] + Link.TIMEOUTS) > 300  # its callers are not paused


@pytest.mark.parametrize("changes", [(30, 400, 10), (-1, 50, -1), (5, -1, 300), (400, 399, 1)])
def test_new_time_outs_lose_nobody_and_fire_in_time(changes: tuple[int, ...]) -> None:
    board, at = shop()
    machine = board.machine()
    for second, ms in enumerate(changes, 1):
        machine.advance(second * S)
        for link in (at["link"], at["far"]):
            set_timeout(machine, link, ms * MS if ms >= 0 else -1)
        machine.advance(second * S + 500 * MS)
        longest = max((machine.now - int(machine.arena[t * LINE + 3]) for t in parked(machine, at["far"])), default=0)
        assert ms < 0 or longest <= ms * MS
    drained(machine, board, at)


def parked(machine: Machine, link: int) -> list[int]:
    """Children of calls in progress on a link whose caller still waits."""
    first = len(machine.arena) // LINE - int(machine.state[Global.LINES])
    lines = machine.arena[first * LINE :].reshape(-1, LINE)
    callers = [line[17 - 1] for line in lines if line[15] == link + Link.TIMERS and line[16] >= 0]
    return [int(child) for child in callers]


def test_a_shorter_time_out_counts_from_the_call() -> None:
    board, at = single_station(1.0, 10 * S, 1, law="CONST", timeout=9 * S)
    board.laws[0][0] = 0.0  # constant gaps of a second
    machine = board.machine()
    machine.advance(S + 200 * MS)
    set_timeout(machine, at["link"], 500 * MS)
    machine.advance(S + 500 * MS - 1)
    assert word(machine, at["link"] + Link.TIMEOUTS) == 0
    machine.advance(S + 500 * MS)
    assert word(machine, at["link"] + Link.TIMEOUTS) == 1


def test_a_shorter_time_out_after_the_list_has_run_empty() -> None:
    """The list's own activation may still stand on the agenda for an old deadline."""
    board, at = single_station(1.0, 10 * MS, 1, law="CONST", timeout=100 * S)
    board.laws[0][0] = 0.0
    machine = board.machine()
    machine.advance(S + 500 * MS)
    assert word(machine, at["link"] + Link.OK) == 1
    set_timeout(machine, at["link"], 5 * MS)
    machine.advance(2 * S + 5 * MS)
    assert word(machine, at["link"] + Link.TIMEOUTS) == 1


def test_slots_from_outside_wake_who_waits() -> None:
    board, at = single_station(100.0, S, 1)
    machine = board.machine()
    machine.advance(2 * S)
    machine.arena[at["station"] + Station.CAP] = 5
    machine.kick(at["station"])
    machine.advance(2 * S + 1)
    assert word(machine, at["station"] + Station.BUSY) == 5


def test_a_source_keeps_its_gap_in_requests() -> None:
    board, at = single_station(1.0, MS, 1)
    board.laws[0][0] = 0.0
    machine, source, offered = board.machine(), board.pc("source"), at["totals"] + Totals.OFFERED
    machine.advance(S + 250 * MS)
    machine.rescale(source, at["client"], 1.0, 3.0)  # 750 ms left become 250
    machine.advance(S + 500 * MS - 1)
    assert word(machine, offered) == 1
    machine.advance(S + 500 * MS)
    assert word(machine, offered) == 2
    machine.advance(S + 700 * MS)  # the next gap was drawn as 1,000 ms: 800 are left
    machine.rescale(source, at["client"], 1.0, 0.0)
    machine.advance(50 * S)
    assert word(machine, offered) == 2
    machine.rescale(source, at["client"], 1.0, 2.0)
    machine.advance(50 * S + 400 * MS - 1)
    assert word(machine, offered) == 2
    machine.advance(50 * S + 400 * MS)
    assert word(machine, offered) == 3


def test_a_snapshot_goes_on_to_the_bit() -> None:
    board, at = shop()
    tables = board.tables()
    whole, cut = Machine(tables), Machine(tables)
    for step in range(1, 40):
        now = step * 97 * MS
        for machine in (whole, cut):
            machine.advance(now)
        if step % 5 == 0:
            for machine in (whole, cut):
                machine.pause(at["store"], {board.pc("query")})
        if step % 5 == 2:
            for machine in (whole, cut):
                machine.resume(at["store"])
        packed = cut.snapshot()
        cut = Machine.restore(tables, packed)
        assert cut.digest() == whole.digest()
        assert (
            cut.percentiles(np.arange(3), 0, (0.5, 0.99)).tolist()
            == whole.percentiles(np.arange(3), 0, (0.5, 0.99)).tolist()
        )
    assert len(packed) < 60_000


def test_a_snapshot_of_something_else_is_refused() -> None:
    board, _ = shop()
    other, _ = single_station(10.0, MS, 1)
    with pytest.raises(ValueError, match="another design"):
        Machine.restore(other.tables(), board.machine().snapshot())
    with pytest.raises(ValueError, match="not a snapshot"):
        Machine.restore(board.tables(), b"nothing of the kind")


def counted(machine: Machine, board: Board) -> list[bytes]:
    """All but what holds ids of activations: words of records that are no heads and tails, histograms, streams."""
    static = machine.arena[: len(machine.arena) - int(machine.state[Global.LINES]) * LINE].copy()
    return [static.tobytes(), machine.hist.tobytes(), machine.hist_stats.tobytes(), machine.streams.tobytes()]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_where_the_machine_began_to_grow_changes_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for lines in (256, 4096):
        monkeypatch.setattr(machines, "START_LINES", lines)
        board, at = shop(timeout=3 * S)
        board.words[at["station"] + Station.QCAP] = 1 << 40
        machine = board.machine(seed)
        machine.advance(3 * S)
        machine.arena[at["server"] + Node.SLOW] = 1024 * 30
        machine.advance(8 * S)
        machine.arena[at["server"] + Node.SLOW] = 1024
        assert machine.state[Global.HIGH_WATER] > 400
        drained(machine, board, at)
        for link in (at["link"], at["far"]):
            machine.arena[link + Link.TIMERS + 4] = -1
        found.append((counted(machine, board), machine.now, machine.events))
    assert found[0] == found[1]


@pytest.mark.parametrize("step_ns", [10 * S, 100 * MS, 13_700_001])
def test_however_it_is_sliced_it_is_the_same(step_ns: int) -> None:
    board, _ = shop()
    one, sliced = board.machine(), board.machine()
    one.advance(10 * S)
    while sliced.now < 10 * S:
        until = min(10 * S, sliced.now + step_ns)
        while not sliced.advance(until, budget=997):
            pass
        sliced.state[Global.EPOCH], epoch = sliced.now, int(sliced.state[Global.EPOCH])
        keys = sliced._agenda()
        keys -= (sliced.now - epoch) << 21  # the zero of the keys moves at every cut
    assert sliced.digest() == one.digest()


def test_the_loop_is_compiled_for_one_signature() -> None:
    board, _ = shop()
    board.machine().advance(S)
    tables = board.tables()
    tables.zipf.flags.writeable = False
    Machine.restore(tables, Machine(tables).snapshot()).advance(S)
    assert len(getattr(loop.run, "signatures", [0])) == 1


def test_a_queue_that_is_killed_forgets_its_waiters() -> None:
    board = Board()
    node, queue = board.node(), board.queue()
    board.at("waiter")
    board.op(Op.WAIT, A(queue), -1, -1)
    board.op(Op.END)
    for n in range(3):
        board.start("waiter", node, n)
    machine = board.machine()
    machine.advance(S)
    assert word(machine, queue + Queue.LEN) == 3
    machine.kill(node, DOWN, [], {})
    assert word(machine, queue + Queue.LEN) == 0 and machine.live == 0


def test_a_start_too_far_ahead_is_refused() -> None:
    board, at = shop()
    machine = board.machine()
    with pytest.raises(ValueError, match="too far"):
        machine.spawn(board.pc("source"), at["client"], 1 << 50)
