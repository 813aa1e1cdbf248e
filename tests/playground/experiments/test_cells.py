"""Whoever was told that an experiment was taken gets a result, whatever is lost on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from components.experiment import result_of
from playground.accounts.models import Person
from playground.designs.models import Design
from playground.designs.services import edit_apply
from playground.experiments import cells, sending, services
from playground.experiments.models import CellStatus, Experiment, ExperimentCell, Status
from playground.experiments.services import experiment_cancel, experiment_start
from playground.experiments.shown import experiment_shown
from playground.limits import CELL_HEARD_S, EXPERIMENTS_PER_PERSON, TRIES_PER_CELL
from playground.runtime.redis import sync_client
from tests.playground.world import RENAME

LOAD = {"target": "users", "param": "rate_rps", "values": [10, 20, 30, 40]}
PLAN: dict[str, Any] = {"kind": "load_curve", "axes": [LOAD], "seeds": {"n": 2}, "duration_s": 5}


def counted(ok: int) -> dict[str, Any]:
    """What a worker would bring."""
    counts = {
        "span_ns": 5 * 10**9, "offered": ok, "ok": ok, "failed": {}, "grown": 0, "latency_ns": ok * 10**6,
        "max_ns": 2 * 10**6, "buckets": {"600": ok}, "slos": {},
        "nodes": {"a": {"arrivals": ok, "failed": 0, "busy_ns": ok, "slot_ns": 1000}},
    }  # fmt: skip
    return {"counts": counts, "warmup_s": 1.0, "settled": True}


def compute(experiment: Experiment, most: int = 99) -> None:
    for cell in experiment.cells.filter(status=CellStatus.WAITING).order_by("pk")[:most]:
        taken = cells.cell_take(cell=cell.pk)
        assert taken is not None
        assert cells.cell_finish(cell=cell.pk, turn=taken.turn, result=counted(100 + taken.point))


def first(experiment: Experiment) -> ExperimentCell:
    cell = experiment.cells.order_by("pk").first()
    assert cell is not None
    return cell


def long_ago(experiment: Experiment) -> None:
    experiment.cells.update(heard_at=timezone.now() - timedelta(seconds=cells.RESEND_S + CELL_HEARD_S + 1))


@pytest.fixture
def experiment(design: Design, owner: Person) -> Experiment:
    made, problems = experiment_start(design=design, person=owner, plan=PLAN)
    assert made is not None, problems
    return made


def queued() -> int:
    return int(sync_client().llen(sending.WAITING))


def test_one_task_fans_out_behind_everything_else(experiment: Experiment) -> None:
    assert queued() == 1 and sync_client().llen(sending.QUEUE) == 0
    waiting = cells.waiting_of(experiment=experiment.pk)
    assert waiting == list(experiment.cells.order_by("pk").values_list("pk", flat=True)) and len(waiting) == 8


def test_a_cell_is_given_to_one_worker_with_all_that_it_needs(experiment: Experiment) -> None:
    cell = first(experiment)
    taken = cells.cell_take(cell=cell.pk)
    assert taken is not None and (taken.point, taken.seed) == (cell.point, cell.seed)
    assert taken.plan.as_dict() == experiment.plan
    assert cells.cell_take(cell=cell.pk) is None
    experiment.refresh_from_db()
    assert experiment.status == Status.RUNNING and experiment.started_at is not None


def test_it_is_computed_on_the_revision_that_it_was_started_on(
    design: Design, owner: Person, experiment: Experiment
) -> None:
    edit_apply(design_id=design.pk, person=owner, edit=RENAME)
    taken = cells.cell_take(cell=first(experiment).pk)
    assert taken is not None and taken.design.node("a").name == "A"


def test_the_result_comes_with_the_last_cell_and_once(experiment: Experiment) -> None:
    compute(experiment, 7)
    assert not cells.experiment_conclude(experiment=experiment.pk)
    assert experiment_shown(experiment)["done"] == 7
    compute(experiment)
    assert cells.experiment_conclude(experiment=experiment.pk)
    assert not cells.experiment_conclude(experiment=experiment.pk)
    experiment.refresh_from_db()
    assert experiment.status == Status.DONE and experiment.result is not None
    assert [point["counts"]["ok"] for point in experiment.result["points"]] == [200, 202, 204, 206]


def test_the_result_is_that_of_the_cells_in_any_order(experiment: Experiment) -> None:
    compute(experiment)
    cells.experiment_conclude(experiment=experiment.pk)
    experiment.refresh_from_db()
    _, plan = cells.plan_of(experiment)
    rows = {(cell.point, cell.seed): cell.result for cell in experiment.cells.order_by("-seed", "-point")}
    assert experiment.result == result_of(plan, rows)


def test_a_worker_that_lost_its_cell_changes_nothing(experiment: Experiment) -> None:
    cell = first(experiment)
    lost = cells.cell_take(cell=cell.pk)
    assert lost is not None
    long_ago(experiment)
    assert cells.experiments_resend() == [experiment.pk]
    again = cells.cell_take(cell=cell.pk)
    assert again is not None and again.turn == lost.turn + 1
    assert not cells.cell_heard(cell=cell.pk, turn=lost.turn)
    assert not cells.cell_finish(cell=cell.pk, turn=lost.turn, result=counted(1))
    assert cells.cell_finish(cell=cell.pk, turn=again.turn, result=counted(2))


def test_what_was_finished_is_not_computed_again(experiment: Experiment) -> None:
    compute(experiment, 3)
    long_ago(experiment)
    sync_client().flushall()
    assert cells.experiments_resend() == [experiment.pk]
    assert len(cells.waiting_of(experiment=experiment.pk)) == 5
    assert cells.experiments_resend() == [], "just sent"


def test_a_callback_that_never_came_is_made_up_for(experiment: Experiment) -> None:
    compute(experiment)
    cells.experiments_resend()
    experiment.refresh_from_db()
    assert experiment.status == Status.RUNNING, "it may still come"
    long_ago(experiment)
    cells.experiments_resend()
    experiment.refresh_from_db()
    assert experiment.status == Status.DONE


def test_a_result_that_cannot_be_computed_ends_the_experiment(experiment: Experiment) -> None:
    compute(experiment)
    experiment.cells.filter(point=0).update(result={"counts": {}})
    assert not cells.experiment_conclude(experiment=experiment.pk)
    experiment.refresh_from_db()
    assert experiment.status == Status.FAILED and "KeyError" in experiment.detail


def test_a_cell_that_kills_its_workers_ends_the_experiment(experiment: Experiment) -> None:
    cell = first(experiment)
    for _ in range(TRIES_PER_CELL):
        assert cells.cell_take(cell=cell.pk)
        long_ago(experiment)
        cells.experiments_resend()
    assert cells.cell_take(cell=cell.pk) is None
    experiment.refresh_from_db()
    assert (experiment.status, experiment.detail) == (
        Status.FAILED, f"{TRIES_PER_CELL} workers in a row were lost with one run.",
    )  # fmt: skip


def test_an_error_ends_the_experiment_with_its_words(experiment: Experiment) -> None:
    taken = cells.cell_take(cell=first(experiment).pk)
    assert taken is not None
    cells.cell_failed(cell=taken.cell, turn=taken.turn, detail="It took too long.")
    experiment.refresh_from_db()
    assert (experiment.status, experiment.detail) == (Status.FAILED, "It took too long.")


def test_a_cancelled_experiment_stops_its_cells_and_gets_no_result(experiment: Experiment) -> None:
    taken = cells.cell_take(cell=first(experiment).pk)
    assert taken is not None
    experiment_cancel(experiment=experiment)
    assert not cells.cell_heard(cell=taken.cell, turn=taken.turn)
    assert not cells.cell_finish(cell=taken.cell, turn=taken.turn, result=counted(1))
    assert cells.waiting_of(experiment=experiment.pk) == []
    assert not cells.experiment_conclude(experiment=experiment.pk)
    experiment.refresh_from_db()
    assert experiment.status == Status.CANCELLED and experiment.result is None


def test_too_much_is_refused_with_what_to_do(design: Design, owner: Person) -> None:
    for change, words in (
        ({"seeds": {"n": 900}}, "2000 runs (4 points × 900 seeds now)"),
        ({"duration_s": 86_400, "seeds": {"n": 3}}, "1000000 simulated seconds"),
        ({"axes": [LOAD | {"values": [1, 2, 3, 1e6]}], "duration_s": 600}, "500,000,000 requests"),
        ({"kind": "curve"}, "must be one of"),
    ):
        made, problems = experiment_start(design=design, person=owner, plan=PLAN | change)
        assert made is None and words in problems[0].rule
    assert not Experiment.objects.exists()


def test_a_person_has_few_at_once_and_a_design_keeps_few(
    design: Design, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "EXPERIMENTS_PER_DESIGN", 2)
    for _ in range(3):
        for _ in range(EXPERIMENTS_PER_PERSON):
            assert experiment_start(design=design, person=owner, plan=PLAN)[0]
        made, problems = experiment_start(design=design, person=owner, plan=PLAN)
        assert made is None and "cancelled first" in problems[0].rule
        for each in Experiment.objects.all():
            experiment_cancel(experiment=each)
    assert Experiment.objects.count() <= 3


def test_the_time_left_goes_by_the_time_spent(experiment: Experiment) -> None:
    assert experiment_shown(experiment)["left_s"] is None
    compute(experiment, 2)
    Experiment.objects.update(started_at=timezone.now() - timedelta(seconds=10))
    experiment.refresh_from_db()
    assert experiment_shown(experiment)["left_s"] == 30


def test_a_round_that_is_too_uncertain_is_followed_by_another(design: Design, owner: Person) -> None:
    plan = {
        "kind": "seeds",
        "seeds": {"n": 5, "within": 0.01, "most": 8},
        "duration_s": 5,
        "measure": "client.goodput_rps",
    }
    made, problems = experiment_start(design=design, person=owner, plan=plan)
    assert made is not None, problems
    sync_client().flushall()
    for cell in made.cells.order_by("pk"):
        taken = cells.cell_take(cell=cell.pk)
        assert taken is not None
        cells.cell_finish(cell=cell.pk, turn=taken.turn, result=counted(100 + 10 * taken.seed))
    assert not cells.experiment_conclude(experiment=made.pk)
    assert (made.cells.count(), len(cells.waiting_of(experiment=made.pk)), queued()) == (8, 3, 1)
    compute(made)
    assert cells.experiment_conclude(experiment=made.pk), "there are no more seeds"
    made.refresh_from_db()
    assert made.result is not None and made.result["points"][0]["runs"] == 8
