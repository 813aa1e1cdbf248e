"""LiveRun: pace, order of frames and commands, and above all that a replay repeats a run bit by bit."""

from __future__ import annotations

import itertools
import random
from typing import Any

import orjson
import pytest

from tests.worker.designs import small
from worker.clock import LATE_NS, NEVER, Clock, S
from worker.engine.simulation import Simulation
from worker.live import FRAME_NS, LiveRun, Logged, Shown, next_wake, wall_part
from worker.replay import bring_back, sealed
from worker.stream import Past

HOUR = 3600 * S


@pytest.fixture(autouse=True)
def _long_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a turn ends must not depend on how busy the machine is."""
    monkeypatch.setattr("worker.live.TURN_NS", HOUR)


def a_run(seed: int = 7, rate_rps: float = 200, end_ns: int = HOUR, wall_ns: int = 0) -> LiveRun:
    design = small(rate_rps)
    return LiveRun(Simulation(design, seed), design, end_ns, wall_ns)


def commands(*entries: dict[str, Any]) -> list[Logged]:
    return [Logged(seq, entry) for seq, entry in enumerate(entries, 1)]


def crash(id: str = "f1", target: str = "a") -> dict[str, Any]:
    return {"command": "inject", "id": id, "fault": "crash", "target": target}


def until(run: LiveRun, wall_ns: int, shown: list[Shown]) -> None:
    while not run.turn(wall_ns, shown):
        pass


def test_frames_are_taken_at_every_tenth_of_a_virtual_second() -> None:
    run, shown = a_run(), []
    until(run, S + 1, shown)
    assert [frame.seq for frame in shown] == list(range(1, 11))
    assert [orjson.loads(frame.frame)["t_ns"] for frame in shown] == [FRAME_NS * n for n in range(1, 11)]
    assert orjson.loads(shown[-1].frame)["clients"][0][0] > 0


def test_a_command_is_applied_now_and_shown_at_once() -> None:
    run, shown = a_run(), []
    until(run, S, shown)
    run.arrive(commands(crash()))
    assert run.take(S + 33_000_000, shown) == [(1, S + 33_000_000)]
    frame = orjson.loads(shown[-1].frame)
    assert (frame["seq"], frame["t_ns"], frame["acks"]) == (11, S + 33_000_000, [[1, S + 33_000_000]])
    assert frame["faults"] == ["f1"]
    assert shown[-1].kept
    until(run, 2 * S, shown)
    assert [orjson.loads(item.frame)["t_ns"] for item in shown[11:]] == [S + FRAME_NS * n for n in range(1, 11)]


def test_the_frame_of_a_moment_comes_before_the_command_of_that_moment() -> None:
    run, shown = a_run(), []
    run.arrive(commands(crash()))
    run.take(FRAME_NS, shown)
    assert [(orjson.loads(item.frame)["t_ns"], orjson.loads(item.frame)["faults"]) for item in shown] == [
        (FRAME_NS, []),
        (FRAME_NS, ["f1"]),
    ]


def test_commands_wait_for_their_predecessor() -> None:
    run, shown = a_run(), []
    run.arrive([Logged(2, crash("f2", "b"))])
    assert run.take(S, shown) == []
    assert run.missing
    run.arrive([Logged(1, crash())])
    assert [seq for seq, _ in run.take(S, shown)] == [1, 2]
    assert not run.missing
    run.arrive(commands(crash(), crash("f2", "b")))  # the log and the wake-up both bring them
    assert run.take(S, shown) == []


def test_every_command_has_a_frame_of_its_own() -> None:
    run, shown = a_run(), []
    run.arrive(commands({"command": "pause"}, crash(), crash("f2", "b")))
    run.take(S, shown)
    assert [orjson.loads(item.frame)["acks"] for item in shown[-2:]] == [[[2, S]], [[3, S]]]


def test_a_command_that_the_simulation_refuses_ends_nothing() -> None:
    run, shown = a_run(), []
    run.arrive(commands({"command": "set", "target": "nobody", "param": "workers", "value": 1}))
    assert run.take(S, shown) == [(1, S)]
    until(run, 2 * S, shown)
    assert run.frames == 21


def test_pause_step_resume_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    run, shown = a_run(), []
    run.arrive(commands({"command": "pause"}))
    run.take(S // 2, shown)
    until(run, 10 * S, shown)
    assert run.sim.now_ns == S // 2
    assert next_wake(run, 1) == NEVER
    run.arrive([Logged(2, {"command": "step", "for_s": 0.25})])
    run.take(10 * S, shown)
    until(run, 10 * S, shown)
    run.clock.at(10 * S, run.sim.now_ns)
    assert (run.sim.now_ns, run.clock.paused, next_wake(run, 1)) == (S // 2 + S // 4, True, NEVER)
    run.arrive([Logged(3, {"command": "resume"})])
    run.take(20 * S, shown)
    until(run, 21 * S, shown)
    assert run.sim.now_ns == 1_700_000_000  # the newest frame that is due; 0.75 + 1 = 1.75
    run.arrive([Logged(4, {"command": "speed", "factor": 10})])
    run.take(21 * S, shown)
    until(run, 22 * S, shown)
    assert run.sim.now_ns == 11_700_000_000
    run.arrive([Logged(5, {"command": "speed", "factor": "max"})])
    run.take(22 * S, shown)
    monkeypatch.setattr("worker.live.TURN_NS", 1)  # as fast as it goes, one turn at a time
    run.turn(22 * S, shown)
    assert run.sim.now_ns == 11_800_000_000
    run.turn(22 * S, shown)
    assert run.sim.now_ns == 11_900_000_000
    assert [frame.seq for frame in shown] == list(range(1, run.frames + 1))


def events(shown: list[Shown]) -> list[tuple[float, str]]:
    return [(event["t_s"], event["what"]) for item in shown for event in orjson.loads(item.frame)["events"]]


def test_a_command_with_a_moment_waits_for_it_and_holds_nothing_up() -> None:
    run, shown = a_run(), []
    until(run, S, shown)
    run.arrive(commands(crash() | {"at_s": 2.345}, {"command": "load", "target": "users", "factor": 2}))
    assert run.take(S, shown) == [(1, S), (2, S)]
    until(run, 3 * S, shown)
    assert events(shown) == [(1.0, "load"), (2.345, "fault_injected")]
    late = [frame for frame in shown if b"fault_injected" in frame.frame]
    assert [(orjson.loads(frame.frame)["t_ns"], frame.kept) for frame in late] == [(2_400_000_000, True)]


def test_a_moment_that_is_past_is_now() -> None:
    run, shown = a_run(), []
    until(run, 2 * S, shown)
    run.arrive(commands(crash() | {"at_s": 1.5}))
    assert run.take(2 * S, shown) == [(1, 2 * S)]
    assert events(shown) == [(2.0, "fault_injected")]


def test_runs_at_different_moments_have_a_command_at_the_same_one() -> None:
    found = []
    for wall in (S, 2 * S + 13_000_000, 2_999_999_999):
        run, shown = a_run(), []
        until(run, wall, shown)
        run.arrive(commands(crash() | {"at_s": 3}))
        run.take(wall, shown)
        until(run, 4 * S, shown)
        found.append(events(shown))
    assert found == [[(3.0, "fault_injected")]] * 3


def test_a_run_ends_at_its_limit_and_by_a_command() -> None:
    run, shown = a_run(end_ns=S + 50_000_000), []
    until(run, 5 * S, shown)
    assert (run.ended, run.sim.now_ns, run.frames) == (True, S + 50_000_000, 10)
    run = a_run()
    run.arrive(commands({"command": "stop"}))
    run.take(S, shown)
    assert run.ended


def story(rng: random.Random, count: int) -> list[dict[str, Any]]:
    """Commands of every kind; faults heal, so that the system is not down for good."""
    made: list[dict[str, Any]] = []
    for number in range(count):
        made.append(
            rng.choice(
                [
                    {"command": "inject", "id": f"f{number}", "fault": "crash", "target": "a", "for_s": 0.4},
                    {
                        "command": "inject",
                        "id": f"f{number}",
                        "fault": "slow",
                        "target": "db",
                        "factor": 3,
                        "for_s": 0.7,
                    },
                    {"command": "inject", "id": f"f{number}", "fault": "latency", "target": "lb-a", "add_ms": 30},
                    {
                        "command": "inject",
                        "id": "due",
                        "fault": "crash",
                        "target": "b",
                        "at_s": rng.randint(0, 40) / 10,
                    },
                    {"command": "load", "target": "users", "factor": 3, "at_s": rng.randint(0, 40) / 10},
                    {"command": "heal", "id": f"f{max(0, number - 1)}"},
                    {"command": "set", "target": "a", "param": "workers", "value": rng.randint(1, 20)},
                    {"command": "load", "target": "users", "factor": rng.choice([0.5, 1, 2])},
                    {"command": "pause"},
                    {"command": "step", "for_s": 0.15},
                    {"command": "resume"},
                    {"command": "speed", "factor": rng.choice([0.5, 1, 3])},
                ]
            )
        )
    return [*made, {"command": "speed", "factor": 1}, {"command": "resume"}]


@pytest.mark.parametrize("seed", range(6))
def test_a_replay_up_to_any_frame_continues_bit_by_bit(seed: int) -> None:
    rng = random.Random(seed)
    run, shown, log, wall = a_run(seed), [], [], 0
    for seq, entry in enumerate(story(rng, 12), 1):
        wall += rng.randrange(1, 400_000_000)
        until(run, wall, shown)
        run.arrive([Logged(seq, entry)])
        log += [Logged(seq, entry, at) for _, at in run.take(wall, shown)]
        until(run, wall, shown)
        run.clock.at(wall, run.sim.now_ns)
    until(run, wall + S, shown)
    assert [frame.seq for frame in shown] == list(range(1, run.frames + 1))
    truth = {frame.seq: frame.frame for frame in shown}
    for seen in [0, 1, *rng.sample(range(2, run.frames), 3), run.frames]:
        again = a_run(seed)
        rest = again.replay(log, seen, 5 * S, lambda _: None)
        until(again, 5 * S + 2 * S, rest)
        assert [frame.seq for frame in rest] == list(range(seen + 1, again.frames + 1))
        assert all(truth.get(frame.seq, frame.frame) == frame.frame for frame in rest)
        assert (again.clock.paused, again.clock.speed) == (run.clock.paused, run.clock.speed)


@pytest.mark.parametrize("seed", range(4))
def test_a_snapshot_of_any_moment_continues_bit_by_bit(seed: int) -> None:
    rng = random.Random(seed)
    run, shown, log, wall, snapshots = a_run(seed), [], [], 0, []
    for seq, entry in enumerate(story(rng, 12), 1):
        wall += rng.randrange(1, 400_000_000)
        until(run, wall, shown)
        run.arrive([Logged(seq, entry)])
        log += [Logged(seq, entry, at) for _, at in run.take(wall, shown)]
        snapshots.append((run.frames, sealed(run)))
        until(run, wall, shown)
        run.clock.at(wall, run.sim.now_ns)
    until(run, wall + S, shown)
    truth = {frame.seq: frame.frame for frame in shown}
    for frames, snapshot in rng.sample(snapshots, 4):
        seen = rng.randint(frames, run.frames)
        past = Past(seen, {}, snapshot)
        again, rest = bring_back(small(), seed, HOUR, log, past, lambda _: None)
        again.clock.resume(0, again.sim.now_ns)
        until(again, 2 * S, rest)
        assert [frame.seq for frame in rest] == list(range(seen + 1, again.frames + 1))
        assert all(truth.get(frame.seq, frame.frame) == frame.frame for frame in rest)
        assert again.applied == len(log)


@pytest.mark.parametrize("snapshot", [b"0 5 1\nold engine", b"1 5 1\nbroken", b"", b"\x00"])
def test_a_snapshot_that_cannot_be_used_is_left_aside(snapshot: bytes) -> None:
    truth: list[Shown] = []
    until(a_run(), S, truth)
    run, rest = bring_back(small(), 7, HOUR, [], Past(4, {}, snapshot), lambda _: None)
    until(run, run.clock.due(S), rest)
    assert [frame.frame for frame in rest] == [frame.frame for frame in truth[4:]]


def test_commands_without_a_time_are_applied_after_the_replay() -> None:
    run, shown = a_run(), []
    until(run, S, shown)
    again = a_run()
    log = [Logged(1, crash(), 450_000_000), Logged(2, crash("f2", "b"), None)]
    assert again.replay(log, 8, 100 * S, lambda _: None) == []
    assert (again.frames, again.sim.now_ns) == (8, 7 * FRAME_NS)
    assert again.take(100 * S, shown) == [(2, 7 * FRAME_NS)]
    assert orjson.loads(shown[-1].frame)["faults"] == ["f1", "f2"]


def test_a_command_falls_between_two_moments_when_the_budget_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.live.EVENTS_PER_CALL", 7)
    run, shown, log = a_run(rate_rps=3000), [], []
    for seq in range(1, 30):
        run.turn(S, shown)
        run.arrive([Logged(seq, {"command": "load", "target": "users", "factor": seq / 10})])
        log += [
            Logged(seq, {"command": "load", "target": "users", "factor": seq / 10}, at) for _, at in run.take(S, shown)
        ]
    monkeypatch.setattr("worker.live.EVENTS_PER_CALL", 50_000)
    again = a_run(rate_rps=3000)
    rest = again.replay(log, 0, S, lambda _: None)
    assert [frame.frame for frame in rest] == [frame.frame for frame in shown]


def test_the_clock_gives_lost_time_up_instead_of_rushing_after_it() -> None:
    clock = Clock(0, 0)
    assert clock.target(S // 2) == S // 2
    assert clock.at(S // 2, 4 * FRAME_NS) == FRAME_NS
    late = clock.at(10 * S, S)
    assert late == 9 * S > LATE_NS
    assert clock.target(10 * S) == S
    assert clock.due(S + FRAME_NS) == 10 * S + FRAME_NS


def test_the_achieved_speed_is_measured() -> None:
    clock = Clock(0, 0)
    for wall in itertools.count(1):
        clock.at(wall * FRAME_NS, wall * FRAME_NS * 6 // 10)
        if wall == 30:
            break
    assert clock.achieved == pytest.approx(0.6, rel=0.01)


def test_the_hosts_words_are_one_key_at_the_end() -> None:
    frame = orjson.loads(wall_part(b'{"type":"frame","seq":1}', Clock(0, 0), 12_000_000))
    assert list(frame) == ["type", "seq", "wall"]
    assert (frame["wall"]["speed"], frame["wall"]["behind_ms"]) == (1, 12)


def test_the_frame_after_an_edit_says_what_frames_mean_and_a_replay_has_it_too() -> None:
    grow = {"command": "set", "target": "a", "param": "replicas", "value": 3}
    run, shown = a_run(), []
    until(run, S, shown)
    run.arrive(commands(grow, crash()))
    times = run.take(S + 50_000_000, shown)
    until(run, 2 * S, shown)
    frames = [orjson.loads(item.frame) for item in shown]
    assert "structure" not in frames[9]
    changed = [frame for frame in frames if "meta" in frame]
    assert [frame["acks"][0][0] for frame in changed] == [1]
    replicas = {node["id"]: node["replicas"] for node in changed[0]["meta"]["nodes"]}
    assert replicas["a"] == 3 and changed[0]["structure"] == changed[0]["meta"]["structure"] == 1
    assert all(frame["structure"] == 1 for frame in frames[frames.index(changed[0]) :])
    again, more = a_run(), []
    entries = [
        Logged(entry.seq, entry.command, at) for entry, (_, at) in zip(commands(grow, crash()), times, strict=True)
    ]
    more += again.replay(entries, 0, 0, lambda now_ns: None)
    until(again, 2 * S, more)
    assert [item.frame for item in more[: len(shown)]] == [item.frame for item in shown]
