"""The same design, seed and commands give the same bits, however the run is cut into pieces."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, seed, settings

from components.catalog import KINDS
from tests.worker.engine.books import audit
from tests.worker.engine.made import MS, RUN_MS, Play, plays
from worker.engine.layout import Global
from worker.engine.machine import START_LINES
from worker.engine.simulation import Simulation

Advance = Callable[[Simulation, int], None]
END_MS = RUN_MS + 300
ENGINE = settings.get_profile("engine")


def play_through(
    play: Play, advance: Advance, check: Callable[[Simulation], None] | None = None
) -> tuple[str, list[bytes]]:
    """Digest and frames: one every 100 ms and one after the commands of a moment, as the host takes them."""
    simulation = Simulation(play.design, play.seed)
    frames, orders = [], list(play.commands)
    stops = sorted({*range(100, END_MS + 1, 100), *(at for at, _ in orders)})
    for at in stops:
        advance(simulation, at * MS)
        if at % 100 == 0:
            frames.append(simulation.frame())
        while orders and orders[0][0] == at:
            simulation.apply(orders.pop(0)[1], len(orders))
        if at in {moment for moment, _ in play.commands}:
            frames.append(simulation.frame())
            if check:
                check(simulation)
    if check:
        check(simulation)
    return simulation.machine.digest(), frames


def at_once(simulation: Simulation, until: int) -> None:
    assert simulation.advance(until)


def in_slices(chance: random.Random) -> Advance:
    """Random pieces of time, and random budgets of events that may run out."""

    def advance(simulation: Simulation, until: int) -> None:
        while simulation.now_ns < until:
            piece = min(until, simulation.now_ns + chance.randrange(1, 90 * MS))
            budget = chance.choice((None, 0, 1, 7, 100))
            if not simulation.advance(piece, budget) and chance.random() < 0.5:
                simulation.advance(piece, 13)
        while not simulation.advance(until, 50):
            pass

    return advance


def test_however_a_run_is_sliced_it_is_the_same_run() -> None:
    shares: Counter[str] = Counter()

    for number, kind in enumerate(KINDS):

        @seed(number)
        @settings(ENGINE, max_examples=2)
        @given(plays(6, RUN_MS, kind))
        def run(play: Play) -> None:
            faults = play.faults()
            once = play_through(play, at_once, lambda simulation: audit(simulation, blackholes="crash" in faults))
            assert once == play_through(play, at_once), "twice the same"
            chance = random.Random(play.seed)
            assert once == play_through(play, in_slices(chance)), "in pieces"
            shares.update(["designs", *play.traits()])

        run()
    print(dict(shares))
    assert shares["six nodes or more"] == shares["designs"]
    assert shares["all three"] >= 0.5 * shares["designs"]
    assert all(shares[kind] for kind in KINDS)
    assert min(shares["breaker"], shares["live command"]) > 0.3 * shares["designs"]


def crowd(seed: int) -> Play:
    """A paused database behind calls that wait: the table of activations grows three times."""
    from components.design import parse

    nodes = [
        {"id": "users", "kind": "client", "params": {"rate_rps": 3000}},
        {"id": "web", "kind": "service", "params": {"workers": 2000, "service_time_ms": 1}},
        {"id": "db", "kind": "sql_primary", "params": {"max_conns": 50, "service_time_ms": 1, "queue_cap": 100_000}},
    ]
    links = [
        {"id": "l1", "source": "users", "target": "web", "params": {"timeout_ms": None}},
        {"id": "l2", "source": "web", "target": "db", "params": {"timeout_ms": 2000}},
    ]
    script = [{"at_s": 0.2, "command": "inject", "id": "stop", "fault": "pause", "target": "db", "for_s": 1}]
    nodes = [node | {"name": node["id"]} for node in nodes]
    design, problems = parse({"format": 1, "name": "crowd", "nodes": nodes, "links": links, "script": script})
    assert design is not None, problems
    return Play(design, seed, ())


@pytest.mark.parametrize("seed", [1, 2])
def test_growth_changes_nothing(seed: int) -> None:
    play, sizes = crowd(seed), []

    def look(simulation: Simulation) -> None:
        sizes.append(int(simulation.machine.state[Global.LINES]))
        audit(simulation)

    once = play_through(play, at_once, look)
    assert sizes[-1] >= 8 * START_LINES
    assert once == play_through(play, in_slices(random.Random(seed)))


def test_seeds_differ_and_a_seed_does_not() -> None:
    runs = [play_through(crowd(seed), at_once)[0] for seed in (1, 1, 2, 3)]
    assert runs[0] == runs[1]
    assert len(set(runs)) == 3


def test_another_stream_of_one_node_leaves_the_others_alone() -> None:
    """Common random numbers: a slower database meets the very same arrivals."""
    from dataclasses import replace

    def offered(service_time_ms: float) -> list[int]:
        play = crowd(1)
        nodes = tuple(
            replace(node, params={**node.params, "service_time_ms": service_time_ms}) if node.id == "db" else node
            for node in play.design.nodes
        )
        simulation = Simulation(replace(play.design, nodes=nodes), 1)
        counts = []
        for ms in range(10, 1000, 10):
            simulation.advance(ms * MS)
            counts.append(simulation.summary()["client"]["offered"])
        return counts

    assert offered(1) == offered(7)


def patient(seed: int) -> Play:
    """Calls that wait up to an hour for a service that is black for two: deadlines far ahead of the clock."""
    from components.design import parse

    nodes = [
        {"id": "users", "kind": "client", "name": "users", "params": {"rate_rps": 0.5}},
        {"id": "web", "kind": "service", "name": "web", "params": {"workers": 5000, "service_time_ms": 60_000}},
    ]
    links = [{"id": "l", "source": "users", "target": "web", "params": {"timeout_ms": 3_600_000}}]
    script = [
        {
            "at_s": 1000,
            "command": "inject",
            "id": "dark",
            "fault": "crash",
            "target": "web",
            "blackhole": True,
            "for_s": 7200,
        },
        {
            "at_s": 9000,
            "command": "inject",
            "id": "slow",
            "fault": "slow",
            "target": "web",
            "factor": 1000,
            "for_s": 600,
        },
    ]
    design, problems = parse({"format": 1, "name": "patient", "nodes": nodes, "links": links, "script": script})
    assert design is not None, problems
    return Play(design, seed, ())


def test_the_clock_holds_deadlines_of_an_hour_however_a_day_is_cut() -> None:
    play, day = patient(1), 86_400_000
    once, cut = Simulation(play.design, 1), Simulation(play.design, 1)
    assert once.advance(day * MS)
    pieces, last = 0, 0
    while not cut.advance(day * MS, 97):
        pieces += 1
        assert cut.now_ns >= last, "time went back"
        last = cut.now_ns
    assert pieces > 500
    audit(once, blackholes=True)
    assert once.machine.digest() == cut.machine.digest()
    summary = once.summary()
    dark = summary["client"]["failed"].pop("timeout")
    assert dark == pytest.approx(3600 + 300, rel=0.1), "two dark hours, and ten minutes of work that takes an hour"
    assert set(summary["client"]["failed"]) == {"node_down"}
    assert summary["client"]["latency_ms"]["max"] < 3_600_000
