"""Doors, wires and control loops: a kind made up here that uses all three."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from components import parts
from components.base import Choice, Number, Pointer, View, Wire
from components.catalog import KINDS
from components.program import (
    AUX,
    STATUS,
    Assembler,
    answer,
    ask_lane,
    main_station,
    ms,
    next_answer,
    service_law,
    wire_lanes,
)
from components.work import Worker
from tests.worker.engine.build import NS, Simulation, heal, inject, link, node, over, simulation


class Gossip(Worker):
    """Asks all its replicas, itself included, and answers when all have answered."""

    kind, label, icon = "gossip", "Gossip", "server-2"
    sends = (0, 0)
    control_every = "every_s"

    every_s = Number(default=1.0, minimum=0.1, maximum=60, unit="s", help="How often it looks.")
    friend = Pointer(kinds=("gossip",), help="Another one.")

    def wires(self, node: Any, design: Any) -> Iterable[Wire]:
        yield Wire("peers", node.id, node.id, "ask", {"rtt_ms": 2, "timeout_ms": None})

    def program(self, asm: Assembler) -> None:
        slots, work = main_station(asm, 4), asm.law(service_law())
        lanes, count = wire_lanes(asm, "peers")
        patience = asm.timers("patience", ms(500))
        asm.word("turns", keep=True)
        with asm.entry():
            asm.acquire(slots)
            for lane in range(count):
                ask_lane(asm, lanes, lane, lane)
            for _ in range(count):
                with asm.local() as tag:
                    next_answer(asm, tag, timers=patience)
            asm.move(STATUS, 0)
            answer(asm, slots)
        with asm.entry("ask"):
            asm.serve(work)
            asm.move(AUX, 7)
            asm.reply()

    def control(self, view: View, now: int) -> None:
        view.memory["turns"] = view.memory.get("turns", 0) + 1
        view.write("turns", view.memory["turns"], replica=view.chance(view.replicas()))
        if view.memory["turns"] == 3:
            view.event("third_turn", arrivals=view.read(view.id, "arrivals"))


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "gossip", Gossip)
    monkeypatch.setitem(parts.NODE, "kind", Choice(choices=tuple(KINDS)))


def built(**params: Any) -> Simulation:
    nodes = [node("users", "client", rate_rps=50), node("g", "gossip", replicas=3, service_time_ms=3, **params)]
    return simulation(nodes, [link("l", "users", "g", timeout_ms=None, rtt_ms=0)])


def test_a_request_visits_every_replica_over_the_wire() -> None:
    summary = over(built(), 20)
    assert summary["client"]["ok"] > 900
    assert summary["nodes"]["g"]["completions"] == summary["client"]["ok"]
    assert summary["nodes"]["g"]["latency_ms"]["mean"] == pytest.approx(2 + 3 * (1 + 1 / 2 + 1 / 3), rel=0.05)


def test_the_loop_runs_at_every_multiple_of_its_interval() -> None:
    simulated = built(every_s=0.5)
    simulated.advance(int(2.25 * NS))
    assert simulated.controls.memory["g"]["turns"] == 4
    assert [event["t_s"] for event in simulated.log if event["what"] == "third_turn"] == [1.5]


def test_slices_and_snapshots_change_nothing() -> None:
    whole, sliced = built(), built()
    whole.advance(7 * NS)
    for at in (0.3, 1.0, 2.999, 3.0, 5.5):
        sliced.advance(int(at * NS))
        sliced = Simulation.restore(sliced.design, sliced.snapshot())
    sliced.advance(7 * NS)
    assert whole.machine.digest() == sliced.machine.digest()
    assert whole.controls.memory == sliced.controls.memory


def test_a_crashed_replica_refuses_on_the_wire_too_and_comes_back() -> None:
    simulated = built()
    over(simulated, 1)
    inject(simulated, "crash", "g", selector="one")
    during = over(simulated, 2)
    assert during["nodes"]["g"]["failed"]["node_down"] > 60
    heal(simulated)
    over(simulated, 1)
    assert not over(simulated, 3)["client"]["failed"]


def test_a_delay_on_the_node_makes_its_wires_longer() -> None:
    simulated = built()
    before = over(simulated, 5)["client"]["latency_ms"]["mean"]
    inject(simulated, "latency", "g", add_ms=50)
    after = over(simulated, 5)["client"]["latency_ms"]["mean"]
    assert 195 < after - before < 215


@pytest.mark.parametrize(
    ("friend", "rule"), [("nobody", "is no node"), ("users", "must be one of gossip"), ("g", "itself")]
)
def test_a_pointer_to_nowhere_is_a_problem(friend: str, rule: str) -> None:
    with pytest.raises(AssertionError, match=rule):
        built(friend=friend)
