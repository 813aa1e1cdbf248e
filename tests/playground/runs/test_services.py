from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest
import redis
from celery import Celery

from playground.accounts.models import Person
from playground.celery import app
from playground.designs.documents import parsed_of
from playground.designs.models import Design
from playground.designs.services import design_create, edit_apply, revision_keep
from playground.limits import RUNS_PER_PERSON
from playground.runs import keys, lifecycle, news, services
from playground.runs.models import Run, RunCommand, Status
from playground.runs.news import place_of
from playground.runs.services import command_submit, design_of, edited_design, run_start, run_stop
from playground.runtime.redis import sync_client
from tests.playground.world import CRASH, RENAME, TWO_SERVICES


def start(design: Design, person: Person, seed: object = None) -> Run:
    run, problems = run_start(design=design, person=person, seed=seed)
    assert run is not None, problems
    return run


def queued() -> list[list[Any]]:
    """Arguments of the tasks in Celery's queue, oldest first."""
    tasks = [orjson.loads(item) for item in sync_client().lrange(keys.QUEUE, 0, -1)]
    assert all(task["headers"]["task"] == keys.TASK for task in tasks)
    return [orjson.loads(base64.b64decode(task["body"]))[0] for task in reversed(tasks)]


def messages(run: Run, field: bytes) -> list[dict[str, Any]]:
    entries = sync_client().xrange(keys.state(run.pk))
    return [orjson.loads(fields[field]) for _, fields in entries if field in fields]


def test_a_run_is_stored_and_its_task_sent_by_name(design: Design, owner: Person) -> None:
    run = start(design, owner, seed=7)
    assert (run.seed, run.revision, run.status, run.starter) == (7, 0, Status.QUEUED, owner)
    assert queued() == [[run.pk]]
    assert messages(run, b"s") == [{"type": "run.state", "status": "queued", "place": 1, "detail": "", "speed": 1.0}]


def test_a_run_keeps_its_revision_when_the_design_changes(design: Design, owner: Person) -> None:
    edit_apply(design_id=design.pk, person=owner, edit=RENAME)
    run = start(design, owner)
    edit_apply(design_id=design.pk, person=owner, edit={"op": "rename", "id": "a", "name": "Later"})
    run.design.refresh_from_db()
    assert (run.revision, run.design.revision) == (1, 2)
    assert design_of(run).node("a").name == "Renamed"


@pytest.mark.parametrize("seed", [-1, 2**53, 1.5, "7", True])
def test_a_seed_is_a_whole_number_that_a_browser_can_hold(seed: object, design: Design, owner: Person) -> None:
    run, problems = run_start(design=design, person=owner, seed=seed)
    assert run is None
    assert problems[0].field == "seed"


def test_a_design_that_cannot_run_is_refused_with_the_reasons(owner: Person) -> None:
    design, _ = design_create(owner=owner)
    assert design is not None
    run, problems = run_start(design=design, person=owner)
    assert run is None
    assert problems
    assert queued() == []


def test_starting_again_stops_the_run_before(design: Design, owner: Person) -> None:
    first, second = start(design, owner), start(design, owner)
    first.refresh_from_db()
    assert (first.status, second.status) == (Status.STOPPED, Status.QUEUED)
    assert first.finished_at is not None
    assert design.running == second.pk


def test_a_person_has_only_so_many_runs(owner: Person) -> None:
    designs = [design_create(owner=owner, document=TWO_SERVICES)[0] for _ in range(RUNS_PER_PERSON + 1)]
    started = [run_start(design=design, person=owner)[0] for design in designs if design]
    assert [run is not None for run in started] == [True] * RUNS_PER_PERSON + [False]


def test_the_place_in_the_queue_counts_who_came_before(design: Design, owner: Person, other: Person) -> None:
    theirs, _ = design_create(owner=other, document=TWO_SERVICES)
    assert theirs is not None
    first, second = start(theirs, other), start(design, owner)
    assert (place_of(first), place_of(second)) == (1, 2)
    lifecycle.run_take(run_id=first.pk, host="h")
    first.refresh_from_db()
    assert (place_of(first), place_of(second)) == (None, 1)


