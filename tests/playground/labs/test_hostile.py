"""What pages and calls of labs get from people who mean no good: refused with a reason, never a 500."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from django.test import Client

from playground.accounts.models import Person
from playground.labs.models import Attempt, Work
from playground.labs.services import hint_open
from tests.playground.conftest import browser_of
from tests.playground.labs.conftest import SLUG, grade

SCRIPT = "<script>alert(1)</script>"
LONG = "9" * 5000


@pytest.mark.parametrize("number", ["", "-1", "x", LONG, "²", SCRIPT, "3"])
def test_a_hint_that_is_not_next(number: str, browser: Client, work: Work) -> None:
    answer = browser.post(f"/learn/labs/{SLUG}/hints", {"number": number})
    assert answer.status_code == 422 and SCRIPT not in answer.content.decode()
    work.refresh_from_db()
    assert work.hints == 0


@pytest.mark.parametrize("choice", ["", SCRIPT, LONG, "lb"])
def test_a_prediction_that_is_no_choice(choice: str, browser: Client, work: Work) -> None:
    answer = browser.post(f"/learn/labs/{SLUG}/prediction", {"choice": choice})
    assert answer.status_code == 422 and SCRIPT not in answer.content.decode()


@pytest.mark.parametrize(
    "body",
    [
        {"scenario": "crash", "seed": 2**100}, {"scenario": "crash", "seed": -1}, {"scenario": "x" * 500, "seed": 1},
        {"scenario": SCRIPT, "seed": 1}, {"scenario": "crash", "seed": 1, "at_s": 1e9}, {"seed": "1"}, {"x": 1},
    ],
)  # fmt: skip
def test_a_replay_of_nothing(body: dict[str, Any], browser: Client, attempt: Attempt) -> None:
    grade(attempt, passed=False)
    answer = browser.post(f"/api/attempts/{attempt.pk}/replay", json.dumps(body), "application/json")
    assert answer.status_code in (400, 422) and answer.json()["problems"]


def test_names_in_a_report_are_text(browser: Client, work: Work, attempt: Attempt) -> None:
    edit = {"op": "rename", "id": "web", "name": SCRIPT}
    browser.post(f"/api/designs/{work.design_id}/edits", orjson.dumps({"edit": edit}), "application/json")
    grade(attempt, passed=False)
    assert attempt.verdict is not None
    attempt.verdict["first_failure"]["sentence"] = f"{SCRIPT} gave way."
    attempt.save(update_fields=["verdict"])
    for path in (f"/learn/attempts/{attempt.pk}", f"/learn/labs/{SLUG}"):
        assert SCRIPT not in browser.get(path).content.decode()


def test_somebody_elses_hints_stay_theirs(work: Work, other: Person) -> None:
    hint_open(work=work, number=1)
    told = browser_of(other).get(f"/api/labs/{SLUG}").json()
    assert told["yours"] is None
