"""A film shows what the run showed: the same frames, number by number, and fewer of them where a run is long."""

from __future__ import annotations

import gzip
import random
from typing import Any

import orjson
import pytest

from components.design import parse
from components.model import Design
from tests.playground.world import TWO_SERVICES
from worker.engine.simulation import Simulation
from worker.film import film, time_of
from worker.live import LiveRun, Logged, Shown

S = 1_000_000_000
CRASH = {"command": "inject", "id": "f1", "fault": "crash", "target": "b"}
COMMANDS = [CRASH, {"command": "pause"}, {"command": "resume"}, {"command": "heal", "id": "f1"}]


@pytest.fixture(scope="module")
def design() -> Design:
    parsed, problems = parse(
        TWO_SERVICES | {"script": [{"at_s": 2, "command": "load", "target": "users", "factor": 2}]}
    )
    assert parsed is not None, problems
    return parsed


def played(design: Design, seconds: int) -> tuple[dict[int, bytes], list[Logged]]:
    """A live run whose turns come when they like, with commands in the middle: frames by number, and the log."""
    run, wall, dice = LiveRun(Simulation(design, 7), design, seconds * S, 0), 0, random.Random(1)
    shown: list[Shown] = []
    log: list[Logged] = []
    waiting = list(enumerate(COMMANDS, start=1))
    while not run.ended:
        wall += dice.randrange(1, 70_000_000)
        if waiting and wall > (len(COMMANDS) - len(waiting) + 1) * 700_000_000:
            seq, command = waiting.pop(0)
            run.arrive([Logged(seq, command)])
        for seq, at in run.take(wall, shown):
            if "resume" not in str(COMMANDS[seq - 1]) and "pause" not in str(COMMANDS[seq - 1]):
                log.append(Logged(seq, COMMANDS[seq - 1], at))
        run.turn(wall, shown)
    return {item.seq: item.frame for item in shown}, log


def made(design: Design, log: list[Logged], until_ns: int, **limits: Any) -> dict[str, Any]:
    given = {"frames": 1800, "most_bytes": 10**8, "cpu_s": 60, "pulse": lambda now: True} | limits
    data, _ = film(design, 7, log, until_ns, **given)
    assert data is not None
    return dict(orjson.loads(gzip.decompress(data)))


def test_every_frame_is_that_of_the_run(design: Design) -> None:
    frames, log = played(design, 5)
    assert [entry.seq for entry in log] == [1, 4]
    shown = made(design, log, 5 * S)
    assert {frame["seq"]: frame for frame in shown["frames"]} == {
        seq: orjson.loads(frame) for seq, frame in frames.items()
    }
    assert [event["what"] for event in shown["events"]] == ["fault_injected", "load", "fault_healed"]
    assert shown["meta"]["nodes"] and shown["until_ns"] == 5 * S and shown["detail"] == ""


def test_a_long_run_is_kept_in_larger_steps_and_what_tells_stays(design: Design) -> None:
    frames, log = played(design, 20)
    shown = made(design, log, 20 * S, frames=60)
    assert shown["step_ns"] == 400_000_000
    assert len(shown["frames"]) < 60
    for frame in shown["frames"]:
        assert frame == orjson.loads(frames[frame["seq"]])
    assert [frame["acks"][0][0] for frame in shown["frames"] if frame["acks"]] == [1, 4]
    small = made(design, log, 20 * S, most_bytes=1000)
    assert len(small["frames"]) <= 64


def test_a_film_that_takes_too_long_ends_early_and_says_so(design: Design) -> None:
    shown = made(design, [], 7200 * S, cpu_s=0.01)
    assert 0 < shown["until_ns"] < 7200 * S
    assert shown["detail"].startswith("The replay ends at second")
    assert all(frame["t_ns"] <= shown["until_ns"] for frame in shown["frames"])


def test_a_film_that_nobody_wants_is_given_up(design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.film.PULSE_S", 0)
    limits = {"frames": 60, "most_bytes": 10**7, "cpu_s": 60}
    assert film(design, 7, [], 7200 * S, **limits, pulse=lambda now: False) == (None, "")


def test_the_time_of_a_frame_is_read_without_parsing_it(design: Design) -> None:
    frame = Simulation(design, 7).frame()
    assert time_of(frame) == orjson.loads(frame)["t_ns"] == 0