def test_without_a_broker_a_start_fails_and_says_so(
    design: Design, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = "redis+socket:///nowhere/valkey.sock"
    nowhere = Celery("nowhere", broker=away, backend=away)
    nowhere.conf.broker_transport_options = app.conf.broker_transport_options
    monkeypatch.setattr(services, "app", nowhere)
    run, problems = run_start(design=design, person=owner)
    assert run is None
    assert problems[0].field == "queue"
    assert Run.objects.get().status == Status.FAILED


def test_commands_are_numbered_logged_and_told(design: Design, owner: Person) -> None:
    run = start(design, owner)
    client = sync_client()
    client.set(keys.owner(run.pk), "host with spaces 3")
    heal = {"command": "heal", "id": "f1"}
    for number, command in enumerate((CRASH, heal), 1):
        entry, problems = command_submit(run_id=run.pk, person=owner, command=command, ref=f"k{number}")
        assert entry is not None, problems
        assert (entry.seq, entry.applied_ns) == (number, None)
    told = [orjson.loads(item) for item in client.lrange(keys.commands(run.pk), 0, -1)]
    assert [item["seq"] for item in told] == [1, 2]
    assert told[0]["command"]["fault"] == "crash"
    assert client.lrange(keys.hint("host with spaces"), 0, -1) == [run.pk.encode()] * 2
    accepted = messages(run, b"e")
    assert [(message["type"], message["ref"], message["seq"]) for message in accepted] == [
        ("command.accepted", "k1", 1), ("command.accepted", "k2", 2),
    ]  # fmt: skip
    assert accepted[1]["command"] == heal


def test_a_command_outlives_a_redis_that_is_away(
    design: Design, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(design, owner)
    monkeypatch.setattr(news, "client", lambda: redis.Redis(unix_socket_path="/nowhere/valkey.sock", retry=None))
    entry, problems = command_submit(run_id=run.pk, person=owner, command=CRASH)
    assert entry is not None, problems
    assert lifecycle.run_log(run_id=run.pk)[0].command["fault"] == "crash"


def test_a_run_that_is_over_takes_no_commands(design: Design, owner: Person) -> None:
    run = run_stop(run=start(design, owner), person=owner)
    assert run.status == Status.STOPPED
    entry, problems = command_submit(run_id=run.pk, person=owner, command=CRASH)
    assert entry is None
    assert problems[0].field == "status"
    assert run_stop(run=run, person=owner).status == Status.STOPPED
    assert RunCommand.objects.count() == 1


def test_a_run_that_a_worker_has_is_told_to_stop(design: Design, owner: Person) -> None:
    run = start(design, owner)
    lifecycle.run_take(run_id=run.pk, host="h")
    run.refresh_from_db()
    assert run_stop(run=run, person=owner).status == Status.STARTING
    assert RunCommand.objects.get().command == {"command": "stop"}


def test_speed_is_kept_for_the_next_worker(design: Design, owner: Person) -> None:
    run = start(design, owner)
    for factor in (2, "max"):
        command_submit(run_id=run.pk, person=owner, command={"command": "speed", "factor": factor})
        run.refresh_from_db()
        assert run.speed == factor


def test_the_log_of_a_run_has_an_end(design: Design, owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "COMMANDS_PER_RUN", 1)
    run = start(design, owner)
    assert command_submit(run_id=run.pk, person=owner, command=CRASH)[0] is not None
    entry, problems = command_submit(run_id=run.pk, person=owner, command=CRASH)
    assert entry is None
    assert problems[0].field == "commands"


def test_a_run_may_have_steps_of_its_own_an_older_revision_and_a_first_command(design: Design, owner: Person) -> None:
    revision_keep(design=design)
    edit_apply(design_id=design.pk, person=owner, edit=RENAME)
    design.refresh_from_db()
    script = [{**CRASH, "at_s": 5}]
    run, problems = run_start(
        design=design, person=owner, revision=0, script=script, commands=[{"command": "speed", "factor": 2}]
    )
    assert run is not None, problems
    assert (design_of(run).node("a").name, list(design_of(run).script)) == ("A", script)
    assert [(c.seq, c.command["command"]) for c in RunCommand.objects.filter(run=run)] == [(1, "speed")]
    assert not list(parsed_of(design).script)


def test_commands_are_checked_against_the_design_as_it_was_edited(design: Design, owner: Person) -> None:
    run = start(design, owner)
    first = next(node.id for node in parsed_of(design).nodes if node.kind == "service")
    far = {"command": "inject", "id": "f1", "fault": "crash", "target": "later"}
    assert command_submit(run_id=run.pk, person=owner, command=far)[1]
    added = {"id": "later", "kind": "service", "name": "Later", "params": {}}
    entry, problems = command_submit(
        run_id=run.pk, person=owner, command={"command": "edit", "edit": {"op": "add", "node": added}}
    )
    assert entry is not None, problems
    assert command_submit(run_id=run.pk, person=owner, command=far)[0] is not None
    _, problems = command_submit(
        run_id=run.pk, person=owner, command={"command": "edit", "edit": {"op": "remove", "ids": ["nobody"]}}
    )
    assert [problem.rule for problem in problems] == ["is not in the design"]
    grown = {"command": "set", "target": first, "param": "replicas", "value": 4}
    assert command_submit(run_id=run.pk, person=owner, command=grown)[0] is not None
    assert edited_design(run).node(first).replicas == 4
    run.refresh_from_db()
    assert "later" not in [node.id for node in parsed_of(run.design).nodes], "the design itself is edited elsewhere"
