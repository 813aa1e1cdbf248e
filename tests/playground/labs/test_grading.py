"""Whoever was told that a submit was taken gets a verdict, whatever is lost on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from playground.accounts.models import Person
from playground.labs import grading, sending
from playground.labs.attempts import attempt_cancel
from playground.labs.models import Attempt, CellStatus, GradeCell, Status, Work
from playground.labs.shown import attempt_shown
from playground.limits import CELL_HEARD_S, TRIES_PER_CELL
from playground.runtime.redis import sync_client
from tests.playground.labs.conftest import grade, result_of, submitted


def queued() -> int:
    return int(sync_client().llen(sending.WAITING))


def first(attempt: Attempt) -> GradeCell:
    cell = attempt.cells.order_by("pk").first()
    assert cell is not None
    return cell


def long_ago(attempt: Attempt) -> None:
    attempt.cells.update(heard_at=timezone.now() - timedelta(seconds=grading.RESEND_S + CELL_HEARD_S + 1))


def test_every_cell_has_a_task_of_its_own_behind_what_keeps_runs_alive(attempt: Attempt) -> None:
    assert queued() == attempt.cells.count()
    assert sync_client().llen(sending.QUEUE) == 0


def test_a_cell_is_given_to_one_worker(attempt: Attempt) -> None:
    cell = first(attempt)
    taken = grading.cell_take(cell=cell.pk)
    assert taken is not None and (taken.scenario, taken.seed) == (cell.scenario, cell.seed)
    assert grading.cell_take(cell=cell.pk) is None
    attempt.refresh_from_db()
    assert attempt.status == Status.RUNNING


def test_finishing_twice_is_harmless(attempt: Attempt) -> None:
    grade(attempt)
    before = attempt.verdict
    for cell in attempt.cells.all():
        assert grading.cell_take(cell=cell.pk) is None
        assert not grading.cell_finish(cell=cell.pk, turn=cell.tries, result={})
    attempt.refresh_from_db()
    assert attempt.verdict == before


def test_a_worker_that_lost_its_cell_changes_nothing(attempt: Attempt) -> None:
    cell = first(attempt)
    lost = grading.cell_take(cell=cell.pk)
    assert lost is not None
    long_ago(attempt)
    grading.cells_resend()
    again = grading.cell_take(cell=cell.pk)
    assert again is not None and again.turn == lost.turn + 1
    assert not grading.cell_heard(cell=cell.pk, turn=lost.turn)
    assert not grading.cell_finish(cell=cell.pk, turn=lost.turn, result=result_of(lost))
    assert grading.cell_heard(cell=cell.pk, turn=again.turn)
    assert grading.cell_finish(cell=cell.pk, turn=again.turn, result=result_of(again))


def test_a_cell_with_signs_of_life_is_left_alone(attempt: Attempt) -> None:
    cell = first(attempt)
    taken = grading.cell_take(cell=cell.pk)
    assert taken is not None
    long_ago(attempt)
    assert grading.cell_heard(cell=cell.pk, turn=taken.turn)
    grading.cells_resend()
    cell.refresh_from_db()
    assert cell.status == CellStatus.RUNNING


def test_what_the_broker_forgot_is_sent_again_once_it_has_nothing_else(attempt: Attempt) -> None:
    long_ago(attempt)
    assert grading.cells_resend() == 0  # all of it still waits in the queue
    sync_client().flushall()
    assert grading.cells_resend() == attempt.cells.count() == queued()
    assert grading.cells_resend() == 0


def test_a_cell_that_kills_its_workers_ends_the_attempt(attempt: Attempt) -> None:
    cell = first(attempt)
    for _ in range(TRIES_PER_CELL):
        assert grading.cell_take(cell=cell.pk)
        long_ago(attempt)
        grading.cells_resend()
    assert grading.cell_take(cell=cell.pk) is None
    attempt.refresh_from_db()
    assert (attempt.status, attempt.detail) == (Status.FAILED, f"{TRIES_PER_CELL} workers in a row were lost with it.")


def test_an_error_ends_the_attempt_with_its_words(attempt: Attempt) -> None:
    taken = grading.cell_take(cell=first(attempt).pk)
    assert taken is not None
    grading.cell_failed(cell=taken.cell, turn=taken.turn, detail="users: must have a link")
    attempt.refresh_from_db()
    assert (attempt.status, attempt.detail) == (Status.FAILED, "users: must have a link")


def test_a_cancelled_attempt_stops_its_cells_and_gets_no_verdict(work: Work, owner: Person, attempt: Attempt) -> None:
    taken = grading.cell_take(cell=first(attempt).pk)
    assert taken is not None
    attempt_cancel(attempt=attempt)
    assert not grading.cell_heard(cell=taken.cell, turn=taken.turn)
    assert not grading.cell_finish(cell=taken.cell, turn=taken.turn, result=result_of(taken))
    assert grading.cell_take(cell=attempt.cells.order_by("-pk")[0].pk) is None
    attempt_cancel(attempt=attempt)
    attempt.refresh_from_db()
    assert attempt.status == Status.CANCELLED and attempt.verdict is None
    assert submitted(work, owner).number == 2


def test_a_lab_that_changed_meanwhile_is_not_graded(attempt: Attempt) -> None:
    Attempt.objects.filter(pk=attempt.pk).update(digest="older")
    assert grading.cell_take(cell=first(attempt).pk) is None
    attempt.refresh_from_db()
    assert attempt.status == Status.FAILED and "Submit again" in attempt.detail


def test_progress_counts_cells(attempt: Attempt) -> None:
    shown = attempt_shown(attempt)
    assert (shown["done"], shown["of"], shown["place"], shown["verdict"]) == (0, attempt.cells.count(), 1, None)
    taken = grading.cell_take(cell=first(attempt).pk)
    assert taken is not None and grading.cell_finish(cell=taken.cell, turn=taken.turn, result=result_of(taken))
    attempt.refresh_from_db()
    shown = attempt_shown(attempt)
    assert (shown["done"], shown["place"], shown["status"]) == (1, None, "running")


@pytest.mark.parametrize("passed", [True, False])
def test_the_verdict_is_stored_with_the_last_cell(attempt: Attempt, passed: bool) -> None:
    cells = list(attempt.cells.order_by("pk"))
    for cell in cells:
        attempt.refresh_from_db()
        assert attempt.verdict is None
        taken = grading.cell_take(cell=cell.pk)
        assert taken is not None and grading.cell_finish(cell=cell.pk, turn=taken.turn, result=result_of(taken, passed))
    attempt.refresh_from_db()
    assert (attempt.status, attempt.passed) == (Status.DONE, passed) and attempt.verdict is not None
