"""A run that is put away and taken out again goes on with the same bits."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings

from components.catalog import KINDS
from components.design import parse
from tests.worker.engine.made import MS, RUN_MS, Play, plays
from tests.worker.engine.test_determinism import ENGINE, at_once, play_through
from worker.engine.simulation import Simulation

END_MS = RUN_MS + 300


def put_away_now_and_then(play: Play, chance: random.Random) -> tuple[str, list[bytes], int]:
    """As `play_through`, but the simulation is replaced by its own snapshot at random stops."""
    simulation = Simulation(play.design, play.seed)
    frames, orders, times = [], list(play.commands), 0
    moments = {moment for moment, _ in play.commands}
    for at in sorted({*range(100, END_MS + 1, 100), *moments}):
        if chance.random() < 0.3:
            simulation, times = Simulation.restore(play.design, simulation.snapshot()), times + 1
        simulation.advance(at * MS)
        if at % 100 == 0:
            frames.append(simulation.frame())
        while orders and orders[0][0] == at:
            simulation.apply(orders.pop(0)[1], len(orders))
            simulation = Simulation.restore(play.design, simulation.snapshot())
        if at in moments:
            frames.append(simulation.frame())
    return simulation.machine.digest(), frames, times


@settings(ENGINE, max_examples=8)
@given(play=plays())
def test_restored_runs_go_on_to_the_bit(play: Play) -> None:
    goes_on(play)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_goes_on_to_the_bit(kind: str) -> None:
    """Long enough for its control loop, with the script of its example."""
    design, problems = parse({"name": kind} | KINDS[kind].example())
    assert design is not None, [problem.line() for problem in problems]
    goes_on(Play(design, 3, ()))


def goes_on(play: Play) -> None:
    digest, frames = play_through(play, at_once)
    found, again, times = put_away_now_and_then(play, random.Random(play.seed))
    assert times > 0
    assert again == frames
    assert found == digest


@settings(ENGINE, max_examples=3)
@given(play=plays())
def test_a_snapshot_of_another_design_is_refused(play: Play) -> None:
    simulation = Simulation(play.design, play.seed)
    simulation.advance(100 * MS)
    kept = simulation.snapshot()
    with pytest.raises(ValueError, match="not a snapshot"):
        Simulation.restore(play.design, kept[: kept.index(b"\n") + 1] + b"junk")
