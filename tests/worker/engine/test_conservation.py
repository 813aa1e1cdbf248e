"""No request is lost: when the faults are healed and nobody sends, every client has every answer."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, seed, settings

from components.catalog import KINDS
from components.commands import Command
from tests.worker.engine.books import audit
from tests.worker.engine.made import MS, RUN_MS, Play, plays
from worker.engine.counters import words_of_client
from worker.engine.simulation import Simulation

ENGINE = settings.get_profile("engine")
DRAIN_MS = 200_000


def in_flight(simulation: Simulation) -> dict[str, int]:
    """Of clients that send by a rate; users of a closed one never stop."""
    found = {}
    for client in simulation.rates.load:
        if client in simulation.plan.nodes and simulation.rates.is_open(client):
            words = words_of_client(simulation.plan.nodes[client])
            counts = {name: sum(int(simulation.machine.arena[at]) for at in words[name]) for name in words}
            found[client] = counts["offered"] - counts["ok"] - counts["failed"]
    return found


def drained(play: Play) -> Simulation:
    """Played to its end; then everything heals, nobody sends any more, and what is under way comes home."""
    simulation = Simulation(play.design, play.seed)
    for at, command in play.commands:
        simulation.advance(at * MS)
        simulation.apply(command)
    simulation.advance(RUN_MS * MS)
    before = sum(in_flight(simulation).values())
    for id in list(simulation.faults.active):
        simulation.apply(Command("heal", id=id))
    for client in simulation.rates.load:
        simulation.apply(Command("load", target=client, factor=0))
    simulation.advance((RUN_MS + DRAIN_MS) * MS)
    simulation.before = before  # type: ignore[attr-defined]
    return simulation


def swallows(play: Play) -> bool:
    """A black hole: who waits there without a time-out waits for ever."""
    holes = [entry.get("blackhole") for entry in play.design.script]
    holes += [command.params.get("blackhole") for _, command in play.commands]
    return any(holes)


def test_when_all_is_over_every_client_has_every_answer() -> None:
    shares: Counter[str] = Counter()

    for number, kind in enumerate(KINDS):

        @seed(number)
        @settings(ENGINE, max_examples=2)
        @given(plays(3, RUN_MS, kind))
        def run(play: Play) -> None:
            simulation = drained(play)
            audit(simulation, blackholes=swallows(play))
            shares.update(["designs", *play.traits()])
            shares["in flight before"] += simulation.before  # type: ignore[attr-defined]
            if not swallows(play):
                shares["drained"] += 1
                assert not any(in_flight(simulation).values()), in_flight(simulation)

        run()
    print(dict(shares))
    assert shares["in flight before"] > shares["designs"]
    assert shares["drained"] > 0.6 * shares["designs"]
