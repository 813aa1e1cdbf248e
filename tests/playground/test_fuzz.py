"""Whatever comes, the site answers with a problem or does what was asked: never an exception, never half of it."""

from __future__ import annotations

from typing import Any

import orjson
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.edits import OPS
from playground.accounts.models import Person
from playground.body import read_object
from playground.designs.models import Design, Edit
from playground.designs.services import edit_apply
from playground.runs.services import run_start

quick = settings(
    derandomize=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalar = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | text
)
values = st.recursive(
    scalar, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3), max_leaves=8
)
ids = st.sampled_from(["users", "a", "b", "db", "users-a", "a-b", "b-db", "ghost"])
params = st.sampled_from(["workers", "retry", "retry.max", "timeout_ms", "rate_rps", "wal", "nothing", ""])
edits = st.fixed_dictionaries(
    {"op": st.sampled_from([*OPS, "batch", "explode"])},
    optional={
        "id": ids | values, "ids": st.lists(ids, max_size=3) | values, "param": params | values, "value": values, "name": values,
        "to": st.dictionaries(ids, st.lists(st.integers(-999, 999), min_size=2, max_size=2), max_size=3) | values,
        "node": values, "link": values, "index": values, "script": values, "slos": values, "edits": values,
    },
)  # fmt: skip
commands = st.fixed_dictionaries(
    {"command": st.sampled_from(["inject", "heal", "set", "load", "edit", "pause", "resume", "speed", "step", "explode"])},
    optional={
        "id": ids | values, "fault": st.sampled_from(["crash", "slow", "loss"]) | values, "target": ids | values,
        "selector": values, "for_s": values, "param": params | values, "value": values, "factor": values, "at_s": values,
    },
)  # fmt: skip


@given(edit=edits | values)
@quick
def test_any_edit_is_applied_whole_or_refused_with_reasons(edit: Any, design: Design, owner: Person) -> None:
    before = Design.objects.get(pk=design.pk)
    accepted, problems = edit_apply(design_id=design.pk, person=owner, edit=edit)
    after = Design.objects.get(pk=design.pk)
    assert (accepted is None) is bool(problems)
    if accepted is None:
        assert (after.revision, after.document) == (before.revision, before.document)
    else:
        assert after.revision == before.revision + 1
        assert Edit.objects.get(design=design, revision=after.revision).edit == edit
        back, _ = edit_apply(design_id=design.pk, person=owner, edit=accepted.inverse)
        assert back is not None
        assert Design.objects.get(pk=design.pk).document == before.document


@given(command=commands | values)
@quick
def test_any_command_gets_an_answer(command: Any, design: Design, owner: Person, browser: Client) -> None:
    run = design.running or run_start(design=design, person=owner)[0].pk  # type: ignore[union-attr]
    answer = browser.post(f"/api/runs/{run}/commands", orjson.dumps({"command": command}), "application/json")
    assert answer.status_code in (201, 422), (command, answer.content)
    if answer.status_code == 422:
        assert answer.json()["problems"]


@given(data=st.binary(max_size=60))
@quick
def test_any_bytes_are_an_object_or_a_problem(data: bytes) -> None:
    value, problems = read_object(data, "body")
    assert (value is None) is bool(problems)
    orjson.dumps([problem.as_dict() for problem in problems])


@given(
    document=st.dictionaries(
        st.sampled_from(["format", "name", "nodes", "links", "script", "slos", "scale", "x"]), values
    )
)
@quick
def test_any_document_gets_an_answer(document: Any, transactional_db: None, browser: Client) -> None:
    answer = browser.post("/api/validate", orjson.dumps(document), "application/json")
    assert answer.status_code in (200, 422), (document, answer.content)
