"""Push, freeze, pause, start, broadcast: what instructors do to all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from playground.accounts.models import Person
from playground.designs.models import Design
from playground.designs.services import design_create, edit_apply
from playground.labs.services import labs
from playground.live.broadcasts import broadcast_send, broadcasts_of
from playground.live.models import Delivery, Participant, Session
from playground.live.pace import freeze_set, pause_set, start_all
from playground.live.people import kick
from playground.live.plans import PLANS, SCRIPTS, commands_for, steps_in
from playground.live.work import FROZEN, push
from playground.runs.models import Run, RunCommand
from tests.playground.conftest import browser_of
from tests.playground.world import RENAME, TWO_SERVICES

Learner = Callable[[str], Participant]
WITH_CACHE: dict[str, Any] = {
    **TWO_SERVICES,
    "nodes": [*TWO_SERVICES["nodes"], {"id": "hot", "kind": "cache", "name": "Hot", "x": 0, "y": 200}],
    "links": [*TWO_SERVICES["links"], {"id": "hot-db", "source": "hot", "target": "db"}],
}


def fresh(participant: Participant) -> Participant:
    return Participant.objects.select_related("design").get(pk=participant.pk)


def test_everybody_gets_an_own_copy_and_keeps_what_they_had(session: Session, learner: Learner, owner: Person) -> None:
    amira, bo = learner("Amira"), learner("Bo")
    before = amira.design
    design, _ = design_create(owner=owner, document=TWO_SERVICES)
    assert design is not None
    assert push(session=session, person=owner, message={"design": design.pk}) == (2, [])
    copies = [fresh(amira).design, fresh(bo).design]
    assert None not in copies and len({copy.pk for copy in copies if copy}) == 2
    assert [copy.owner for copy in copies if copy] == [amira.person, bo.person]
    assert before is not None and Design.objects.filter(pk=before.pk).exists()
    late = learner("Late")
    assert late.design is not None and late.design.name == "Two services"


def test_a_lab_is_pushed_with_its_rules_and_keeps_them_when_it_thaws(
    session: Session, learner: Learner, owner: Person
) -> None:
    slug = next(iter(labs()))
    amira = learner("Amira")
    assert push(session=session, person=owner, message={"lab": slug}) == (1, [])
    work = fresh(amira).design
    assert work is not None and work.rules == dict(labs()[slug].rules)
    assert browser_of(amira.person).get(f"/live/{session.code}/work").status_code == 200
    freeze_set(session=session, on=True)
    freeze_set(session=session, on=False)
    work.refresh_from_db()
    assert work.rules == dict(labs()[slug].rules)
    assert push(session=session, person=owner, message={"lab": slug}) == (1, [])
    assert fresh(amira).design == work  # what was done there before stays


@pytest.mark.parametrize(
    "message", [{}, {"lab": "nope"}, {"design": "z" * 16}, {"blueprint": "nope"}, {"design": 5}, {"blueprint": []}]
)
def test_what_cannot_be_pushed_is_refused(session: Session, owner: Person, message: dict[str, Any]) -> None:
    count, problems = push(session=session, person=owner, message=message)
    assert count == 0 and problems


def test_somebody_elses_design_cannot_be_pushed(session: Session, owner: Person, other: Person) -> None:
    theirs, _ = design_create(owner=other, document=TWO_SERVICES)
    assert theirs is not None
    assert push(session=session, person=owner, message={"design": theirs.pk})[1]


def test_a_frozen_design_cannot_be_changed_in_any_way(pushed: Session, learner: Learner) -> None:
    amira = learner("Amira")
    assert amira.design is not None
    freeze_set(session=pushed, on=True)
    _, problems = edit_apply(design_id=amira.design.pk, person=amira.person, edit=RENAME)
    assert problems[0].rule == FROZEN
    answer = browser_of(amira.person).post(
        f"/api/designs/{amira.design.pk}/edits", {"edit": RENAME}, "application/json"
    )
    assert answer.status_code in (403, 422)
    late = learner("Late")
    assert late.design is not None
    assert edit_apply(design_id=late.design.pk, person=late.person, edit=RENAME)[1][0].rule == FROZEN
    freeze_set(session=pushed, on=False)
    for person in (amira, late):
        assert person.design is not None
        assert edit_apply(design_id=person.design.pk, person=person.person, edit=RENAME)[1] == []


def test_who_is_sent_out_or_gets_another_design_is_not_frozen_for_ever(
    pushed: Session, learner: Learner, owner: Person
) -> None:
    amira, bo = learner("Amira"), learner("Bo")
    freeze_set(session=pushed, on=True)
    kick(participant=fresh(amira))
    push(session=pushed, person=owner, message=_own(owner))
    for participant in (amira, bo):
        assert participant.design is not None
        assert edit_apply(design_id=participant.design.pk, person=participant.person, edit=RENAME)[1] == []
    new = fresh(bo).design
    assert new is not None and new.rules["frozen"] == FROZEN


def _own(owner: Person) -> dict[str, Any]:
    design, _ = design_create(owner=owner, document=TWO_SERVICES)
    assert design is not None
    return {"design": design.pk}


def test_start_together_runs_every_newest_revision_with_one_seed(pushed: Session, learner: Learner) -> None:
    amira, bo = learner("Amira"), learner("Bo")
    assert amira.design is not None
    edit_apply(design_id=amira.design.pk, person=amira.person, edit=RENAME)
    assert start_all(session=pushed) == {"started": 2, "refused": []}
    runs = {run.design_id: run for run in Run.objects.all()}
    assert {run.seed for run in runs.values()} == {pushed.seed}
    assert [runs[each.design_id or ""].revision for each in (amira, bo)] == [1, 0]


def test_a_design_that_cannot_run_is_named(session: Session, learner: Learner) -> None:
    amira = learner("Amira")  # on a blank design
    done = start_all(session=session)
    assert done["started"] == 0
    assert done["refused"][0]["participant"] == amira.pk and done["refused"][0]["why"]


def test_pause_and_resume_reach_every_run(pushed: Session, learner: Learner) -> None:
    learner("Amira"), learner("Bo")
    start_all(session=pushed)
    assert pause_set(session=pushed, person=pushed.owner, on=True) == 2
    assert pause_set(session=pushed, person=pushed.owner, on=False) == 2
    assert list(RunCommand.objects.order_by("seq").values_list("command", flat=True).distinct()) == [
        {"command": "pause"},
        {"command": "resume"},
    ]


def test_a_broadcast_gives_every_run_the_same_moment(pushed: Session, learner: Learner, owner: Person) -> None:
    people = [learner(name) for name in ("Amira", "Bo", "Chen")]
    start_all(session=pushed)
    message = {"steps": [{"plan": "slow_database"}, {"plan": "load", "after_s": 20}], "to": "all", "at_s": 40}
    sent, problems = broadcast_send(session=pushed, person=owner, message=message)
    assert problems == [] and sent is not None
    assert sent.words == "slowed the database down, five times, for 30 s and tripled the load for 30 s"
    commands = RunCommand.objects.order_by("run_id", "seq").values_list("command", flat=True)
    assert len(commands) == 2 * len(people)
    assert {(c["fault"], c["target"], c["at_s"]) for c in commands} == {("slow", "db", 40.0), ("spike", "users", 60.0)}
    assert broadcasts_of(pushed)[0]["sent"] == 3
    assert set(Delivery.objects.values_list("why_not", flat=True)) == {""}


def test_without_a_moment_it_is_a_little_ahead(pushed: Session, learner: Learner, owner: Person) -> None:
    learner("Amira")
    start_all(session=pushed)
    sent, _ = broadcast_send(session=pushed, person=owner, message={"steps": [{"plan": "load"}]})
    assert sent is not None and sent.at_s == 3


def test_who_has_no_such_node_and_who_does_not_run_are_told_apart(
    pushed: Session, learner: Learner, owner: Person
) -> None:
    learner("Amira"), learner("Bo")
    start_all(session=pushed)
    learner("Late")
    broadcast_send(session=pushed, person=owner, message={"steps": [{"plan": "flush"}, {"plan": "load"}]})
    told = broadcasts_of(pushed)[0]
    assert told["why_not"] == {"no cache": 2, "not running": 1}
    assert told["sent"] == 2


def test_random_learners_are_the_same_for_the_same_seed(pushed: Session, learner: Learner, owner: Person) -> None:
    for number in range(6):
        learner(f"Learner {number}")
    start_all(session=pushed)
    message = {"steps": [{"plan": "load"}], "to": {"random": 2}}
    sent, _ = broadcast_send(session=pushed, person=owner, message=message)
    assert sent is not None
    first = set(sent.deliveries.values_list("participant", flat=True))
    assert len(first) == 2
    sent.delete()
    again, _ = broadcast_send(session=pushed, person=owner, message=message)
    assert again is not None and set(again.deliveries.values_list("participant", flat=True)) == first


def test_some_and_the_healthy_ones(pushed: Session, learner: Learner, owner: Person) -> None:
    amira, bo = learner("Amira"), learner("Bo")
    start_all(session=pushed)
    steps = [{"plan": "load"}]
    some, _ = broadcast_send(session=pushed, person=owner, message={"steps": steps, "to": {"some": [bo.pk]}})
    well, _ = broadcast_send(
        session=pushed, person=owner, message={"steps": steps, "to": "healthy"}, healthy=[amira.pk]
    )
    assert some is not None and list(some.deliveries.values_list("participant", flat=True)) == [bo.pk]
    assert well is not None and list(well.deliveries.values_list("participant", flat=True)) == [amira.pk]


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"steps": []},
        {"steps": [{"plan": "nope"}]},
        {"steps": [{"plan": "load", "after_s": -1}]},
        {"steps": [{"plan": "load", "after_s": True}]},
        {"steps": ["load"]},
        {"steps": [{"plan": "load"}] * 21},
        {"steps": [{"plan": "load"}], "to": "nobody"},
        {"steps": [{"plan": "load"}], "to": {"random": 0}},
        {"steps": [{"plan": "load"}], "to": {"random": True}},
        {"steps": [{"plan": "load"}], "to": {"some": []}},
        {"steps": [{"plan": "load"}], "at_s": -1},
        {"steps": [{"plan": "load"}], "at_s": "soon"},
        {"steps": [{"plan": "load"}], "to": {"some": ["z" * 16]}},
    ],
)
def test_a_broadcast_that_means_nothing_is_refused(
    pushed: Session, learner: Learner, owner: Person, message: dict[str, Any]
) -> None:
    learner("Amira")
    start_all(session=pushed)
    sent, problems = broadcast_send(session=pushed, person=owner, message=message)
    assert sent is None and problems
    assert RunCommand.objects.count() == 0


@pytest.mark.parametrize("name", PLANS)
def test_every_plan_finds_its_targets(name: str, pushed: Session, learner: Learner, owner: Person) -> None:
    push(session=pushed, person=owner, message=_with_cache(owner))
    learner("Amira")
    start_all(session=pushed)
    sent, problems = broadcast_send(session=pushed, person=owner, message={"steps": [{"plan": name}]})
    assert problems == [] and sent is not None
    delivery = sent.deliveries.get()
    assert (len(delivery.seqs), delivery.why_not) == (1, "")


def _with_cache(owner: Person) -> dict[str, Any]:
    design, problems = design_create(owner=owner, document=WITH_CACHE)
    assert design is not None, problems
    return {"design": design.pk}


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_can_be_sent(name: str) -> None:
    steps, problems = steps_in(list(SCRIPTS[name][1]))
    assert problems == []
    commands, lacks = commands_for(WITH_CACHE, steps, "class-1")
    assert lacks == []
    assert [after for after, _ in commands] == sorted(after for after, _ in commands)
    assert len({command["id"] for _, command in commands}) == len(commands)
