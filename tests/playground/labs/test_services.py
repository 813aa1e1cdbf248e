from __future__ import annotations

from playground.accounts.models import Person
from playground.designs.services import design_create, edit_apply
from playground.labs.attempts import attempt_cancel, attempt_submit, failure_replay, place_of, scenario_replay
from playground.labs.models import Attempt, CellStatus, Status, Work
from playground.labs.services import (
    hint_open,
    labs,
    predict,
    prices_of,
    progress_of,
    solution_open,
    try_run,
    work_open,
)  # fmt: skip
from playground.limits import ATTEMPTS_PER_PERSON
from playground.runs.models import RunCommand
from playground.runs.services import design_of, run_start
from tests.playground.labs.conftest import SLUG, grade, submitted


def test_a_work_is_one_design_of_ones_own_under_the_rules_of_the_lab(work: Work, owner: Person, other: Person) -> None:
    again, _ = work_open(person=owner, slug=SLUG)
    theirs, _ = work_open(person=other, slug=SLUG)
    assert again is not None and theirs is not None
    assert again.pk == work.pk and theirs.design_id != work.design_id
    assert work.design.owner == owner and work.design.rules == dict(labs()[SLUG].rules)


def test_an_unknown_lab_is_refused(owner: Person) -> None:
    assert work_open(person=owner, slug="nothing")[1][0].field == "slug"


def test_hints_open_in_order_and_cost_points_but_not_the_pass(work: Work, owner: Person) -> None:
    assert hint_open(work=work, number=2)[0].rule == "comes after hint 1"
    assert hint_open(work=work, number=99) and hint_open(work=work, number=0)
    assert not hint_open(work=work, number=1) and not hint_open(work=work, number=1)
    work.refresh_from_db()
    assert work.hints == 1
    done = grade(submitted(work, owner))
    lab = labs()[SLUG]
    assert done.verdict is not None
    assert done.score == max(lab.pass_score, done.verdict["score"] - lab.hints[0].cost)
    for number in range(2, len(lab.hints) + 1):
        hint_open(work=work, number=number)
    assert grade(submitted(work, owner)).score >= lab.pass_score  # type: ignore[operator]


def test_a_prediction_stands_once_something_has_run(work: Work, owner: Person) -> None:
    asked = labs()[SLUG].prediction
    assert asked is not None
    assert predict(work=work, choice="nobody")
    assert not predict(work=work, choice=asked.choices[0]) and not predict(work=work, choice=asked.choices[1])
    run, problems = try_run(work=work, person=owner)
    assert run is not None, problems
    assert predict(work=work, choice=asked.choices[0])[0].rule == "must be made before the first run"
    work.refresh_from_db()
    assert work.prediction == asked.choices[1]


def test_a_run_in_the_plain_editor_settles_the_prediction_too(work: Work, owner: Person) -> None:
    asked = labs()[SLUG].prediction
    run, problems = run_start(design=work.design, person=owner)
    assert run is not None and asked is not None, problems
    assert predict(work=work, choice=asked.choices[0])


def test_a_try_runs_the_scenario_that_is_no_secret(work: Work, owner: Person) -> None:
    run, problems = try_run(work=work, person=owner)
    assert run is not None, problems
    shown = next(scenario for scenario in labs()[SLUG].scenarios if not scenario.hidden)
    assert run.script == shown.script_for(run.seed, design_of(run))
    assert list(design_of(run).script) == run.script and work.design.document["script"] == []


def test_a_submit_keeps_revision_digest_and_a_cell_for_every_scenario_and_seed(work: Work, owner: Person) -> None:
    edit_apply(design_id=work.design_id, person=owner, edit={"op": "move", "to": {"web": [300, 8]}})
    attempt = submitted(work, owner)
    lab = labs()[SLUG]
    assert (attempt.number, attempt.revision, attempt.digest, attempt.status) == (1, 1, lab.digest, Status.QUEUED)
    cells = list(attempt.cells.values_list("scenario", "seed", "status"))
    assert len(set(cells)) == 3 * len(lab.scenarios)
    assert {status for *_, status in cells} == {CellStatus.WAITING}


