"""A scenario under a seed: when and where, the same each time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from components.lab import Scenario, lab_of, seeds_of
from tests.components.lab.made import document, folder

KILL = {
    "id": "kill", "at_s": 100, "jitter": 0.2, "command": "inject", "fault": "crash", "kind": "service", "for_s": 5,
}  # fmt: skip


def scenario(**change: object) -> Scenario:
    return Scenario("s", "S", 200, script=(KILL | change,))


def test_the_seed_moves_times_by_at_most_the_jitter() -> None:
    found = [scenario().at_s(KILL, seed) for seed in range(400)]
    assert 80 <= min(found) < 83
    assert 117 < max(found) <= 120
    assert 98 < sum(found) / len(found) < 102
    assert found == [scenario().at_s(KILL, seed) for seed in range(400)]
    assert {scenario(jitter=0).at_s(KILL | {"jitter": 0}, seed) for seed in range(9)} == {100.0}


def test_two_entries_move_apart() -> None:
    other = KILL | {"id": "other"}
    assert any(scenario().at_s(KILL, seed) != scenario().at_s(other, seed) for seed in range(5))


def test_entries_know_where_they_strike(tmp_path: Path) -> None:
    lab, _ = lab_of(folder(tmp_path))
    assert lab is not None
    design = lab.design_of(document(3, "b"))
    picked = Counter(scenario().script_for(seed, design)[0]["target"] for seed in range(400))
    assert 250 < picked["web"] < 350, "three replicas of four"
    entry = scenario().script_for(7, design)[0]
    assert set(entry) == {"id", "at_s", "command", "fault", "for_s", "target"}
    every = scenario(pick="all").script_for(7, design)
    assert [(one["id"], one["target"]) for one in every] == [("kill", "web"), ("kill-2", "b")]
    assert scenario(kind="cache").script_for(7, design) == [], "nothing there that could break"


def test_a_fault_has_a_span() -> None:
    at = scenario().at_s(KILL, 3)
    assert scenario().span_s("kill", 3) == (at, at + 5)
    assert scenario(for_s=None).span_s("kill", 3) == (at, 230)
    assert scenario(for_s=None, restart_after_s=7).span_s("kill", 3) == (at, at + 7)
    assert scenario(fault="cache_flush").span_s("kill", 3)[0] == at
    flush = Scenario(
        "s", "S", 200, script=({k: v for k, v in KILL.items() if k != "for_s"} | {"fault": "cache_flush"},)
    )
    assert flush.span_s("kill", 3) == (at, at)


def test_the_seeds_of_an_attempt_follow_from_its_own() -> None:
    assert seeds_of(1) == seeds_of(1)
    assert len({seed for attempt in range(50) for seed in seeds_of(attempt)}) == 150
    assert all(0 < seed < 2**31 for seed in seeds_of(9, 5))
    assert seeds_of(9, 5)[:3] == seeds_of(9)
