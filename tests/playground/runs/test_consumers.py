"""The socket of a run against a real server, with frames put into the stream as a worker does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator

from playground.accounts.models import Person
from playground.designs.models import Design, Share
from playground.limits import FRAMES_CAUGHT_UP, FRAMES_UNACKED
from playground.runs import keys, lifecycle
from playground.runs.hub import hub
from playground.runs.models import Run, Status
from playground.runs.services import run_start
from playground.runtime.redis import sync_client
from tests.playground.world import CRASH, heard, heard_of, opened, say

META = {"type": "meta", "run": "x", "nodes": []}


@pytest.fixture
def run(design: Design, owner: Person) -> Run:
    made, problems = run_start(design=design, person=owner, seed=7)
    assert made is not None, problems
    return made


def put(run: Run, seqs: Sequence[int], events: Sequence[Any] = ()) -> None:
    """As worker/stream.py: meta first, frames under their own number."""
    client = sync_client()
    client.set(keys.meta(run.pk), orjson.dumps(META))
    for seq in seqs:
        frame = {"type": "frame", "seq": seq, "events": list(events), "acks": []}
        client.xadd(keys.frames(run.pk), {"f": orjson.dumps(frame)}, id=f"{seq}-0")


def say_state(run: Run, status: str) -> None:
    state = {"type": "run.state", "status": status, "place": None, "detail": "", "speed": 1.0}
    sync_client().xadd(keys.state(run.pk), {"s": orjson.dumps(state)})


async def frames(socket: WebsocketCommunicator, count: int) -> list[int]:
    return [(await heard_of(socket, "frame"))["seq"] for _ in range(count)]


async def watching(run: Run, person: Person) -> WebsocketCommunicator:
    return await opened(f"/ws/runs/{run.pk}", person)


async def test_state_then_meta_then_frames(run: Run, owner: Person) -> None:
    socket = await watching(run, owner)
    first = await heard(socket)
    assert (first["type"], first["status"], first["place"]) == ("run.state", "queued", 1)
    taken = await database_sync_to_async(lifecycle.run_take)(run_id=run.pk, host="h")
    assert taken is not None
    assert (await heard(socket))["status"] == "starting"
    say_state(run, "running")
    assert (await heard(socket))["status"] == "running"
    put(run, [1, 2])
    assert await heard(socket) == META
    assert await frames(socket, 2) == [1, 2]
    await socket.disconnect()


async def test_a_frame_arrives_byte_for_byte(run: Run, owner: Person) -> None:
    odd = b'{"type":"frame",  "seq":1,"x":1.50,"e":"\xc3\xa9"}'
    sync_client().xadd(keys.frames(run.pk), {"f": odd}, id="1-0")
    socket = await watching(run, owner)
    while (text := await socket.receive_from(timeout=10)).startswith('{"type":"run.state"'):
        pass
    assert text.encode() == odd
    await socket.disconnect()


async def test_who_comes_late_gets_the_last_frames_and_the_newest_state(run: Run, owner: Person) -> None:
    put(run, range(1, 280))
    say_state(run, "paused")
    await database_sync_to_async(Run.objects.filter(pk=run.pk).update)(status=Status.RUNNING)
    socket = await watching(run, owner)
    assert (await heard(socket))["status"] == "paused"
    assert await heard(socket) == META
    assert await frames(socket, FRAMES_CAUGHT_UP) == list(range(80, 280))
    put(run, [280])
    assert await frames(socket, 1) == [280]
    await socket.disconnect()


async def test_two_sockets_of_a_run_share_one_feed(run: Run, owner: Person) -> None:
    one, two = await watching(run, owner), await watching(run, owner)
    put(run, [1, 2, 3])
    assert await frames(one, 3) == await frames(two, 3) == [1, 2, 3]
    assert list(hub()._feeds) == [run.pk]
    assert sync_client().exists(keys.watched(run.pk))
    await one.disconnect()
    put(run, [4])
    assert await frames(two, 1) == [4]
    await two.disconnect()
    assert hub()._feeds == {}


async def test_a_slow_browser_skips_frames_but_no_event(run: Run, owner: Person) -> None:
    socket = await watching(run, owner)
    put(run, [1])
    seen = await frames(socket, 1)  # from here on it is not the past any more
    put(run, range(2, 30))
    put(run, [30], events=[{"what": "fault_injected"}])
    put(run, range(31, 150))
    put(run, [150], events=[{"what": "fault_healed"}])
    while 150 not in seen:
        seen += await frames(socket, 1)
        if len(seen) % FRAMES_UNACKED == 0:
            await say(socket, type="ack", seq=seen[-1])
    assert seen == sorted(set(seen))
    assert 30 in seen
    assert len(seen) < 150
    await socket.disconnect()


async def test_a_command_is_told_to_all_watchers(run: Run, owner: Person, share: Share, other: Person) -> None:
    mine, theirs = await watching(run, owner), await opened(f"/ws/runs/{run.pk}?share={share.token}", other)
    for socket in (mine, theirs):
        await heard_of(socket, "run.state")
    await say(mine, type="command.submit", ref="k1", command=CRASH)
    for socket in (mine, theirs):
        message = await heard_of(socket, "command.accepted")
        assert (message["ref"], message["seq"], message["command"]["fault"]) == ("k1", 1, "crash")
        await socket.disconnect()


async def test_who_asks_why_is_told_what_the_worker_said(run: Run, owner: Person) -> None:
    socket = await watching(run, owner)
    await say(socket, type="why", trace_every=50)
    assert (await heard_of(socket, "run.why"))["t_ns"] is None
    assert sync_client().get(keys.asked(run.pk)) == b"50"
    sync_client().set(keys.why(run.pk), '{"type":"run.why","t_ns":5,"findings":[],"traces":[]}')
    await say(socket, type="why")
    assert (await heard_of(socket, "run.why"))["t_ns"] == 5
    assert sync_client().get(keys.asked(run.pk)) == b"0"
    await say(socket, type="why", trace_every=-1)
    assert (await heard_of(socket, "error"))["problems"][0]["field"] == "trace_every"
    await socket.disconnect()


async def test_a_finished_run_says_so_even_when_its_streams_are_gone(run: Run, owner: Person) -> None:
    await database_sync_to_async(lifecycle.run_take)(run_id=run.pk, host="h")
    await database_sync_to_async(lifecycle.run_finish)(run_id=run.pk, attempt=1, status=Status.FINISHED)
    sync_client().flushall()
    socket = await watching(run, owner)
    assert (await heard(socket))["status"] == "finished"
    await socket.disconnect()


async def test_the_place_in_the_queue_is_counted_again(run: Run, owner: Person, other: Person) -> None:
    ahead = await database_sync_to_async(Run.objects.create)(design_id=run.design_id, revision=0, seed=1)
    await database_sync_to_async(Run.objects.filter(pk=ahead.pk).update)(created_at="2020-01-01T00:00Z")
    socket = await watching(run, owner)
    assert (await heard(socket))["place"] in (1, 2)
    await database_sync_to_async(Run.objects.filter(pk=ahead.pk).update)(status=Status.STOPPED)
    sync_client().xadd(keys.state(run.pk), {"s": orjson.dumps({"type": "run.state", "status": "queued", "place": 2})})
    assert (await heard(socket))["place"] == 2
    assert (await heard(socket))["place"] == 1
    await socket.disconnect()


async def test_the_feed_goes_on_after_the_server_dropped_its_connections(run: Run, owner: Person) -> None:
    socket = await watching(run, owner)
    put(run, [1])
    await frames(socket, 1)
    sync_client().client_kill_filter(_type="normal", skipme=True)
    put(run, [2, 3])
    assert await frames(socket, 2) == [2, 3]
    await socket.disconnect()


async def test_sockets_that_are_quiet_for_seven_seconds_live(run: Run, owner: Person) -> None:
    """redis-py 8 gives up reading after 5 s by default, which killed every idle socket."""
    sockets = [await watching(run, owner), await opened(f"/ws/designs/{run.design_id}", owner)]
    for socket in sockets:
        await heard(socket)
    assert await asyncio.gather(*(socket.receive_nothing(timeout=7) for socket in sockets)) == [True, True]
    put(run, [1])
    assert await frames(sockets[0], 1) == [1]
    again = await opened(f"/ws/designs/{run.design_id}", owner)
    await say(again, type="edit.submit", ref="c", edit={"op": "rename", "id": "a", "name": "x"})
    assert (await heard(sockets[1]))["ref"] == "c"
    for socket in (*sockets, again):
        await socket.disconnect()


async def test_forty_watchers_come_and_go(run: Run, owner: Person) -> None:
    sockets = await asyncio.gather(*(watching(run, owner) for _ in range(40)))
    put(run, range(1, 6))
    assert await asyncio.gather(*(frames(socket, 5) for socket in sockets)) == [[1, 2, 3, 4, 5]] * 40
    await asyncio.gather(*(socket.disconnect() for socket in sockets))
    assert hub()._feeds == {}
