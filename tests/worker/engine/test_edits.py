"""The design changes while it runs: nothing is lost to the unit, and the same edits give the same bits."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.catalog import KINDS
from components.commands import Command
from components.design import parse
from tests.worker.engine.books import audit
from tests.worker.engine.build import NS, link, node, order, over, simulation
from tests.worker.engine.made import BREAKER, LINK, MS, PARAMS, RETRY, RUN_MS, Play, pick, plays
from worker.engine.simulation import Simulation

ENGINE = settings.get_profile("engine")
END_MS = RUN_MS + 500

SET: dict[str, tuple[tuple[str, tuple[Any, ...]], ...]] = {
    "client": (("arrival", ("poisson", "closed")), ("users", (1, 9, 60)), ("keys_n", (5, 4000)), ("rate_rps", (0, 200)),
               ("pattern", ([], [[0, 2], [2, 0.5]])), ("zipf_alpha", (0, 1.2))),
    "load_balancer": (("algo", ("round_robin", "least_conn", "p2c")), ("replicas", (1, 2, 3))),
    "service": (("replicas", (1, 2, 4)), ("workers", (1, 20)), ("discipline", ("fifo", "lifo"))),
    "cache": (("replicas", (1, 2)), ("capacity_items", (1, 500)), ("ttl_s", (None, 0.2))),
    "sql_primary": (("replicas", (1, 2)), ("max_conns", (2, 60)), ("wal", (None, {"group_commit": True}))),
}  # fmt: skip


@st.composite
def edits(draw: st.DrawFn, play: Play) -> dict[str, Any]:
    """An edit; it may make no sense by the time it comes."""
    nodes = {one.id: one.kind for one in play.design.nodes}
    inner = [id for id, kind in nodes.items() if kind != "client"]
    number = draw(st.integers(0, 3))
    match draw(pick("set", "set", "set", "link", "group", "add", "connect", "cut", "remove", "move")):
        case "set":
            id = draw(pick(*nodes))
            param, values = draw(pick(*SET.get(nodes[id], (("replicas", (1, 2)),))))
            return {"op": "set", "id": id, "param": param, "value": draw(pick(*values))}
        case "link":
            return {"op": "set", "id": draw(pick(*(one.id for one in play.design.links))), "param": "timeout_ms",
                    "value": draw(pick(None, 5, 300))}  # fmt: skip
        case "group":
            id, (name, group) = (
                draw(pick(*(one.id for one in play.design.links))),
                draw(pick(("retry", RETRY), ("circuit_breaker", BREAKER))),
            )
            return {"op": "set", "id": id, "param": name, "value": draw(st.none() | group)}
        case "add":
            added = node(f"n{number}", "service", **draw(PARAMS["service"]))
            ways = [link(f"i{number}", "lb", f"n{number}", **draw(LINK)), link(f"o{number}", f"n{number}", "cache")]
            return {
                "op": "batch",
                "edits": [{"op": "add", "node": added}, *({"op": "connect", "link": w} for w in ways)],
            }
        case "connect":
            return {"op": "connect", "link": link(f"c{number}", draw(pick(*nodes)), draw(pick(*inner)), **draw(LINK))}
        case "cut":
            return {"op": "remove", "ids": [draw(pick(*(one.id for one in play.design.links), f"i{number}"))]}
        case "remove":
            return {"op": "remove", "ids": [draw(pick(*nodes, f"n{number}"))]}
    return {"op": "move", "to": {draw(pick(*nodes)): [7, 7]}}


@st.composite
def edited_plays(draw: st.DrawFn) -> Play:
    """A play with faults, commands, and up to eight edits."""
    play = draw(plays(most_commands=3))
    changes = draw(st.lists(st.tuples(st.integers(1, RUN_MS), edits(play)), min_size=1, max_size=8))
    commands = [*play.commands, *((at, Command("edit", edit=edit)) for at, edit in changes)]
    return Play(play.design, play.seed, tuple(sorted(commands, key=lambda pair: pair[0])))


def moments(play: Play) -> list[int]:
    return sorted({*range(100, END_MS + 1, 100), *(at for at, _ in play.commands)})


def watched(play: Play, simulated: Simulation, at: int, frames: list[bytes]) -> None:
    """What the host does at a moment."""
    if at % 100 == 0:
        frames.append(simulated.frame())
    for when, command in play.commands:
        if when == at:
            simulated.apply(command)
            frames.append(simulated.frame())


def test_edits_lose_nothing_and_are_the_same_however_a_run_is_cut() -> None:
    seen: Counter[str] = Counter()

    @settings(ENGINE, max_examples=30)
    @given(edited_plays())
    def run(play: Play) -> None:
        chance, blackholes = random.Random(play.seed), "crash" in play.faults()
        whole, cut = Simulation(play.design, play.seed), Simulation(play.design, play.seed)
        whole.start_counting()
        frames: list[list[bytes]] = [[], []]
        for at in moments(play):
            assert whole.advance(at * MS)
            while cut.now_ns < at * MS or not cut.advance(at * MS, 50):
                cut.advance(min(at * MS, cut.now_ns + chance.randrange(1, 40 * MS)), chance.choice((None, 1, 30)))
            for simulated, shown in zip((whole, cut), frames, strict=True):
                watched(play, simulated, at, shown)
            audit(whole, blackholes=blackholes)
            if chance.random() < 0.1:
                cut = Simulation.restore(play.design, cut.snapshot())
            summary = whole.summary()["client"]
            ended = summary["ok"] + sum(summary["failed"].values())
            assert summary["offered"] + summary["in_flight_start"] == ended + summary["in_flight_end"]
        assert whole.machine.digest() == cut.machine.digest()
        assert frames[0] == frames[1]
        events = Counter(event["what"] for event in whole.log)
        seen["plays"] += 1
        seen["changed"] += bool(whole.structure)
        seen["twice"] += whole.structure > 1
        seen["refused"] += bool(events["edit_refused"])
        seen["waits"] += bool(events["edit_waits"])
        seen["removed"] += "removed" in str(whole.summary())

    run()
    print(dict(seen))
    assert min(seen["changed"], seen["twice"], seen["refused"]) > 0.05 * seen["plays"]
    assert seen["removed"] and seen["waits"]


def test_a_node_that_nobody_calls_changes_no_other_number() -> None:
    def rows(added: bool) -> list[Any]:
        simulated = simulation(
            [node("users", "client", rate_rps=300), node("web", "service", service_time_ms=4, workers=2)],
            [link("l", "users", "web", jitter_ms=1, retry={"max": 2})],
        )
        found = [over(simulated, 1)]
        if added:
            order(simulated, command="edit", edit={"op": "add", "node": node("idle", "service", replicas=3)})
        found += [over(simulated, 1) for _ in range(3)]
        return [[row["client"], row["nodes"]["web"], row["links"]["l"]] for row in found]

    assert rows(True) == rows(False)


GROWING = [
    kind
    for kind, component in KINDS.items()
    if kind != "client" and component.copies in component.params and component.copies not in component.fixed
]


@pytest.mark.parametrize("kind", GROWING)
def test_replicas_of_every_kind_come_and_go_while_it_runs(kind: str) -> None:
    copies = KINDS[kind].copies
    design, problems = parse(KINDS[kind].example())
    assert design is not None, problems
    simulated = Simulation(design, 1)
    before = design.node("me").replicas
    for count in (before, before + 1, before + 2, before):
        if count != before or simulated.structure:
            order(simulated, command="set", target="me", param=copies, value=count)
        simulated.advance(simulated.now_ns + NS)
        assert simulated.structure == 0 or len(simulated.plan.nodes["me"].replicas) == count
    copy = Simulation.restore(design, simulated.snapshot())
    for one in (simulated, copy):
        one.advance(5 * NS)
    assert copy.machine.digest() == simulated.machine.digest()
    client = simulated.summary()["client"]
    assert client["offered"] == client["ok"] + sum(client["failed"].values()) + client["in_flight_end"]
    assert client["ok"] > 0
