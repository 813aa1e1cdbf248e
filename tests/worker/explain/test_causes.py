"""The explanation finds what was broken, from the counters alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.faults import FAULTS
from tests.worker.explain.broken import SEEN_AS, Answer, ask, case, cases, is_it
from worker.engine import explain as explaining
from worker.engine.simulation import Simulation
from worker.engine.symptoms import ROOTS

CASES, WANTED = 50, 45


def found_first(answers: list[Answer]) -> int:
    return sum(answer.rank == 1 for answer in answers)


def test_one_fault_in_a_random_design_is_ranked_first() -> None:
    answers = [ask(one) for one in cases(range(1, CASES + 1))]
    assert {answer.case.fault for answer in answers} == set(SEEN_AS)
    missed = [(a.case.seed, a.case.fault, a.case.target) for a in answers if a.rank != 1]
    assert found_first(answers) >= WANTED, missed


@pytest.mark.parametrize("without", [("down", "paused", "slow", "erroring"), tuple(ROOTS)[4:]])
def test_without_some_of_its_symptoms_it_fails(without: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """So the bar is one that can be missed."""
    look = explaining.symptoms_of
    monkeypatch.setattr(explaining, "symptoms_of", lambda *a: [s for s in look(*a) if s.what not in without])
    assert found_first([ask(one) for one in cases(range(1, CASES + 1))]) < WANTED


def test_a_whole_design_has_no_cause() -> None:
    for one in cases(range(1, 31)):
        answer = ask(replace(one, design=replace(one.design, script=())))
        assert not [found for found in answer.findings if found["is_cause"]], one.seed


def test_no_list_of_faults_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is the same when the simulation forgets which faults are in force."""
    one = case(3)
    wanted = ask(one).findings
    simulation = Simulation(one.design, one.seed)
    simulation.advance(4_000_000_000)
    simulation.start_counting()
    simulation.advance(20_000_000_000)
    simulation.faults.active.clear()
    simulation.faults.down.clear()
    simulation.faults.paused.clear()
    simulation.log.clear()
    assert simulation.explain() == wanted


def test_every_finding_has_a_chain_to_the_clients() -> None:
    for seed in (2, 5, 9):
        answer = ask(case(seed))
        for found in answer.findings:
            chain: list[dict[str, Any]] = found["chain"]
            assert chain and all(step["text"] and step["template"] for step in chain)
            assert chain[0]["template"] == found["what"]
            if found["what"] != "takes_time":
                assert chain[-1]["template"].startswith("clients_")
        assert [found["rank"] for found in answer.findings] == list(range(1, len(answer.findings) + 1))


def test_faults_have_a_look() -> None:
    """A new fault is either explained or said to be not: see SEEN_AS and the page that bench.causes writes."""
    assert set(SEEN_AS) <= set(FAULTS)
    assert {what for whats in SEEN_AS.values() for what in whats} == set(ROOTS)


def test_is_it_looks_at_the_place() -> None:
    one = next(one for one in cases(range(1, 30)) if one.fault == "slow")
    assert is_it(one, {"what": "slow", "node": one.target})
    assert not is_it(one, {"what": "slow", "node": "users"})
    assert not is_it(one, {"what": "down", "node": one.target})
