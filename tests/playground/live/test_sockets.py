"""The socket of a class: who hears what, presence, the wall, refusals."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator

from playground.accounts.models import Person
from playground.live import keys
from playground.live.models import Participant, Session
from playground.live.pace import start_all
from playground.live.people import kick
from playground.runs import keys as run_keys
from playground.runs.models import Run
from playground.runtime.redis import sync_client
from tests.playground.world import closed, heard, heard_of, opened, say

Learner = Callable[[str], Participant]
in_thread = database_sync_to_async


async def wall_with(socket: WebsocketCommunicator, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The next wall message for which that is true."""
    while True:
        message = await heard_of(socket, "session.wall")
        if wanted(message):
            return message


def frame(run: Run, seq: int, t_s: int, ok: int, failed: int = 0) -> None:
    """Writes a frame as a host does: two nodes, one of them busy."""
    meta = {
        "type": "meta", "nodes": [{"id": "users", "kind": "client", "replicas": 1}, {"id": "db", "kind": "sql_primary", "replicas": 1}],
        "links": [{"id": "l", "source": "users", "target": "db"}], "clients": ["users"],
        "node_columns": ["arrivals", "failed", "busy_permille", "queue", "down", "paused"],
        "link_columns": ["outstanding"], "client_columns": ["offered", "ok", "failed", "p99_us"],
    }  # fmt: skip
    body = {
        "type": "frame", "seq": seq, "t_ns": t_s * 10**9, "nodes": [[ok, 0, -1, 0, 0, 0], [ok, 0, 950, 4, 0, 0]],
        "links": [[0]], "clients": [[ok + failed, ok, failed, 42_000]], "origins": [[0, 0], [0, 0]],
    }  # fmt: skip
    client = sync_client()
    client.set(run_keys.meta(run.pk), orjson.dumps(meta))
    client.xadd(run_keys.frames(run.pk), {"f": orjson.dumps(body)}, id=f"{seq}-0")


async def test_the_console_sees_who_comes_and_goes(session: Session, learner: Learner, owner: Person) -> None:
    console = await opened(f"/ws/live/{session.pk}", owner)
    assert (await heard_of(console, "session.state"))["code"] == session.code
    amira = await in_thread(learner)("Amira")
    roster = await heard_of(console, "session.roster")
    assert [person["name"] for person in roster["people"]] == ["Amira"]
    assert roster["people"][0]["picture"] == {"tiles": [], "lines": []}
    await wall_with(console, lambda wall: wall["here"] == [])
    socket = await opened(f"/ws/live/{session.pk}", amira.person)
    await wall_with(console, lambda wall: wall["here"] == [amira.pk])
    await socket.disconnect()
    await wall_with(console, lambda wall: wall["here"] == [])
    await console.disconnect()


async def test_who_is_not_heard_of_any_more_counts_as_away(session: Session, learner: Learner, owner: Person) -> None:
    amira = await in_thread(learner)("Amira")
    console = await opened(f"/ws/live/{session.pk}", owner)
    client = sync_client()
    client.zadd(keys.present(session.pk), {f"{amira.pk} killed!": 1})  # of a process that was killed
    wall = await heard_of(console, "session.wall")
    assert wall["here"] == []
    await console.disconnect()


async def test_the_wall_has_one_line_for_each_run(pushed: Session, learner: Learner, owner: Person) -> None:
    amira, bo = await in_thread(learner)("Amira"), await in_thread(learner)("Bo")
    await in_thread(start_all)(session=pushed)
    run = await in_thread(Run.objects.get)(design=amira.design)
    frame(run, 1, 1, ok=100)
    console = await opened(f"/ws/live/{pushed.pk}", owner)
    wall = await wall_with(console, lambda wall: bool(wall["rows"]))
    row = wall["rows"][amira.pk]
    assert (row["p99_ms"], row["failed"], row["slo"], row["nodes"]) == (42.0, 0.0, "met", "of")
    assert row["health"] == "strained"  # the database is full and nobody notices yet
    assert bo.pk not in wall["rows"]
    assert wall["nodes"] == {amira.pk: ["users", "db"]}  # the run is not of the newest revision
    frame(run, 2, 2, ok=100, failed=50)
    wall = await wall_with(console, lambda wall: wall["rows"][amira.pk]["t_s"] == 2)
    assert wall["rows"][amira.pk]["failed"] == 1.0
    assert wall["rows"][amira.pk]["health"] == "failing"
    await console.disconnect()