def test_one_attempt_at_a_time_and_few_of_one_person(work: Work, owner: Person, attempt: Attempt) -> None:
    assert attempt_submit(work=work, person=owner)[1][0].field == "status"
    attempt_cancel(attempt=attempt)
    assert submitted(work, owner).number == 2
    design, _ = design_create(owner=owner, document=work.design.document)
    elsewhere = Work.objects.create(person=owner, lab="another", design=design)
    for number in range(ATTEMPTS_PER_PERSON - 1):
        Attempt.objects.create(work=elsewhere, number=number, revision=0, digest="", seed=1)
    attempt_cancel(attempt=work.attempts.get(number=2))
    Attempt.objects.create(work=elsewhere, number=9, revision=0, digest="", seed=1)
    assert attempt_submit(work=work, person=owner)[1][0].field == "count"


def test_the_place_in_the_queue_counts_who_came_before(work: Work, attempt: Attempt, other: Person) -> None:
    theirs, _ = work_open(person=other, slug=SLUG)
    assert theirs is not None
    second = submitted(theirs, other)
    assert (place_of(attempt), place_of(second)) == (1, 2)
    attempt_cancel(attempt=attempt)
    assert (place_of(attempt), place_of(second)) == (None, 1)


def test_what_failed_first_is_replayed_up_to_shortly_before(work: Work, owner: Person, attempt: Attempt) -> None:
    assert failure_replay(attempt=attempt, person=owner)[1][0].field == "verdict"
    grade(attempt, passed=False)
    edit_apply(design_id=work.design_id, person=owner, edit={"op": "rename", "id": "web", "name": "Later"})
    attempt.work.design.refresh_from_db()
    run, problems = failure_replay(attempt=attempt, person=owner)
    assert run is not None and attempt.verdict is not None, problems
    first = attempt.verdict["first_failure"]
    assert (run.revision, run.seed) == (attempt.revision, first["seed"])
    assert run.script == labs()[SLUG].scenario(first["scenario"]).script_for(run.seed, design_of(run))
    commands = [entry.command for entry in RunCommand.objects.filter(run=run)]
    assert commands == [{"command": "pause"}, {"command": "step", "for_s": 120.0}]


def test_only_what_was_graded_can_be_replayed(owner: Person, attempt: Attempt) -> None:
    grade(attempt)
    scenario = labs()[SLUG].scenarios[0].id
    assert scenario_replay(attempt=attempt, person=owner, scenario=scenario, seed=1)[0] is None
    assert scenario_replay(attempt=attempt, person=owner, scenario="nothing", seed=1)[0] is None
    assert failure_replay(attempt=attempt, person=owner)[0] is None


def test_the_solution_is_for_those_who_have_passed(work: Work, owner: Person, attempt: Attempt) -> None:
    assert solution_open(work=work, person=owner)[0] is None
    grade(attempt)
    design, problems = solution_open(work=work, person=owner)
    assert design is not None, problems
    assert design.pk != work.design_id and len(design.document["nodes"]) == len(labs()[SLUG].solution["nodes"])


def test_progress_is_known_to_guests_too(work: Work, owner: Person, attempt: Attempt) -> None:
    assert progress_of(None) == {}
    assert progress_of(owner) == {SLUG: {"passed": False, "best": None}}
    grade(attempt)
    assert progress_of(owner) == {SLUG: {"passed": True, "best": attempt.score}}


def test_the_price_follows_the_revision(work: Work, owner: Person) -> None:
    before = prices_of(work)
    edit_apply(
        design_id=work.design_id, person=owner, edit={"op": "set", "id": "web", "param": "replicas", "value": 12}
    )
    work.design.refresh_from_db()
    after = prices_of(work)
    (goal,) = before["goals"]
    assert after["cost"]["per_month"] > before["cost"]["per_month"]
    assert before["goals"][goal]["passed"] and not after["goals"][goal]["passed"]
    assert after["revision"] == before["revision"] + 1
