"""What a host writes and reads in Redis, against a real server: fencing, order, durability of command times."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from playground.ids import new_id
from playground.runs import keys
from playground.runtime import embedded, plan
from playground.runtime.redis import async_client, blocking_client, broker_url, sync_client
from worker import stream
from worker.reader import Reader
from worker.stream import Entry, Writer

pytestmark = pytest.mark.usefixtures("server")


@pytest.fixture
def client() -> redis.Redis:
    return sync_client()


@pytest.fixture
def run() -> str:
    return new_id()


def eventually(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def written(entries: list[Entry], lost: list[str]) -> None:
    writer = Writer(lambda run, token: lost.append(f"{run} {token}"), lambda _: None)
    writer.start()
    writer.put(entries)
    assert writer.flush(10)


def test_a_frame_and_the_times_it_shows_enter_together(client: redis.Redis, run: str) -> None:
    lost: list[str] = []
    assert stream.take_over(client, run, "h", 1) == stream.Past(0, {}, None)
    times = ((1, 150_000_000), (2, 1 << 60))
    written(
        [Entry(run, "h 1", 1, b'{"seq":1}'), Entry(run, "h 1", 2, b'{"seq":2}', times, b'{"a":1}', b"\x00snap\r\n")],
        lost,
    )
    assert client.xrange(keys.frames(run)) == [(b"1-0", {b"f": b'{"seq":1}'}), (b"2-0", {b"f": b'{"seq":2}'})]
    assert [fields for _, fields in client.xrange(keys.state(run))] == [{b"s": b'{"a":1}'}]
    assert stream.take_over(client, run, "h", 2) == stream.Past(2, dict(times), b"\x00snap\r\n")
    assert lost == []


def test_a_host_that_was_thought_dead_cannot_write(client: redis.Redis, run: str) -> None:
    lost: list[str] = []
    stream.take_over(client, run, "old", 1)
    written([Entry(run, "old 1", 1, b"1")], lost)
    stream.take_over(client, run, "new", 2)
    written([Entry(run, "old 1", 2, b"stale", ((1, 5),), b"s", b"x")], lost)
    assert lost == [f"{run} old 1"]
    assert client.xlen(keys.frames(run)) == 1
    assert not client.exists(keys.applied(run), keys.state(run), keys.snapshot(run))
    written([Entry(run, "new 2", 2, b"2")], lost)
    assert [id for id, _ in client.xrange(keys.frames(run))] == [b"1-0", b"2-0"]


def test_an_older_owner_cannot_take_a_run_back(client: redis.Redis, run: str) -> None:
    assert stream.take_over(client, run, "new", 10)
    assert stream.take_over(client, run, "old", 9) is None
    assert stream.take_over(client, run, "same", 10) is None
    assert client.get(keys.owner(run)) == b"new 10"


def test_no_frame_enters_twice(client: redis.Redis, run: str) -> None:
    stream.take_over(client, run, "h", 1)
    written(
        [Entry(run, "h 1", 1, b"first"), Entry(run, "h 1", 1, b"again", ((1, 7),)), Entry(run, "h 1", 2, b"next")], []
    )
    assert [fields[b"f"] for _, fields in client.xrange(keys.frames(run))] == [b"first", b"next"]
    assert stream.take_over(client, run, "h", 2) == stream.Past(2, {1: 7}, None)


def test_the_stream_is_bounded_and_the_times_are_not(client: redis.Redis, run: str) -> None:
    stream.take_over(client, run, "h", 1)
    written([Entry(run, "h 1", seq, b"frame", ((seq, seq),)) for seq in range(1, 1001)], [])
    assert keys.FRAMES_KEPT <= client.xlen(keys.frames(run)) < keys.FRAMES_KEPT + 200
    past = stream.take_over(client, run, "h", 2)
    assert past and len(past.times) == past.frames == 1000


def test_a_run_that_is_over_is_forgotten_after_a_while(client: redis.Redis, run: str) -> None:
    stream.take_over(client, run, "h", 1)
    stream.put_meta(client, run, {"type": "meta"})
    written([Entry(run, "h 1", 1, b"1", ((1, 5),), b"s", b"x")], [])
    stream.let_go(client, run)
    left = [key.decode() for key in client.keys(f"run:{run}:*")]
    assert sorted(left) == sorted(name(run) for name in (keys.meta, keys.frames, keys.state, keys.owner, keys.applied))
    assert all(0 < client.ttl(key) <= keys.KEPT_S for key in left)


def test_the_reader_fetches_hinted_commands_and_keeps_the_lease(client: redis.Redis, run: str) -> None:
    got: dict[str, list[int]] = {}
    seen: dict[str, tuple[str, bool]] = {}
    host = f"host-{run}"
    reader = Reader(
        host, lambda: [run], lambda run, items: got.setdefault(run, []).extend(i["seq"] for i in items), seen.update
    )
    assert client.exists(keys.host(host))  # before the first run can be claimed
    reader.start()
    client.rpush(keys.commands(run), b'{"seq":1,"command":{}}', b'{"seq":2,"command":{}}')
    client.rpush(keys.hint(host), run)
    eventually(lambda: got.get(run) == [1, 2])
    client.rpush(keys.commands(run), b'{"seq":3,"command":{}}')  # its hint was lost
    eventually(lambda: got[run] == [1, 2, 3])
    client.set(keys.watched(run), "1")
    client.set(keys.owner(run), f"{host} 4")
    eventually(lambda: seen.get(run) == (f"{host} 4", True, None))
    time.sleep(3)  # longer than a lease that nobody renews
    assert client.exists(keys.host(host))
    reader.stop()
    reader.join(10)
    assert not client.exists(keys.host(host))


@pytest.fixture
def own_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """A server that a test may stop and start again, at an address of its own."""
    socket = tmp_path / "s"
    monkeypatch.setenv("REDIS_URL", f"unix://{socket}?db=0")
    command = [part.replace(str(embedded.socket_path()), str(socket)) for part in embedded_command()]
    processes: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        eventually(plan.answers_ping)
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.wait()


def embedded_command() -> list[str]:
    """The embedded server's command line, without taking the socket of the one that runs."""
    return [
        embedded.binary(), "--port", "0", "--unixsocket", str(embedded.socket_path()), "--save", "", "--daemonize", "no",
        "--logfile", "/dev/null",
    ]  # fmt: skip


