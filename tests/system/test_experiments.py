"""Experiments in the whole product: workers are lost while one is computed, one is cancelled, one is looked at in a browser."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from playwright.sync_api import expect

from components.design import parse
from components.experiment import cells_of, result_of
from components.experiment import parse as parse_plan
from playground.experiments import sending
from tests.components.experiment.made import station
from tests.running import Person, Running
from tests.system.pages import findings
from tests.system.visitors import Visitors, picture
from worker.sweep.cell import run_cell

SLOW_MS = 180_000
COMPUTED_S = 300
LOAD = {"target": "users", "param": "rate_rps", "from": 200, "to": 2400, "steps": 6}
PLAN: dict[str, Any] = {"kind": "load_curve", "axes": [LOAD], "seeds": {"n": 4}, "duration_s": 60}


def begun(person: Person, plan: dict[str, Any]) -> str:
    design = person.post("/api/designs", {"design": station(100, 1, 2)})["id"]
    return str(person.post(f"/api/designs/{design}/experiments", {"experiment": plan})["id"])


def told(person: Person, experiment: str) -> dict[str, Any]:
    """Also while the web process is coming back."""
    try:
        return dict(person.get(f"/api/experiments/{experiment}"))
    except (OSError, AssertionError):
        time.sleep(0.2)
        return {"status": "unknown", "done": -1}


@pytest.fixture(scope="module")
def lossy(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Running(tmp_path_factory.mktemp("site"), "--live", "1", PLAYGROUND_BATCH="2") as running:
        yield running


def test_an_experiment_survives_what_computes_it(lossy: Running) -> None:
    """Workers, broker memory and web process are lost midway: the result is the one that one process computes."""
    person = lossy.person()
    experiment = begun(person, PLAN)
    lossy.wait_for(lambda: told(person, experiment)["done"] >= 3, COMPUTED_S)
    lossy.kill("batch")
    lossy.redis.delete(sending.WAITING)
    lossy.kill("web")
    kept = lossy.wait_for(lambda: max(0, told(person, experiment)["done"]), COMPUTED_S)
    assert kept >= 3, "what was finished stays finished"
    lossy.wait_for(lambda: told(person, experiment)["status"] == "done", COMPUTED_S)

    design, _ = parse(station(100, 1, 2))
    assert design is not None
    plan, _ = parse_plan(PLAN, design)
    assert plan is not None
    cells = {cell: run_cell(design, plan, *cell) for cell in cells_of(plan)}
    again = result_of(plan, {cell: found for cell, found in cells.items() if found is not None})
    assert told(person, experiment)["result"] == json.loads(json.dumps(again))


def test_a_cancelled_experiment_gives_its_workers_back(lossy: Running) -> None:
    person = lossy.person()
    long = begun(person, {"kind": "seeds", "seeds": {"n": 100}, "duration_s": 5000})
    lossy.wait_for(lambda: told(person, long)["status"] == "running", COMPUTED_S)
    person.post(f"/api/experiments/{long}/cancel")
    short = begun(person, {"kind": "seeds", "seeds": {"n": 2}, "duration_s": 5})
    lossy.wait_for(lambda: told(person, short)["status"] == "done", COMPUTED_S)
    assert (told(person, long)["status"], told(person, long)["result"]) == ("cancelled", None)
    lossy.wait_for(lambda: lossy.redis.llen(sending.WAITING) == 0, COMPUTED_S)


def test_a_load_curve_is_started_from_the_design_and_looked_at(visitors: Visitors) -> None:
    hand = visitors.editor("Cache before a database")
    page = hand.page
    page.get_by_role("link", name="Experiments").click()
    expect(page.get_by_role("heading", name="No experiment yet")).to_be_visible()
    assert findings(page) == []
    for name, value in {"From": "400", "To": "2800", "Steps": "7", "Seeds": "3"}.items():
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_label("Length").fill("15")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#now")).to_have_attribute("data-status", "done", timeout=SLOW_MS)
    expect(page.locator("#curve-words")).to_contain_text("Database gives way first")
    expect(page.locator(".s-knee")).to_have_count(1)
    expect(page.locator(".s-band.is-past")).to_have_count(1)
    expect(page.locator(".numbers tbody tr")).to_have_count(7)
    assert findings(page) == []
    picture(page, "experiment-load-curve")

    page.get_by_role("link", name="New experiment").click()
    expect(page.locator(".x-row")).to_have_count(1)
    page.get_by_role("link", name="Survival").click()
    page.get_by_label("Seeds", exact=True).fill("8")
    page.get_by_label("Length").fill("120")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Survived to the end")).to_be_visible(timeout=SLOW_MS)
    assert findings(page) == []
    picture(page, "experiment-survival")


def test_a_form_that_cannot_be_taken_says_why_beside_what_was_typed(visitors: Visitors) -> None:
    visitors.refusals = True
    hand = visitors.editor("Cache before a database")
    page = hand.page
    page.get_by_role("link", name="Experiments").click()
    page.get_by_role("link", name="Parameter grid").click()
    page.get_by_label("Its values").first.fill("many")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Values .*must be a (whole )?number"))
    expect(page.get_by_label("Its values").first).to_have_value("many")
    assert findings(page) == []
