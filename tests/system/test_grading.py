"""Batch worker, web process and broker are lost while a submit is graded: the verdict comes, and is the one it had to be."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from components.lab import lab_of, seeds_of, verdict
from playground.labs import sending
from tests.running import Person, Running
from worker.grade import graded

ROOT = Path(__file__).resolve().parents[2]
SLUG = "cache-and-load-balancer"
GRADED_S = 300


def lab() -> Any:
    found, problems = lab_of(ROOT / "playground" / "labs" / "content" / SLUG)
    assert found is not None, problems
    return found


def submit(person: Person) -> str:
    return str(person.post(f"/api/labs/{SLUG}/attempts")["id"])


def told(person: Person, attempt: str) -> dict[str, Any]:
    """Also while the web process is coming back."""
    try:
        return dict(person.get(f"/api/attempts/{attempt}"))
    except (OSError, AssertionError):
        time.sleep(0.2)
        return {"status": "unknown", "done": -1}


def test_a_submit_survives_what_grades_it(site: Running) -> None:
    person = site.person()
    attempt = submit(person)
    assert told(person, attempt)["place"] in (1, None)
    site.wait_for(lambda: told(person, attempt)["done"] >= 1, GRADED_S)
    site.kill("batch")
    site.redis.delete(sending.WAITING)  # a broker without a disk forgets
    site.kill("web")
    site.wait_for(lambda: told(person, attempt)["status"] == "done", GRADED_S)

    result = told(person, attempt)
    design = lab().start_design
    again = verdict(lab(), design, graded(lab(), design, seeds_of(result["seed"])))
    assert result["verdict"] == json.loads(json.dumps(again))
    assert (result["passed"], result["revision"]) == (False, 0)


def test_a_cancelled_submit_leaves_the_queue_to_the_next(site: Running) -> None:
    first, second = site.person(), site.person()
    one, two = submit(first), submit(second)
    assert told(second, two)["place"] == 2
    first.post(f"/api/attempts/{one}/cancel")
    site.wait_for(lambda: told(second, two)["status"] == "running", GRADED_S)
    assert told(first, one)["status"] == "cancelled"
    second.post(f"/api/attempts/{two}/cancel")
    site.wait_for(lambda: site.redis.llen(sending.WAITING) == 0, GRADED_S)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Running(tmp_path_factory.mktemp("site"), "--live", "1") as running:
        yield running
