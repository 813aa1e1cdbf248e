"""Before a verdict nothing that leaves the site tells what the hidden scenarios are, when they act, or their seeds."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from channels.db import database_sync_to_async
from django.test import Client

from components.lab import verdict
from playground.accounts.models import Person
from playground.designs.documents import parsed_at, parsed_of
from playground.designs.models import Design
from playground.labs import grading
from playground.labs.models import Attempt, Work
from playground.labs.services import labs, work_open
from tests.playground.labs.conftest import SLUG, grade, hidden_words, result_of
from tests.playground.world import heard, opened

FOLLOW = ["/learn/labs/{}", "/learn/", "/", "/api/labs", "/api/labs/{}", "/api/labs/{}/prices"]


def secrets_of(attempt: Attempt) -> list[str]:
    """Words and numbers: the seeds, when each hidden entry acts under each of them, and the digest."""
    lab = labs()[attempt.work.lab]
    design = parsed_at(attempt.work.design, attempt.revision)
    found = [*hidden_words(lab.slug), str(attempt.seed), attempt.digest]
    for scenario, seed in attempt.cells.values_list("scenario", "seed"):
        found.append(str(seed))
        if lab.scenario(scenario).hidden:
            times = [entry["at_s"] for entry in lab.scenario(scenario).script_for(seed, design)]
            found += [f'"at_s": {at}' for at in times] + [f'"at_s":{at}' for at in times]
    return found


def bodies(browser: Client, attempt: Attempt) -> list[tuple[str, str]]:
    """Every page and answer that tells something about the lab, the work or the attempt."""
    design = attempt.work.design_id
    follow = [path.format(attempt.work.lab) for path in FOLLOW]
    paths = [*follow, f"/learn/attempts/{attempt.pk}", f"/api/attempts/{attempt.pk}", f"/api/designs/{design}"]
    paths += [f"/d/{design}", f"/d/{design}/inspector?ids=x", "/api/designs"]
    answers = [(path, browser.get(path)) for path in paths]
    assert all(answer.status_code == 200 for _, answer in answers), answers
    return [(path, answer.content.decode()) for path, answer in answers]


def leaks(texts: list[tuple[str, str]], secrets: list[str]) -> list[tuple[str, str]]:
    return [(path, secret) for path, text in texts for secret in secrets if secret in text]


@pytest.mark.parametrize("slug", labs())
def test_nothing_is_told_before_the_verdict(slug: str, browser: Client, owner: Person) -> None:
    work, problems = work_open(person=owner, slug=slug)
    assert work is not None, problems
    if labs()[slug].refuses(parsed_of(work.design)):  # the table of an interview design is empty at first
        Design.objects.filter(pk=work.design_id).update(document=labs()[slug].solution, revision=1)
    before = [(f"before {path}", browser.get(path.format(slug)).content.decode()) for path in FOLLOW]
    run = browser.post(f"/api/labs/{slug}/runs", b"{}", "application/json")
    hint = browser.post(f"/api/labs/{slug}/hints", b'{"number": 1}', "application/json")
    submit = browser.post(f"/learn/labs/{slug}/submit")
    assert (run.status_code, hint.status_code, submit.status_code) == (201, 200, 200)
    before += [("submit", submit.content.decode()), ("run", run.content.decode()), ("hint", hint.content.decode())]
    attempt = work.attempts.get()
    secrets = secrets_of(attempt)
    assert len(hidden_words(slug)) > 1 and len(secrets) > 10
    assert leaks(before + bodies(browser, attempt), secrets) == []
    # Half-way: some cells have their results.
    for cell in attempt.cells.order_by("pk")[: attempt.cells.count() - 1]:
        taken = grading.cell_take(cell=cell.pk)
        assert taken is not None
        grading.cell_finish(cell=cell.pk, turn=taken.turn, result=result_of(taken, passed=False))
    assert leaks(bodies(browser, attempt), secrets) == []
    failed = browser.post(f"/api/attempts/{attempt.pk}/replay", b"{}", "application/json")
    named = {"scenario": hidden_words(slug)[0], "seed": attempt.cells.first().seed}  # type: ignore[union-attr]
    guessed = browser.post(f"/api/attempts/{attempt.pk}/replay", json.dumps(named), "application/json")
    assert (failed.status_code, guessed.status_code) == (422, 422)
    cancelled = browser.post(f"/api/attempts/{attempt.pk}/cancel", b"{}", "application/json")
    assert leaks([("cancelled", cancelled.content.decode()), *bodies(browser, attempt)], secrets) == []


async def test_sockets_tell_nothing_either(work: Work, browser: Client) -> None:
    design = await opened(f"/ws/designs/{work.design_id}", work.person)
    answer = await database_sync_to_async(browser.post)(f"/api/labs/{SLUG}/attempts", b"{}", "application/json")
    assert answer.status_code == 201
    attempt = await work.attempts.afirst()
    assert attempt is not None
    await database_sync_to_async(take_all)(attempt)
    run = await database_sync_to_async(browser.post)(f"/api/labs/{SLUG}/runs", b"{}", "application/json")
    watch = await opened(f"/ws/runs/{run.json()['id']}", work.person)
    texts = [("answer", answer.content.decode())]
    for socket, last in ((design, "run.started"), (watch, "run.state")):
        while texts[-1][0] != last:
            message = await heard(socket)
            texts.append((message["type"], orjson.dumps(message).decode()))
        await socket.disconnect()
    secrets = await database_sync_to_async(secrets_of)(attempt)
    assert len(texts) >= 3 and leaks(texts, secrets) == []


def take_all(attempt: Attempt) -> None:
    for cell in attempt.cells.all():
        assert grading.cell_take(cell=cell.pk)


def test_with_the_verdict_comes_all_that_it_can_be_computed_again_from(browser: Client, attempt: Attempt) -> None:
    grade(attempt, passed=False)
    told: dict[str, Any] = browser.get(f"/api/attempts/{attempt.pk}").json()
    assert (told["seed"], told["digest"], told["revision"]) == (attempt.seed, attempt.digest, attempt.revision)
    again = verdict(labs()[SLUG], parsed_at(attempt.work.design, told["revision"]), cells_of(attempt))
    assert orjson.loads(orjson.dumps(again)) == told["verdict"]
    page = browser.get(f"/learn/attempts/{attempt.pk}").content.decode()
    for scenario in labs()[SLUG].scenarios:
        assert scenario.title in page


def cells_of(attempt: Attempt) -> list[dict[str, Any]]:
    return [cell.result for cell in attempt.cells.order_by("pk") if cell.result is not None]


@pytest.mark.parametrize("path", [f"/learn/labs/{SLUG}", f"/api/labs/{SLUG}"])
def test_hints_debrief_and_solution_are_not_in_the_page(path: str, browser: Client, work: Work) -> None:
    lab = labs()[SLUG]
    text = browser.get(path).content.decode()
    assert not [hint.text for hint in lab.hints if hint.text[:40] in text]
    assert not [words for words in lab.debrief if words[:40] in text]
