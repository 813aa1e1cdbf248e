"""The host: many paced runs in one loop, against a real server and with the real engine."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
import redis

from playground.ids import new_id
from playground.runs import keys
from playground.runtime.redis import sync_client
from tests.worker.designs import small
from tests.worker.test_stream import eventually, own_server  # noqa: F401, a fixture
from worker import stream
from worker.engine.simulation import Simulation
from worker.live import LiveRun, Logged
from worker.replay import bring_back
from worker.runner import Host
from worker.seat import Ended, Seat, Status, Times

HOUR_NS = 3600 * 10**9


@pytest.fixture
def client() -> redis.Redis:
    return sync_client()


@pytest.fixture
def host(server: None) -> Iterator[Host]:
    host = Host(f"host-{new_id()}", unwatched_s=3600)
    yield host
    host.drain()
    host.close()


def take(host: Host, rate_rps: float = 200, end_ns: int = HOUR_NS, sim: Any = None, fence: int = 1) -> Seat:
    run, design = new_id(), small(rate_rps)
    assert stream.take_over(sync_client(), run, host.name, fence)
    live = LiveRun(sim or Simulation(design, 7), design, end_ns, time.monotonic_ns())
    seat = Seat(run, fence, f"{host.name} {fence}", live.sim.meta() | {"run": run}, live, since_ns=time.monotonic_ns())  # type: ignore[attr-defined]
    assert host.add(seat, [])
    return seat


def frames(client: redis.Redis, seat: Seat) -> list[dict[str, Any]]:
    return [orjson.loads(fields[b"f"]) for _, fields in client.xrange(keys.frames(seat.run))]


def states(client: redis.Redis, seat: Seat) -> list[tuple[str, Any]]:
    found = [orjson.loads(fields[b"s"]) for _, fields in client.xrange(keys.state(seat.run))]
    return [(state["status"], state["speed"]) for state in found]


def submit(client: redis.Redis, host: Host, seat: Seat, seq: int, **command: Any) -> None:
    """As the site does it: the list first, then the hint."""
    client.rpush(keys.commands(seat.run), orjson.dumps({"seq": seq, "command": command}))
    client.rpush(keys.hint(host.name), seat.run)


def notices(seat: Seat) -> list[Any]:
    found = []
    while not seat.notices.empty():
        found.append(seat.notices.get())
    return found


def ended(seat: Seat) -> Ended:
    while not isinstance(notice := seat.notices.get(timeout=20), Ended):
        pass
    return notice


def test_runs_side_by_side_keep_their_pace(host: Host, client: redis.Redis) -> None:
    seats = [take(host) for _ in range(20)]
    eventually(lambda: all(client.xlen(keys.frames(seat.run)) >= 20 for seat in seats))
    for seat in seats:
        seen = frames(client, seat)
        assert [frame["seq"] for frame in seen] == list(range(1, len(seen) + 1))
        assert [frame["t_ns"] for frame in seen] == [10**8 * frame["seq"] for frame in seen]
        meta = orjson.loads(client.get(keys.meta(seat.run)) or b"")
        assert (meta["type"], meta["run"]) == ("meta", seat.run)
        assert {status for status, _ in states(client, seat)} == {"running"}  # a busy machine may also tell its speed
        assert notices(seat) == [Status("running")]


def test_a_command_lands_in_the_next_frame(host: Host, client: redis.Redis) -> None:
    seat = take(host)
    submit(client, host, seat, 1, command="inject", id="f1", fault="crash", target="a")
    eventually(lambda: any(frame["acks"] for frame in frames(client, seat)))
    shown = next(frame for frame in frames(client, seat) if frame["acks"])
    assert shown["acks"] == [[1, shown["t_ns"]]]
    assert shown["faults"] == ["f1"]
    assert client.lrange(keys.applied(seat.run), 0, -1) == [f"1 {shown['t_ns']}".encode()]
    eventually(lambda: Times([(1, shown["t_ns"])]) in notices(seat))


def test_pause_stops_the_frames_and_step_and_resume_bring_them_back(host: Host, client: redis.Redis) -> None:
    seat = take(host)
    eventually(lambda: frames(client, seat))
    submit(client, host, seat, 1, command="pause")
    eventually(lambda: states(client, seat)[-1] == ("paused", 1.0))
    before = len(frames(client, seat))
    time.sleep(0.5)
    assert len(frames(client, seat)) == before
    submit(client, host, seat, 2, command="load", target="users", factor=2)  # still heard, and shown at once
    eventually(lambda: len(frames(client, seat)) == before + 1)
    submit(client, host, seat, 3, command="step", for_s=0.5)
    eventually(lambda: len(frames(client, seat)) == before + 6)
    time.sleep(0.3)
    assert len(frames(client, seat)) == before + 6
    submit(client, host, seat, 4, command="resume")
    eventually(lambda: len(frames(client, seat)) > before + 10)
    assert states(client, seat)[-1] == ("running", 1.0)
    assert [frame["seq"] for frame in frames(client, seat)] == list(range(1, len(frames(client, seat)) + 1))


def test_a_fast_run_shows_some_frames_and_all_that_carry_news(host: Host, client: redis.Redis) -> None:
    seat = take(host)
    submit(client, host, seat, 1, command="speed", factor=100)
    for seq in range(2, 6):
        submit(client, host, seat, seq, command="load", target="users", factor=seq)
        time.sleep(0.1)
    eventually(lambda: seat.live.sim.now_ns > 60 * 10**9)
    seen = frames(client, seat)
    assert len(seen) < seat.live.frames / 4
    assert [ack[0] for frame in seen for ack in frame["acks"]] == [2, 3, 4, 5]
    submit(client, host, seat, 6, command="speed", factor="max")
    eventually(lambda: states(client, seat)[-1] == ("running", "max"))


def test_an_unwatched_run_shows_one_frame_a_second(
    host: Host, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.runner.GRACE_NS", 0)
    seat = take(host)
    eventually(lambda: not seat.watched)
    before = len(frames(client, seat))
    eventually(lambda: len(frames(client, seat)) >= before + 3)
    seen = frames(client, seat)
    assert seen[-1]["seq"] - seen[-2]["seq"] >= 9
    client.set(keys.watched(seat.run), "1")
    eventually(lambda: seat.watched)
    before = len(frames(client, seat))
    eventually(lambda: len(frames(client, seat)) >= before + 10)
    seen = frames(client, seat)
    assert seen[-1]["seq"] - seen[-5]["seq"] == 4


def test_a_run_that_nobody_watches_any_more_is_stopped(server: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.runner.GRACE_NS", 0)
    host = Host(f"host-{new_id()}", unwatched_s=1.5)
    seat = take(host)
    assert ended(seat).status == "stopped"
    host.close()


def test_a_run_ends_with_its_summary(host: Host, client: redis.Redis) -> None:
    seat = take(host, end_ns=10**9)
    end = ended(seat)
    assert end.status == "finished"
    assert end.summary is not None
    assert end.summary["client"]["offered"] > 0
    eventually(lambda: frames(client, seat)[-1]["t_ns"] == 10**9)
    seat = take(host)
    submit(client, host, seat, 1, command="stop")
    assert ended(seat).status == "stopped"


def test_who_asks_why_gets_an_answer_and_traces(host: Host, client: redis.Redis) -> None:
    seat = take(host)
    assert client.get(keys.why(seat.run)) is None
    client.set(keys.asked(seat.run), "10")
    eventually(lambda: orjson.loads(client.get(keys.why(seat.run)) or b"{}").get("traces"))
    answer = orjson.loads(client.get(keys.why(seat.run)) or b"")  # type: ignore[arg-type]
    assert answer["type"] == "run.why" and answer["t_ns"] > 0
    spans = answer["traces"][0]["spans"]
    assert spans[0]["node"] == "users" and len(spans) > 1
    assert 0 < client.ttl(keys.why(seat.run)) <= keys.WHY_S
    client.delete(keys.asked(seat.run))
    eventually(lambda: seat.traced == 0)


class Broken:
    """A simulation with a defect."""

    now_ns = structure = 0

    def meta(self) -> dict[str, Any]:
        return {"type": "meta", "engine": "1"}

    def advance(self, until_ns: int, budget: int | None = None) -> bool:
        raise ZeroDivisionError("kernel panic")


def test_a_run_that_fails_fails_alone(host: Host, client: redis.Redis) -> None:
    well = take(host)
    end = ended(take(host, sim=Broken()))
    assert (end.status, end.detail) == ("failed", "ZeroDivisionError: kernel panic")
    before = len(frames(client, well))
    eventually(lambda: len(frames(client, well)) > before + 5)


def test_a_run_with_another_owner_is_let_go(host: Host, client: redis.Redis) -> None:
    seat = take(host)
    eventually(lambda: frames(client, seat))
    stream.take_over(client, seat.run, "another", 2)
    count = client.xlen(keys.frames(seat.run))
    assert ended(seat).status == "lost"
    assert client.xlen(keys.frames(seat.run)) == count
    paused = take(host)
    submit(client, host, paused, 1, command="pause")
    eventually(lambda: states(client, paused) and states(client, paused)[-1][0] == "paused")
    stream.take_over(client, paused.run, "another", 2)  # it writes nothing, so its reader has to notice
    assert ended(paused).status == "lost"


def test_draining_hands_every_run_back_and_takes_no_more(server: None, client: redis.Redis) -> None:
    host = Host(f"host-{new_id()}", unwatched_s=3600)
    seats = [take(host) for _ in range(5)]
    eventually(lambda: all(frames(client, seat) for seat in seats))
    host.drain()
    assert [ended(seat).status for seat in seats] == ["handed"] * 5
    host.close()
    assert not client.exists(keys.host(host.name))
    past = stream.take_over(client, seats[0].run, "next", 2)
    assert past is not None
    assert past.snapshot is not None
    run, rest = bring_back(small(), 7, HOUR_NS, [], past, lambda _: None)
    assert (run.frames, rest, run.sim.now_ns // 10**8) == (past.frames, [], past.frames)
    count = client.xlen(keys.frames(seats[0].run))
    time.sleep(0.3)
    assert client.xlen(keys.frames(seats[0].run)) == count
    assert not host.add(seats[0], [])


def test_a_heavy_run_gets_out_of_the_way(host: Host, client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.seat.HEAVY_NS", 0)
    seat = take(host)
    eventually(lambda: seat.lane is not None and seat.lane.name == "heavy lane")
    submit(client, host, seat, 1, command="load", target="users", factor=3)
    eventually(lambda: any(frame["acks"] for frame in frames(client, seat)))
    eventually(lambda: len(frames(client, seat)) > 10)
    assert [frame["seq"] for frame in frames(client, seat)] == list(range(1, len(frames(client, seat)) + 1))


def test_a_run_that_is_too_heavy_says_how_fast_it_really_is(host: Host, client: redis.Redis) -> None:
    seat = take(host, rate_rps=1_000_000)
    eventually(lambda: frames(client, seat) and frames(client, seat)[-1]["wall"]["speed"] < 0.95, 60)
    light = take(host)
    eventually(lambda: len(frames(client, light)) > 10)
    submit(client, host, seat, 1, command="load", target="users", factor=0.001)
    eventually(lambda: any(frame["acks"] for frame in frames(client, seat)), 60)
    eventually(lambda: frames(client, seat)[-1]["wall"]["speed"] > 0.95, 120)


def test_runs_go_on_when_the_server_has_forgotten_everything(
    own_server: Callable[[], subprocess.Popen[bytes]],  # noqa: F811
) -> None:
    first = own_server()
    host = Host(f"host-{new_id()}", unwatched_s=3600)
    seat = take(host)
    eventually(lambda: frames(sync_client(), seat))
    first.kill()
    first.wait()
    time.sleep(0.5)
    own_server()
    client = sync_client()
    eventually(lambda: client.exists(keys.meta(seat.run)) and client.xlen(keys.frames(seat.run)) > 10)
    assert client.get(keys.owner(seat.run)) == seat.token.encode()
    submit(client, host, seat, 1, command="load", target="users", factor=3)
    eventually(lambda: any(frame["acks"] for frame in frames(client, seat)))
    host.drain()
    host.close()


def test_missing_commands_are_asked_for(host: Host, client: redis.Redis) -> None:
    seat = take(host)
    submit(client, host, seat, 2, command="load", target="users", factor=3)
    notice = next(item for item in iter(lambda: seat.notices.get(timeout=20), None) if not isinstance(item, Status))
    assert notice.after == 0
    host.commands(seat, [Logged(1, {"command": "load", "target": "users", "factor": 2})])
    eventually(lambda: client.llen(keys.applied(seat.run)) == 2)