def test_a_writer_outlives_its_server(own_server: Callable[[], subprocess.Popen[bytes]], run: str) -> None:
    server = own_server()
    stream.take_over(sync_client(), run, "h", 1)
    writer = Writer(lambda *_: None, lambda _: None)
    writer.start()
    writer.put([Entry(run, "h 1", 1, b"1")])
    assert writer.flush(10)
    server.kill()
    server.wait()
    writer.put([Entry(run, "h 1", 2, b"2")])
    assert not writer.flush(0.5)
    own_server()
    writer.put([Entry(run, "h 1", 3, b"3")])
    assert writer.flush(20)
    assert [id for id, _ in sync_client().xrange(keys.frames(run))] == [b"2-0", b"3-0"]


def test_a_reader_takes_its_lease_again_from_a_server_that_forgot_it(
    own_server: Callable[[], subprocess.Popen[bytes]], run: str
) -> None:
    server = own_server()
    reader = Reader(f"host-{run}", lambda: [], lambda *_: None, lambda _: None)
    reader.start()
    server.kill()
    server.wait()
    own_server()
    eventually(lambda: sync_client().exists(keys.host(f"host-{run}")))
    reader.stop()
    reader.join(15)


def test_frames_are_left_out_before_memory_runs_out(
    monkeypatch: pytest.MonkeyPatch, client: redis.Redis, run: str
) -> None:
    monkeypatch.setattr(stream, "BACKLOG_BYTES", 10)
    stream.take_over(client, run, "h", 1)
    writer = Writer(lambda *_: None, lambda _: None)  # not started yet: as if the server were away
    writer.put([Entry(run, "h 1", 1, b"x" * 11)])
    writer.put([Entry(run, "h 1", 2, b"y", ((1, 9),))])
    writer.start()
    assert writer.flush(10)
    assert writer.left_out == 1
    assert stream.take_over(client, run, "h", 2) == stream.Past(1, {1: 9}, None)  # the time of a command never is


def test_waiting_clients_outlive_the_default_time_out_of_the_library(run: str) -> None:
    got: list[object] = []
    waiting = blocking_client()
    thread = threading.Thread(target=lambda: got.append(waiting.blpop([f"wait:{run}"], timeout=9)))
    thread.start()
    time.sleep(7)
    sync_client().rpush(f"wait:{run}", "now")
    thread.join(10)
    assert got == [(f"wait:{run}".encode(), b"now")]


async def test_the_async_client_waits_as_long_as_it_is_told(run: str) -> None:
    async with async_client() as client:
        assert await client.xread({f"wait:{run}": "$"}, block=7000) in ({}, [])


def test_celery_gets_the_same_server_in_its_own_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "unix:///a/b.sock?db=3")
    assert broker_url() == "redis+socket:///a/b.sock?virtual_host=3"
    monkeypatch.setenv("REDIS_URL", "rediss://:secret@host:6380/1")
    assert broker_url() == os.environ["REDIS_URL"]


def test_a_long_path_does_not_break_the_socket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLAYGROUND_VAR", str(tmp_path / ("x" * 120)))
    assert len(os.fsencode(embedded.socket_path())) <= embedded.SOCKET_PATH_MAX
    first = embedded.socket_path()
    monkeypatch.setenv("PLAYGROUND_VAR", str(tmp_path / ("y" * 120)))
    assert embedded.socket_path() != first