async def test_scores_are_stored_and_told_to_those_they_are_about(
    pushed: Session, learner: Learner, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.live.gatherer.SCORE_S", 0.1)
    amira, bo = await in_thread(learner)("Amira"), await in_thread(learner)("Bo")
    await in_thread(start_all)(session=pushed)
    run = await in_thread(Run.objects.get)(design=amira.design)
    frame(run, 1, 5, ok=90, failed=10)
    hers, his = await opened(f"/ws/live/{pushed.pk}", amira.person), await opened(f"/ws/live/{pushed.pk}", bo.person)
    scores = (await heard_of(hers, "session.scores"))["scores"]
    assert scores[amira.pk]["parts"]["goodput"] == 0.9
    assert set(scores) == {amira.pk}
    await in_thread(amira.refresh_from_db)()
    assert amira.score["served"] == 90
    assert sync_client().hgetall(keys.series(run.pk)) == {b"5": b"100 90 10 42000"}
    await say(his, type="nonsense")
    while (message := await heard(his))["type"] != "error":
        assert message["type"] != "session.scores"
    await hers.disconnect(), await his.disconnect()


async def test_a_learner_hears_what_the_instructor_does(pushed: Session, learner: Learner, owner: Person) -> None:
    amira = await in_thread(learner)("Amira")
    console, hers = await opened(f"/ws/live/{pushed.pk}", owner), await opened(f"/ws/live/{pushed.pk}", amira.person)
    assert (await heard_of(hers, "session.state"))["design"] == amira.design_id
    await say(console, type="class.freeze", ref="1", on=True)
    assert (await heard_of(console, "class.done"))["ref"] == "1"
    while not (await heard_of(hers, "session.state"))["frozen"]:
        pass
    await say(console, type="class.start", ref="2")
    while (done := await heard_of(console, "class.done"))["ref"] != "2":
        pass
    assert done["started"] == 1
    await say(console, type="class.broadcast", ref="3", steps=[{"plan": "load", "after_s": 0}], to="all", at_s=9)
    did = await heard_of(hers, "session.did")
    assert did == {
        "type": "session.did", "words": "tripled the load for 30 s", "at_s": 9.0, "seed": pushed.seed,
    }  # fmt: skip
    await hers.disconnect(), await console.disconnect()


async def test_a_hand_goes_up_and_down(session: Session, learner: Learner, owner: Person) -> None:
    amira = await in_thread(learner)("Amira")
    console, hers = await opened(f"/ws/live/{session.pk}", owner), await opened(f"/ws/live/{session.pk}", amira.person)
    await say(hers, type="hand.set", up=True)
    while not (await heard_of(console, "session.roster"))["people"][0]["hand"]:
        pass
    await say(console, type="learner.lower", ref="1", participant=amira.pk)
    while (await heard_of(console, "session.roster"))["people"][0]["hand"]:
        pass
    await say(hers, type="hand.set", up="yes")
    assert (await heard_of(hers, "error"))["problems"][0]["field"] == "up"
    await hers.disconnect(), await console.disconnect()


async def test_who_is_sent_out_is_shown_out_at_once(session: Session, learner: Learner) -> None:
    amira = await in_thread(learner)("Amira")
    hers = await opened(f"/ws/live/{session.pk}", amira.person)
    await heard_of(hers, "session.state")
    await in_thread(kick)(participant=amira)
    assert await closed(hers) == 4403
    assert await closed(await opened(f"/ws/live/{session.pk}", amira.person)) == 4403


async def test_who_is_asked_to_help_comes_back_as_an_instructor(session: Session, learner: Learner) -> None:
    from playground.live.people import help_lead

    amira = await in_thread(learner)("Amira")
    hers = await opened(f"/ws/live/{session.pk}", amira.person)
    await heard_of(hers, "session.state")
    await in_thread(help_lead)(token=session.co_token, person=amira.person)
    await say(hers, type="hand.set", up=True)  # what she may not do any more
    await hers.disconnect()
    again = await opened(f"/ws/live/{session.pk}", amira.person)
    assert (await heard_of(again, "session.state"))["helping"] == 1
    await again.disconnect()


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"type": "class.freeze"}, "on"),
        ({"type": "class.pause", "on": 1}, "on"),
        ({"type": "class.seed", "seed": "x"}, "seed"),
        ({"type": "class.seed", "seed": -1}, "seed"),
        ({"type": "class.board", "on": None}, "on"),
        ({"type": "class.spotlight", "participant": "nobody"}, "participant"),
        ({"type": "learner.kick", "participant": ["x"]}, "participant"),
        ({"type": "learner.kick"}, "participant"),
        ({"type": "class.push", "design": "z" * 16}, "design"),
        ({"type": "class.broadcast", "steps": [{"plan": "load"}]}, "to"),
        ({"type": "class.close", "on": "now"}, "on"),
    ],
)
async def test_an_order_that_means_nothing_is_refused_with_the_reason(
    session: Session, owner: Person, message: dict[str, Any], field: str
) -> None:
    console = await opened(f"/ws/live/{session.pk}", owner)
    await say(console, ref="r", **message)
    refused = await heard_of(console, "class.refused")
    assert (refused["ref"], refused["problems"][0]["field"]) == ("r", field)
    await console.disconnect()


async def test_somebody_of_another_class_cannot_be_sent_out(
    session: Session, learner: Learner, owner: Person, other: Person
) -> None:
    from playground.live.sessions import session_open

    amira = await in_thread(learner)("Amira")
    theirs, _ = await in_thread(session_open)(owner=other, title="Another")
    assert theirs is not None
    console = await opened(f"/ws/live/{theirs.pk}", other)
    await say(console, type="learner.kick", ref="r", participant=amira.pk)
    assert (await heard_of(console, "class.refused"))["problems"]
    await console.disconnect()


async def test_the_task_of_a_class_ends_with_its_last_socket(session: Session, owner: Person) -> None:
    console = await opened(f"/ws/live/{session.pk}", owner)
    await heard_of(console, "session.wall")
    name = f"gatherer {session.pk}"
    await console.disconnect()
    assert name not in {task.get_name() for task in asyncio.all_tasks()}
