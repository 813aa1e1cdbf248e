"""Engines that are wrong in a known way must miss the law: a law that nothing can break proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.program import Assembler, Op, work
from components.program.codel import CoDel
from tests.worker.engine import test_codel, test_limit, test_throttle
from tests.worker.laws import test_deadlines
from tests.worker.laws.case import Law, interval
from tests.worker.laws.designs import farm, station
from tests.worker.laws.laws import LAWS

SEEDS = range(1, 6)


def law(row: str, what: str, setting: str) -> Law:
    """The law whose names begin so."""
    return next(law for law in LAWS if law.row == row and law.what.startswith(what) and law.setting.startswith(setting))


def misses(right: Law, design: dict[str, Any], name: str) -> bool:
    """`name`: runs are remembered by their document, and this one must not be taken for the right one."""
    wrong = replace(right, design=design | {"name": name})
    return not interval(wrong, SEEDS).agrees(wrong)


WRONG = {
    "servers in a row are not one fast server": (law("V2", "M/M/c", "c=8"), station(640, 1.25, 1)),
    "a place to wait is not none": (law("V2", "loss, no queue", "c=10"), station(800, 10, 10, 2)),
    "a room of K holds the one in service": (law("V2", "loss, M/M/1/K", "K=5"), station(70, 10, 1, 5)),
    "constant work is not exponential": (law("V1", "M/M/1 mean", "λ=80"), station(80, 10, service_dist="const")),
    "the variance of the work counts": (law("V8", "M/G/1", "λ=300"), station(300, 2)),
    "round robin is not random": (law("V5", "round robin", "n=10, ρ=0.7"), farm(700, 10, 10, "random")),
    "random is not round robin": (law("V5", "random", "n=10, ρ=0.7"), farm(700, 10, 10, "round_robin")),
    "two choices are not all": (law("V7", "least_conn", "n=4"), farm(280, 10, 4, "p2c")),
    "one choice is not two": (law("V6", "p2c", "n=3"), farm(240, 10, 3, "random")),
}


@pytest.mark.parametrize(("right", "design"), WRONG.values(), ids=WRONG)
def test_a_wrong_design_misses_the_law(right: Law, design: dict[str, Any]) -> None:
    assert misses(right, design, "wrong design")


def test_a_priority_that_nobody_looks_at_misses_cobham(monkeypatch: pytest.MonkeyPatch) -> None:
    right = law("Cobham", "priority class 0", "λ=40+40")
    monkeypatch.setattr(work, "priority_class", lambda asm, to: asm.move(to, 0))
    assert misses(right, right.design, "nobody looks")


def test_priorities_upside_down_miss_cobham(monkeypatch: pytest.MonkeyPatch) -> None:
    right, read = law("Cobham", "priority class 1", "λ=40+40"), work.priority_class

    def upside_down(asm: Assembler, to: Any) -> None:
        read(asm, to)
        asm.emit(Op.SUB, to, 3, to)

    monkeypatch.setattr(work, "priority_class", upside_down)
    assert misses(right, right.design, "upside down")


def fails(check: Callable[..., None], *arguments: Any) -> None:
    with pytest.raises((AssertionError, KeyError)):
        check(*arguments)


def test_who_works_for_nobody_stays_in_the_storm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "drop_expired", lambda asm, slots, refuse: None)
    fails(test_deadlines.test_it_is_over_at_once_when_the_expired_are_dropped, 60, 100)


def test_a_deadline_that_is_not_inherited_reaches_no_hop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "inherit_deadline", lambda asm: None)
    fails(test_deadlines.test_the_deadline_reaches_the_last_hop)


def test_drops_at_equal_gaps_are_not_codel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CoDel, "space", lambda self: self.asm.add(self.next, self.next, self.interval))
    fails(test_codel.test_it_sheds_when_the_rfc_says, 8.1, 10.03, 5, 100)


def test_a_limit_that_does_not_learn_has_no_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.program.limit.Limit.learn", lambda self: None)
    fails(test_limit.test_the_limit_follows_its_target, 40)


def test_a_throttle_that_counts_no_good_answers_lets_nobody_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.program.throttle.Throttle.record", lambda self: None)
    fails(test_throttle.test_the_target_sees_k_times_what_it_answers, 1000, 100, 2)
