"""Workers that are killed, stopped or drained: a run goes on, and its frames are those it would have had."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from playground.runs import keys
from tests.running import Person, Running
from tests.system.follow import Follower, told_again, without_wall
from tests.worker.designs import document

SEED = 20261122
COMMANDS: list[dict[str, Any]] = [
    {"command": "inject", "id": "down", "fault": "crash", "target": "a"},
    {"command": "set", "target": "b", "param": "workers", "value": 3},
    {"command": "load", "target": "users", "factor": 1.5},
    {"command": "inject", "id": "far", "fault": "latency", "target": "b-cache", "add_ms": 40, "for_s": 3},
    {"command": "heal", "id": "down"},
    {"command": "set", "target": "lb-a", "param": "timeout_ms", "value": 300},
    {"command": "inject", "id": "slow", "fault": "slow", "target": "db", "factor": 4, "for_s": 2},
    {"command": "load", "target": "users", "factor": 0.8},
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("site"), "--live", "2") as running:
        yield running


@pytest.fixture
def person(site: Running) -> Person:
    return site.person()


def begun(site: Running, person: Person) -> tuple[str, Follower]:
    run = person.start(document(), SEED)
    follower = Follower(site, run)
    site.wait_for(lambda: follower.newest > 5)
    return run, follower


def finish(site: Running, person: Person, run: str, follower: Follower) -> dict[str, Any]:
    person.command(run, command="stop")
    site.wait_for(lambda: person.get(f"/api/runs/{run}")["status"] == "stopped")
    site.wait_for(lambda: all(entry["applied_ns"] is not None for entry in person.get(f"/api/runs/{run}")["commands"]))
    follower.stop()
    return dict(person.get(f"/api/runs/{run}"))


def check(follower: Follower, told: dict[str, Any]) -> None:
    """Nothing missing, nothing twice, nothing different; every command shown in the frame of its time."""
    frames = follower.frames
    assert follower.wrong == []
    assert sorted(frames) == list(range(1, len(frames) + 1))
    assert without_wall(frames) == told_again(document(), SEED, told["commands"], len(frames))
    acks = [tuple(ack) for seq in sorted(frames) for ack in frames[seq]["acks"]]
    simulated = {"inject", "heal", "set", "load"}
    given = [(e["seq"], e["applied_ns"]) for e in told["commands"] if e["command"]["command"] in simulated]
    assert acks == given


def test_killed_at_five_random_moments_a_run_goes_on_as_if_nothing_had_happened(site: Running, person: Person) -> None:
    rng = random.Random(SEED)
    run, follower = begun(site, person)
    story = iter(COMMANDS * 3)
    given = 0
    for number in range(5):
        for _ in range(2):
            given = person.command(run, **next(story))
            time.sleep(rng.uniform(0.05, 0.6))
        given = person.command(run, **next(story))  # within a second before the kill
        time.sleep(rng.choice([0.0, 0.01, rng.uniform(0, 0.9)]))
        site.kill(site.host_of(run))
        killed_at = follower.newest
        more = rng.randint(8, 25)
        site.wait_for(lambda at=killed_at + more: follower.newest > at)
        assert person.get(f"/api/runs/{run}")["status"] == "running", number
    told = finish(site, person, run, follower)
    assert len(told["commands"]) == given + 1
    assert told["attempt"] == 6
    check(follower, told)


def test_a_run_that_is_paused_when_its_worker_dies_stays_paused(site: Running, person: Person) -> None:
    run, follower = begun(site, person)
    person.command(run, command="speed", factor=2)
    person.command(run, command="pause")
    site.wait_for(lambda: person.get(f"/api/runs/{run}")["status"] == "paused")
    time.sleep(0.5)
    before = follower.newest
    owner = site.redis.get(f"run:{run}:owner")
    site.kill(site.host_of(run))
    site.wait_for(lambda: site.redis.get(f"run:{run}:owner") != owner)
    site.wait_for(lambda: person.get(f"/api/runs/{run}")["status"] == "paused")
    time.sleep(0.5)
    assert follower.newest == before
    person.command(run, **COMMANDS[0])
    site.wait_for(lambda: follower.newest == before + 1)
    person.command(run, command="resume")
    site.wait_for(lambda: follower.newest > before + 10)
    told = finish(site, person, run, follower)
    assert told["speed"] == 2
    check(follower, told)


def test_commands_given_while_no_worker_has_the_run_are_applied_later(site: Running, person: Person) -> None:
    run, follower = begun(site, person)
    site.kill(site.host_of(run))
    given = [person.command(run, **command) for command in COMMANDS[:3]]
    site.wait_for(lambda: sum(len(frame["acks"]) for frame in list(follower.frames.values())) == len(given))
    check(follower, finish(site, person, run, follower))


def test_a_command_whose_message_was_lost_comes_back_from_the_log(site: Running, person: Person) -> None:
    run, follower = begun(site, person)
    held = site.pids[site.host_of(run)]
    os.kill(held, signal.SIGSTOP)
    try:
        given = person.command(run, **COMMANDS[0])
        assert site.redis.delete(keys.commands(run)) == 1
    finally:
        os.kill(held, signal.SIGCONT)
    site.wait_for(lambda: any(frame["acks"] for frame in list(follower.frames.values())))
    told = finish(site, person, run, follower)
    assert (len(told["commands"]), told["attempt"]) == (given + 1, 1)
    check(follower, told)


def test_a_run_that_is_deleted_is_let_go(site: Running, person: Person) -> None:
    run, follower = begun(site, person)
    database = sqlite3.connect(site.var / "playground.sqlite3", timeout=20)
    for table in ("runs_runcommand", "runs_run"):
        column = "run_id" if table == "runs_runcommand" else "id"
        database.execute(f"DELETE FROM {table} WHERE {column} = ?", [run])
    database.commit()
    database.close()
    site.wait_for(lambda: not moving(follower))
    follower.stop()


def moving(follower: Follower) -> bool:
    before = follower.newest
    time.sleep(1.5)
    return follower.newest > before


def test_a_worker_that_is_told_to_stop_hands_its_runs_over(site: Running, person: Person) -> None:
    run, follower = begun(site, person)
    person.command(run, **COMMANDS[0])
    name = site.host_of(run)
    before = follower.newest
    process = site.pids[name]
    os.kill(process, signal.SIGTERM)
    site.wait_for(lambda: follower.newest > before + 20)
    told = finish(site, person, run, follower)
    assert told["attempt"] == 2
    check(follower, told)


def test_a_stopped_worker_shows_no_frames_and_cannot_disturb_its_successor(site: Running, person: Person) -> None:
    run, follower = begun(site, person)
    frozen = site.pids[site.host_of(run)]
    owner = site.redis.get(f"run:{run}:owner")
    os.kill(frozen, signal.SIGSTOP)
    try:
        time.sleep(0.3)
        before = follower.newest
        time.sleep(0.7)
        assert follower.newest == before
        site.wait_for(lambda: site.redis.get(f"run:{run}:owner") != owner)
        site.wait_for(lambda: follower.newest > before + 5)
    finally:
        os.kill(frozen, signal.SIGCONT)  # it comes back and still believes that the run is its own
    site.wait_for(lambda: follower.newest > before + 25)
    check(follower, finish(site, person, run, follower))


def test_nothing_is_left_behind_when_the_supervisor_is_killed(site: Running) -> None:
    """The last test of this file, because it leaves no playground."""
    pids = site.pids
    assert set(pids) == {"server", "web", "batch", "live-1", "live-2"}
    assert len(processes(site)) > len(pids)
    site.process.kill()
    site.process.wait()
    deadline = time.monotonic() + 30
    while found := processes(site):
        assert time.monotonic() < deadline, (found, pids)
        time.sleep(0.05)


def processes(site: Running) -> list[str]:
    """Everything alive that belongs to that playground: by its folder in the environment or on the command line."""
    return [path.name for path in Path("/proc").glob("[0-9]*") if belongs(path, str(site.var).encode())]


def belongs(process: Path, var: bytes) -> bool:
    try:  # a dead one that nobody has buried yet has neither; the server writes its title over the environment
        return var in (process / "environ").read_bytes() or var in (process / "cmdline").read_bytes()
    except OSError:
        return False
