"""The accounts of a machine: every activation is in exactly one place, and every count adds up to the unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from components.program import Op
from components.program.delivery import AWAY
from worker.engine.code import loop_end
from worker.engine.compiler import part_of
from worker.engine.counters import LINK_SUMS, Sums, refusals, stations, words_of_client, words_of_link, words_of_metrics
from worker.engine.encode import OWN, WIDTH
from worker.engine.kernel.state import AWAITING, IN_QUEUE, LOST_CHILD
from worker.engine.layout import (
    CLASSES,
    LINE,
    REGISTERS,
    TOKEN_BITS,
    Global,
    Link,
    Node,
    Queue,
    Station,
    Timers,
    Token,
)
from worker.engine.place import PlacedLink, PlacedNode
from worker.engine.simulation import Simulation
from worker.engine.surgery import FROZEN
from worker.engine.validator import Check, Held, Part, Room

MASK = (1 << TOKEN_BITS) - 1
HEADS = [Station.HEAD + 2 * level for level in range(CLASSES)]
DELIVER, TIMER, NAP = -1, -2, -3


def audit(simulation: Simulation, *, blackholes: bool = False) -> None:
    """Everything that must hold between two events. `blackholes`: calls without time-out may wait for ever."""
    Books(simulation).check(blackholes)


class Books:
    """One look at a machine. `used` = the lines that are in use."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation, self.machine = simulation, simulation.machine
        self.machine._close_hole()
        self.arena, self.state = self.machine.arena, self.machine.state.tolist()
        all_lines = self.machine.lines().tolist()
        self.lines = self.arena.tolist()
        free, line = set(), self.state[Global.FREE]
        while line >= 0:
            assert line not in free, "the list of free lines bites its tail"
            free.add(line)
            line = self.word(line, Token.NEXT)
        self.used = [line for line in all_lines if line not in free]
        assert len(self.used) == self.machine.live

    def word(self, token: int, which: int) -> int:
        return int(self.lines[token * LINE + which])

    def check(self, blackholes: bool) -> None:
        self.check_places(blackholes)
        for placed in self.simulation.plan.nodes.values():
            self.check_node(placed)
        waiting = self.calls_in_progress()
        for link in self.simulation.plan.links.values():
            self.check_link(link, waiting)
        for counts in (self.machine.hist, self.machine.hist_stats):
            assert int(counts.min(initial=0)) >= 0

    # -- everybody is in one place -------------------------------------------------------------------
    def check_places(self, blackholes: bool) -> None:
        """Agenda, ready ring, a queue, a pause, waiting for a call …: exactly one of them."""
        places = self.places()
        for token in self.used:
            where, child, parked = places.pop(token, []), self.word(token, Token.CHILD), self.word(token, Token.PARKED)
            if child >= 0 or child == LOST_CHILD:
                where.append("call")
                assert child == LOST_CHILD or self.word(child, Token.PARENT) & MASK == token
                assert child != LOST_CHILD or parked > 0 or blackholes, "waits for ever"
            if child == AWAITING:
                where.append("await")
            if parked == FROZEN and not where:
                where.append("stopped source")
            if self.word(token, Token.PC) == TIMER and not where:
                where.append("timer list at rest")
                assert self.arena[self.word(token, Token.LINK) + Timers.ARMED] == 0
            assert len(where) == 1, f"activation {token} is {where or 'nowhere'}"
            assert child > IN_QUEUE or "queue" in where[0]
        assert not places, f"ended, but still {dict(places)}"

    def places(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        keys = self.machine.heap[: self.state[Global.HEAP_LEN]].tolist()
        for at, key in enumerate(keys):
            assert keys[max(0, at - 1) // 4] <= key, "the agenda is no heap"
            assert self.machine._time_of(key) >= self.machine.now, "an event in the past"
            found.setdefault(key & MASK, []).append("agenda")
        head, length, mask = (self.state[w] for w in (Global.READY_HEAD, Global.READY_LEN, Global.READY_MASK))
        for i in range(length):
            found.setdefault(int(self.machine.ready[(head + i) & mask]), []).append("ready")
        for token in self.used:
            if (reply := self.word(token, Token.INBOX)) >= 0:
                for answer in self.chain(reply, Token.NEXT):
                    found.setdefault(answer, []).append(f"in the inbox of {token}")
        for placed in self.simulation.plan.nodes.values():
            for block in placed.replicas:
                for name, at, record in queues_of(placed, block):
                    waiters = [
                        token for head in record["HEADS"] for token in self.chain(self.arena[at + head], Token.NEXT)
                    ]
                    assert len(waiters) == self.arena[at + record["LEN"]], f"{placed.node.id}: {name}"
                    for token in waiters:
                        found.setdefault(token, []).append(f"in the queue {name} of {placed.node.id}")
        return found

    def chain(self, head: int, link: Token) -> Iterator[int]:
        token, seen = int(head), 0
        while token >= 0:
            yield token
            token, seen = self.word(token, link), seen + 1
            assert seen <= self.state[Global.LINES], "a list bites its tail"

    # -- every count adds up -------------------------------------------------------------------------
    def check_node(self, placed: PlacedNode) -> None:
        for block in placed.replicas:
            header = self.arena[block + Node.DONE : block + Node.ORIGINS + 16].tolist()
            assert min(header) >= 0, f"{placed.node.id}: {header}"
        self.check_slots(placed)
        for at in stations(placed):
            words = {word.name: int(self.arena[at + word]) for word in Station}
            assert all(words[name] >= 0 for name in ("CAP", "BUSY", "LEN", "ARRIVALS", "REJECTS", "DONE")), words
            assert words["ARRIVALS"] >= words["REJECTS"] + words["DONE"] + words["BUSY"] + words["LEN"], words
            assert words["LEN"] == 0 or words["BUSY"] >= words["CAP"], f"{placed.node.id}: a free slot, and {words}"
            assert words["QUEUE_MAX"] >= words["LEN"]
        if placed.totals_hist >= 0:
            self.check_client(placed)
        if placed.node.kind == "queue":
            self.check_messages(placed)

    def check_slots(self, placed: PlacedNode) -> None:
        """A slot is busy for every activation that stands where its program has it in hand, and for nobody else."""
        held = held_at(self.simulation, placed)
        for block in placed.replicas:
            mine = [token for token in self.used if self.word(token, Token.SELF) == block]
            for item in placed.asm.items.values():
                if item.record != "station":
                    continue
                at = block + placed.own[item.name]
                queue = {token for head in HEADS for token in self.chain(self.arena[at + head], Token.NEXT)}
                slot = (OWN, placed.own[item.name])
                holders = [t for t in mine if t not in queue and slot in held.get(self.stands_at(t), ())]
                assert self.arena[at + Station.BUSY] == len(holders), f"{placed.node.id}: {len(holders)} hold a slot"

    def stands_at(self, token: int) -> int:
        pc = self.word(token, Token.PC)
        return self.word(token, Token.TIMER_PREV) if pc == NAP else pc

    def check_messages(self, placed: PlacedNode) -> None:
        """taken = done + dead + too old + lost + inside, and inside are as many as there are activations that nobody asked for.

        Beside messages there is one for each consumer that is away: it will connect again.
        """
        if any(node == placed.node.id for node, _ in self.simulation.faults.down):
            return  # what it lost is counted when it starts again
        words = words_of_metrics(placed)
        count = {name: sum(int(self.arena[at]) for at in words[name]) for name in words}
        blocks = set(placed.replicas)
        mine = [token for token in self.used if self.word(token, Token.SELF) in blocks]
        inside = sum(self.word(token, Token.LINK) == 0 for token in mine)
        if "load" in placed.own:
            loads = range(placed.asm.items["load"].size)
            inside -= sum(int(self.arena[b + placed.own["load"] + lane]) >= AWAY >> 1 for b in blocks for lane in loads)
        assert count["enqueued"] == count["acked"] + count["dead"] + count["expired"] + count["lost"] + inside, (
            count,
            inside,
        )
        assert 0 <= count["backlog"] <= inside

    def check_client(self, placed: PlacedNode) -> None:
        """offered = ok + failed + in flight, and in flight are as many as there are activations."""
        counts = {name: sum(int(self.arena[at]) for at in words) for name, words in words_of_client(placed).items()}
        in_flight = counts["offered"] - counts["ok"] - counts["failed"]
        (block,) = placed.replicas
        found = sum(self.word(token, Token.SELF) == block for token in self.used)
        if self.has_helpers(placed):
            assert in_flight >= 0, counts
        elif "gap" in placed.asm.laws:
            assert in_flight == found - 1, f"{placed.node.id}: {counts}, {found} activations with the source"
        elif placed.old:  # users of before may be about to go
            assert 0 <= in_flight <= found >= placed.node.filled["users"], counts
        else:
            assert 0 <= in_flight <= found == placed.node.filled["users"], counts

    def has_helpers(self, placed: PlacedNode) -> bool:
        """Do requests of the client work with children, or leave work beside them?"""
        versions = (placed, *placed.old)
        return any(op in (Op.FORK, Op.SPAWN) for version in versions for op, _ in version.asm.code)

    def calls_in_progress(self) -> Counter[int]:
        """How many calls are open over each lane: those that somebody stands in, and those whose answer AWAIT will meet."""
        count: Counter[int] = Counter()
        met = {a for token in self.used for a in self.chain(self.word(token, Token.INBOX), Token.NEXT)}
        for token in self.used:
            child, lane = self.word(token, Token.CHILD), self.word(token, Token.LINK)
            is_call = lane > 0 and self.word(token, Token.PC) != TIMER
            if is_call and self.word(token, Token.TAG) >= 0 and token not in met:
                count[lane] += 1
            if child >= 0 or child == LOST_CHILD:
                pc = self.word(token, Token.PC)
                assert self.machine.program[pc * 6] == Op.CALL
                count[self.lane_of(token, int(self.machine.program[pc * 6 + 1]))] += 1
        return count

    def lane_of(self, token: int, operand: int) -> int:
        if self.word(token, Token.PARKED) > 0:
            return self.word(token, Token.PARKED) - Link.TIMERS
        if self.word(token, Token.CHILD) >= 0:
            return self.word(self.word(token, Token.CHILD), Token.LINK)
        mode, offset = operand & 3, operand >> 2
        if mode == 0:
            return self.word(token, LINE - REGISTERS + offset)
        return self.word(token, Token.SELF) + offset if mode == 1 else offset

    def check_link(self, placed: PlacedLink, waiting: Counter[int]) -> None:
        """tries = ok + failed + outstanding, where refusals of the breaker are no tries."""
        caller = self.simulation.plan.nodes[placed.link.source]
        for lane in placed.all_lanes():
            assert self.arena[lane + Link.OUTSTANDING] == waiting[lane], f"{placed.link.id}: open calls"
        counts = link_counts(self.simulation, placed, caller)
        assert min(counts.values()) >= 0, counts
        missing = counts["tries"] - (counts["ok"] + counts["failed"] - counts["refused"] + counts["outstanding"])
        if any(op == Op.ACALL for version in (caller, *caller.old) for op, _ in version.asm.code):
            assert 0 <= missing <= counts["late"] + counts["lost"], counts  # nobody waited for these
        else:
            assert missing == 0, counts
        assert counts["late"] + counts["ok"] <= counts["tries"], counts
        assert counts["timeouts"] <= counts["failed"], counts


def held_at(simulation: Simulation, placed: PlacedNode) -> Mapping[int, Held]:
    """Which slots an activation of the node has in hand at each instruction, of all its programs."""
    held = dict(walk(simulation.machine.program.tobytes(), part_of(placed)))
    for old in placed.old:
        held |= walk(as_it_was(simulation, old), part_of(old))
    return held


def as_it_was(simulation: Simulation, old: PlacedNode) -> bytes:
    """The program without the jumps that lead from the end of an old loop to a new one."""
    program = simulation.machine.program.copy()
    for number in range(len(old.asm.daemons)):
        if (end := loop_end(old.asm, number)) >= 0:
            top = next(top.at for top, jump in old.asm.loops if jump == end)
            program[(old.pc + end) * WIDTH : (old.pc + end) * WIDTH + 2] = Op.JMP, old.pc + top
    return program.tobytes()


@lru_cache(maxsize=64)
def walk(program: bytes, part: Part) -> Mapping[int, Held]:
    plenty = 1 << 60
    check = Check(np.frombuffer(program, np.int64).reshape(-1, WIDTH).tolist(), part, Room(*[plenty] * 4))
    assert not list(check.findings())
    return check.seen


def queues_of(placed: PlacedNode, block: int) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Name, address and words of every queue of a replica."""
    plain = {"HEADS": [int(Queue.HEAD)], "LEN": int(Queue.LEN)}
    yield "pause", block + Node.HOLD_HEAD, plain
    own = {
        (item.name, old.own[item.name], item.record, item.size)
        for old in (placed, *placed.old)
        for item in old.asm.items.values()
        if not item.shared
    }
    for name, offset, record, size in sorted(own):
        if record == "station":
            yield name, block + offset, {"HEADS": HEADS, "LEN": int(Station.LEN)}
        if record == "queue":
            for number in range(size):
                yield name, block + offset + number * len(Queue), plain


def link_counts(simulation: Simulation, placed: PlacedLink, caller: PlacedNode) -> dict[str, int]:
    columns = (*LINK_SUMS, "refused")
    words = words_of_link(placed, caller) | {"refused": refusals(placed, caller)}
    counts: np.ndarray = Sums([words], columns).read(simulation.machine.arena)[0]
    return dict(zip(columns, counts.tolist(), strict=True))
