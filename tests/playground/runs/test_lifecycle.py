from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from django.utils import timezone

from playground.accounts.models import Person
from playground.designs.models import Design
from playground.limits import ATTEMPTS_PER_RUN
from playground.runs import keys
from playground.runs.lifecycle import (
    run_applied,
    run_finish,
    run_hand_back,
    run_log,
    run_lost,
    run_say,
    run_status,
    run_take,
    runs_resend,
    runs_taken,
)  # fmt: skip
from playground.runs.models import Run, Status
from playground.runs.services import command_submit, run_start
from playground.runtime.redis import sync_client
from tests.playground.world import CRASH


@pytest.fixture
def run(design: Design, owner: Person) -> Run:
    made, problems = run_start(design=design, person=owner, seed=7)
    assert made is not None, problems
    return made


def told(run: Run) -> list[str]:
    entries = sync_client().xrange(keys.state(run.pk))
    return [orjson.loads(fields[b"s"])["status"] for _, fields in entries if b"s" in fields]


def test_taking_a_run_gives_all_that_is_needed_to_make_it(run: Run, owner: Person) -> None:
    command_submit(run_id=run.pk, person=owner, command=CRASH)
    taken = run_take(run_id=run.pk, host="h1")
    assert taken is not None
    assert (taken.run, taken.attempt, taken.seed, taken.speed) == (run.pk, 1, 7, 1.0)
    assert taken.design.node("a").filled["workers"] == 8
    assert [(entry.seq, entry.applied_ns) for entry in taken.log] == [(1, None)]
    assert runs_taken() == [(run.pk, 1, "h1")]
    assert told(run) == ["queued", "starting"]


def test_a_run_is_taken_once(run: Run) -> None:
    assert run_take(run_id=run.pk, host="h1") is not None
    assert run_take(run_id=run.pk, host="h2") is None
    assert run_take(run_id="unknown", host="h2") is None


def test_a_worker_whose_run_was_given_away_changes_nothing(run: Run) -> None:
    run_take(run_id=run.pk, host="h1")
    assert run_lost(run_id=run.pk, attempt=1)
    run_take(run_id=run.pk, host="h2")
    assert not run_status(run_id=run.pk, attempt=1, status=Status.RUNNING)
    assert not run_say(run_id=run.pk, attempt=1, detail="I am late")
    assert not run_finish(run_id=run.pk, attempt=1, status=Status.FINISHED)
    assert not run_hand_back(run_id=run.pk, attempt=1)
    assert not run_lost(run_id=run.pk, attempt=1)
    run.refresh_from_db()
    assert (run.status, run.owner, run.attempt, run.detail) == (Status.STARTING, "h2", 2, "")


def test_times_are_stored_once_and_read_again(run: Run, owner: Person) -> None:
    for _ in range(3):
        command_submit(run_id=run.pk, person=owner, command=CRASH)
    run_applied(run_id=run.pk, times=[(1, 500), (2, 700)])
    run_applied(run_id=run.pk, times=[(1, 999)])
    assert [(entry.seq, entry.applied_ns) for entry in run_log(run_id=run.pk)] == [(1, 500), (2, 700), (3, None)]
    assert [entry.seq for entry in run_log(run_id=run.pk, after=2)] == [3]


def test_the_end_is_stored_and_told(run: Run) -> None:
    run_take(run_id=run.pk, host="h1")
    run_status(run_id=run.pk, attempt=1, status=Status.RUNNING, virtual_ns=5)
    assert run_finish(run_id=run.pk, attempt=1, status=Status.FINISHED, detail="done", summary={"client": {"ok": 3}})
    run.refresh_from_db()
    assert (run.status, run.detail, run.summary, run.virtual_ns) == (Status.FINISHED, "done", {"client": {"ok": 3}}, 5)
    assert run.finished_at is not None
    assert told(run)[-1] == "finished"
    assert run_take(run_id=run.pk, host="h2") is None
    with pytest.raises(ValueError, match="not the end"):
        run_finish(run_id=run.pk, attempt=1, status=Status.RUNNING)


def test_a_run_that_is_handed_back_waits_again_and_counts_no_loss(run: Run) -> None:
    for attempt in range(1, ATTEMPTS_PER_RUN + 3):
        assert run_take(run_id=run.pk, host="h") is not None
        assert run_hand_back(run_id=run.pk, attempt=attempt)
    run.refresh_from_db()
    assert (run.status, run.owner, run.losses) == (Status.QUEUED, "", 0)
    assert sync_client().llen(keys.QUEUE) == ATTEMPTS_PER_RUN + 3


def test_a_run_that_kills_its_workers_at_one_moment_fails(run: Run) -> None:
    for attempt in range(1, ATTEMPTS_PER_RUN + 1):
        run_take(run_id=run.pk, host="h")
        assert run_lost(run_id=run.pk, attempt=attempt) is (attempt < ATTEMPTS_PER_RUN)
    run.refresh_from_db()
    assert run.status == Status.FAILED
    assert str(ATTEMPTS_PER_RUN) in run.detail
    assert told(run)[-1] == "failed"


def test_a_run_that_goes_on_between_losses_does_not_fail(run: Run) -> None:
    for attempt in range(1, ATTEMPTS_PER_RUN + 3):
        run_take(run_id=run.pk, host="h")
        sync_client().xadd(keys.frames(run.pk), {"f": b"{}"}, id=f"{attempt}-0")
        assert run_lost(run_id=run.pk, attempt=attempt)


def test_tasks_that_the_broker_forgot_are_sent_again(run: Run) -> None:
    client = sync_client()
    client.delete(keys.QUEUE)
    assert runs_resend() == 0
    Run.objects.filter(pk=run.pk).update(sent_at=timezone.now() - timedelta(minutes=2))
    assert runs_resend() == 1
    assert client.llen(keys.QUEUE) == 1
    assert runs_resend() == 0
