"""Where time goes: what requests spend at a node is the sum of its parts, to the nanosecond, whatever happens to them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from components.catalog import KINDS
from components.design import parse
from tests.worker.engine.made import Play, plays
from worker.engine import spent
from worker.engine.layout import LINE, TOKEN_BITS, Link, Node, Queue, Token, Totals
from worker.engine.place import PlacedNode
from worker.engine.simulation import Simulation

MS = 1_000_000
MASK = (1 << TOKEN_BITS) - 1
PARTS = (Node.SERVING, Node.QUEUING, Node.SLEEPING, Node.WAITING, Node.AWAITING, Node.HELD)


def played(play: Play, until_ms: int) -> Simulation:
    simulation = Simulation(play.design, play.seed)
    for at_ms, command in play.commands:
        if at_ms <= until_ms:
            simulation.advance(at_ms * MS)
            simulation.apply(command)
    simulation.advance(until_ms * MS)
    return simulation


def cut_short(simulation: Simulation) -> dict[int, int]:
    """End every request where it stands, on paper. Returns what those in progress have spent, by node block."""
    machine, now = simulation.machine, simulation.now_ns
    due = {int(key) & MASK: machine._time_of(int(key)) for key in machine._agenda()}
    spent_here: dict[int, int] = {}
    held = {token for placed in simulation.plan.nodes.values() for token in stands_still(simulation, placed)}
    for placed in simulation.plan.nodes.values():
        for block in placed.replicas:
            for token in machine._tokens_of(block):
                at = token * LINE
                link = int(machine.arena[at + Token.LINK])
                began = int(machine.arena[at + (Token.T0 if link < 0 else Token.ARRIVED)])
                if link == 0 or began > now:
                    continue
                spent.stop(machine, token, due.get(token), token in held)
                spent_here[block] = spent_here.get(block, 0) + now - began
    return spent_here


def stands_still(simulation: Simulation, placed: PlacedNode) -> Iterator[int]:
    arena = simulation.machine.arena
    for block in placed.replicas:
        token = int(arena[block + Node.HOLD_HEAD + Queue.HEAD])
        while token >= 0:
            yield token
            token = int(arena[token * LINE + Token.NEXT])


def missing(simulation: Simulation) -> dict[str, int]:
    """ns by node that are in no part; must all be 0."""
    under_way, arena, found = cut_short(simulation), simulation.machine.arena, {}
    links = list(simulation.plan.ways())
    for id, placed in simulation.plan.nodes.items():
        parts = sum(int(arena[block + part]) for block in placed.replicas for part in PARTS)
        calls = sum(
            int(arena[lane + Link.WAITED]) for link in links if link.link.source == id for lane in link.all_lanes()
        )
        coming = [lane for link in links if link.link.target == id for lane in link.all_lanes()]
        total = sum(int(arena[lane + Link.SOJOURN]) for lane in coming)
        if placed.totals_hist >= 0:
            total = int(arena[placed.shared["totals"] + Totals.SPENT])
        total += sum(under_way.get(block, 0) for block in placed.replicas)
        found[id] = total - parts - calls
    return found


@settings(max_examples=10)
@given(plays())
def test_time_at_a_node_is_the_sum_of_its_parts(play: Play) -> None:
    """Each node's own; where calls find another target than the one they were drawn to, all nodes together."""
    found = missing(played(play, 1500))
    drawn = not any(node.kind in ("sql_replica",) for node in play.design.nodes)
    assert set(found.values() if drawn else [sum(found.values())]) <= {0}, found


@settings(max_examples=1)
@given(plays())
def test_a_part_that_is_forgotten_is_missed(play: Play) -> None:
    simulation = played(play, 1500)
    placed = next(p for p in simulation.plan.nodes.values() if p.node.id == "lb")
    simulation.machine.arena[placed.replicas[0] + Node.SERVING] += 1
    assert missing(simulation)["lb"] == -1


@settings(max_examples=4)
@given(plays())
def test_tracing_changes_nothing(play: Play) -> None:
    plain = played(play, 1500)
    for every in (1, 7):
        traced = Simulation(play.design, play.seed)
        traced.trace(every)
        for at_ms, command in play.commands:
            traced.advance(at_ms * MS)
            traced.apply(command)
        traced.advance(1500 * MS)
        assert traced.machine.digest() == plain.machine.digest()
        told, wanted = traced.summary(), plain.summary()
        for summary in (told, wanted):
            summary["time"] = summary["explain"] = None  # traces have more to say there
        assert told == wanted


@settings(max_examples=8)
@given(plays(most_commands=3))
def test_traces_and_counters_agree(play: Play) -> None:
    """Every request traced: as many traces as requests that are over, and their times add up to what was counted."""
    simulation = Simulation(play.design, play.seed)
    simulation.trace(1)
    simulation.advance(800 * MS)
    simulation.traced.recent = type(simulation.traced.recent)()  # no bound
    simulation.traces()
    traces = list(simulation.traced.recent)
    arena = simulation.machine.arena
    for id, placed in simulation.plan.nodes.items():
        if placed.totals_hist < 0:
            continue
        mine = [trace for trace in traces if trace.root.node == id]
        at = placed.shared["totals"]
        assert sum(trace.took for trace in mine) == int(arena[at + Totals.SPENT])
        assert len(mine) == int(arena[at + Totals.OK]) + sum(int(arena[at + Totals.FAILED + n]) for n in range(16))


@settings(max_examples=4)
@given(plays(most_commands=2))
def test_a_snapshot_holds_no_trace(play: Play) -> None:
    plain, traced = played(play, 900), Simulation(play.design, play.seed)
    traced.trace(1)
    for at_ms, command in play.commands:
        if at_ms <= 900:
            traced.advance(at_ms * MS)
            traced.apply(command)
    traced.advance(900 * MS)
    again = Simulation.restore(play.design, traced.snapshot())
    for simulation in (plain, again):
        simulation.advance(1500 * MS)
    assert again.machine.digest() == plain.machine.digest()
    assert len(traced.snapshot()) < 1.1 * len(played(play, 900).snapshot()) + 1000


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_spends_time_that_nobody_counts(kind: str) -> None:
    """Of all nodes together, since a failover leads a link to another node than the one it was drawn to."""
    design, problems = parse(KINDS[kind].example())
    assert design is not None and not problems
    simulation = Simulation(design, 1)
    simulation.advance(3000 * MS)
    assert sum(missing(simulation).values()) == 0
