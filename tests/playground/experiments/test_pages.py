"""The pages of experiments: what each kind shows, and that a form says what it means."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from components.experiment import cells_of, parse, result_of
from playground.accounts.models import Person
from playground.designs.documents import parsed_of
from playground.designs.models import Design
from playground.designs.services import edit_apply
from playground.experiments.look.curve import Curve
from playground.experiments.look.form import Form, described, sent
from playground.experiments.look.scale import Scale, scale_over, time_ticks
from playground.experiments.look.tables import busy, grid
from playground.experiments.look.words import fine, latency, setting, share, short
from playground.experiments.models import CellStatus, Experiment, Status
from playground.experiments.services import experiment_start
from tests.playground.world import RENAME

LOAD = {"target": "users", "param": "rate_rps", "values": [100, 200, 300, 400, 500, 600, 700, 800]}
SIZE = {"target": "a", "param": "workers", "values": [2, 4]}
FAULTS = {"rate_per_hour": 60, "kinds": ["crash"], "targets": ["a"]}
PLANS: dict[str, dict[str, Any]] = {
    "load_curve": {"kind": "load_curve", "axes": [LOAD]},
    "grid": {"kind": "grid", "axes": [SIZE, LOAD]},
    "seeds": {"kind": "seeds"},
    "survival": {"kind": "survival", "faults": FAULTS, "goal": {"measure": "client.failed_share", "at_most": 0.1}},
}
CAPACITY = 600


def cell(load: float, seed: int) -> dict[str, Any]:
    """One run of an M/M/1 that serves 600/s, as a worker would have counted it."""
    served = min(load, CAPACITY)
    bucket = 640 + int(64 * 4 * min(0.99, load / CAPACITY) ** 4) + seed
    counts = {
        "span_ns": 10**10, "offered": int(load * 10), "ok": int(served * 10), "failed": {"timeout": int((load - served) * 10)},
        "grown": 0, "latency_ns": int(served * 10) * 2 * 10**6, "max_ns": 10**10, "buckets": {str(bucket): int(served * 10)}, "slos": {},
        "nodes": {
            "a": {"arrivals": 1, "failed": 0, "busy_ns": int(served), "slot_ns": CAPACITY},
            "b": {"arrivals": 1, "failed": 0, "busy_ns": int(served / 4), "slot_ns": CAPACITY},
        },
    }  # fmt: skip
    faults = [{"id": "x1", "fault": "crash", "target": "a", "at_s": 40.0, "for_s": 10.0}]
    broke = {"broke_s": 45.0, "blamed": "x1"} if seed == 2 else {"broke_s": None, "blamed": None}
    return {"counts": counts, "warmup_s": 5.0, "settled": True, "faults": faults} | broke


def finished(kind: str, design: Design, person: Person) -> Experiment:
    made, problems = experiment_start(design=design, person=person, plan=PLANS[kind])
    assert made is not None, problems
    plan, _ = parse(made.plan, parsed_of(design))
    assert plan is not None
    loads = LOAD["values"]
    cells = {(point, seed): cell(loads[point % len(loads)], seed) for point, seed in cells_of(plan)}
    made.cells.update(status=CellStatus.DONE)
    made.status, made.result = Status.DONE, result_of(plan, cells)
    made.started_at = made.finished_at = made.created_at
    made.save()
    return made


WORDS = {
    "load_curve": ["Knee at", "Room to grow", "Past capacity", "A gives way first", "Served and failed", "Every load"],
    "grid": ["a.workers × users.rate_rps", "✕", "Every combination"],
    "seeds": ["p99 latency of every seed", "with 95 % confidence", "Every measure"],
    "survival": ["Survived to the end", "80 %", "Crash of A", "Wilson"],
}


def test_every_kind_has_its_picture_and_its_table(design: Design, owner: Person, browser: Client) -> None:
    for kind in PLANS:
        page = browser.get(f"/experiments/{finished(kind, design, owner).pk}").content.decode()
        assert [word for word in WORDS[kind] if word not in page] == [], kind
        assert "<table" in page and "hx-trigger" not in page
        for picture in re.findall(r"<svg class=\"sweep\".*?>", page):
            assert 'role="img"' in picture and "aria-describedby" in picture


def test_the_page_of_one_that_is_on_asks_for_itself(design: Design, owner: Person, browser: Client) -> None:
    made, _ = experiment_start(design=design, person=owner, plan=PLANS["seeds"])
    assert made is not None
    page = browser.get(f"/experiments/{made.pk}").content.decode()
    assert f'hx-get="/experiments/{made.pk}/now"' in page and "0 of 5 runs" in page
    after = browser.post(f"/experiments/{made.pk}/cancel").content.decode()
    assert "Cancelled" in after and "hx-get" not in after


def test_the_form_that_one_finds_starts_an_experiment(design: Design, browser: Client) -> None:
    """What is filled in for a new visitor is a plan that can run."""
    for kind in PLANS:
        form = Form(parsed_of(design), kind)
        page = browser.get(f"/d/{design.pk}/experiments?kind={kind}").content.decode()
        assert form.hint in page and "No experiment yet" in page
        answer = browser.post(f"/d/{design.pk}/experiments", {"kind": kind} | form.values)
        assert answer.status_code == 302, answer.content.decode()
        assert Experiment.objects.get().plan["kind"] == kind
        Experiment.objects.all().delete()


def test_a_mistake_comes_back_with_what_was_sent(design: Design, browser: Client) -> None:
    values = {"kind": "load_curve"} | Form(parsed_of(design), "load_curve").values | {"from": "<lots>", "seeds": "-1"}
    answer = browser.post(f"/d/{design.pk}/experiments", values)
    page = answer.content.decode()
    assert answer.status_code == 422 and 'value="&lt;lots&gt;"' in page
    assert (
        "From (&quot;\\u003clots\\u003e&quot;)" in page or "From (&quot;&lt;lots&gt;&quot;) must be a number." in page
    )
    assert "Seeds (-1) must be between" in page
    assert not Experiment.objects.exists()


def test_a_design_that_cannot_run_says_so_instead_of_a_form(owner: Person, browser: Client) -> None:
    half = Design.objects.create(owner=owner, name="Half", document={"format": 1, "nodes": []})
    page = browser.get(f"/d/{half.pk}/experiments").content.decode()
    assert "The design cannot run yet" in page and "<form" not in page.partition("<main")[2].partition("</main>")[0]


def test_a_form_reads_as_the_plan_that_it_shows(design: Design) -> None:
    post = QueryDict(mutable=True)
    post.update({"kind": "survival", "seeds": "9", "rate_per_hour": "2.5", "shortest_s": "1", "longest_s": "2"})
    post.update({"goal": "client.goodput_rps", "limit": "40", "over_s": "5", "script": "on"})
    post.setlist("kinds", ["crash", "slow"])
    post.setlist("targets", ["a"])
    data = described(sent(post))
    assert data["goal"] == {"measure": "client.goodput_rps", "at_least": 40, "over_s": 5}
    assert data["faults"]["kinds"] == ["crash", "slow"] and data["script"] is True
    plan, problems = parse(data, parsed_of(design))
    assert plan is not None, problems


def test_curve_bands_and_heat_say_the_same(design: Design, owner: Person) -> None:
    made = finished("load_curve", design, owner)
    assert made.result is not None
    curve = Curve(made.plan, made.result, [], {"a": "A", "b": "B"})
    assert [band.kind for band in curve.bands] == ["room", "strain", "past"]
    knee = curve.knee
    assert knee is not None and knee.x == pytest.approx(curve.bands[1].x)
    assert curve.bands[2].x == pytest.approx((curve.x.at(600) + curve.x.at(700)) / 2, abs=0.2)
    heat = busy(made.plan, made.result, {"a": "A", "b": "B"})
    assert list(heat.columns) == ["A", "B"] and heat.rows[5][1][0].words == "100"
    assert "A gives way first: 100 % busy at 600." in curve.sentence


def test_another_revision_is_laid_over_the_picture(design: Design, owner: Person, browser: Client) -> None:
    kinds = ("load_curve", "survival")
    older = {kind: finished(kind, design, owner) for kind in kinds}
    edit_apply(design_id=design.pk, person=owner, edit=RENAME)
    for kind in kinds:
        laid_over(browser, older[kind], finished(kind, design, owner), finished(kind, design, owner))


def laid_over(browser: Client, before: Experiment, after: Experiment, same: Experiment) -> None:
    page = browser.get(f"/experiments/{after.pk}").content.decode()
    assert f"?with={before.pk}" in page and f"?with={same.pk}" not in page and "s-other" not in page
    both = browser.get(f"/experiments/{after.pk}?with={before.pk}").content.decode()
    assert 'class="s-other"' in both and "r0" in both and 'aria-current="true"' in both
    assert "s-other" not in browser.get(f"/experiments/{after.pk}?with={same.pk}").content.decode()


def test_a_grid_marks_what_is_past_capacity(design: Design, owner: Person) -> None:
    made = finished("grid", design, owner)
    assert made.result is not None
    heat = grid(made.plan, made.result)
    name, tiles = heat.rows[0]
    assert name == "4" and [tile.words for tile in tiles[-2:]] == ["✕", "✕"]
    assert tiles[0].heat == 0 and tiles[5].heat == 8


def test_numbers_are_as_people_read_them() -> None:
    assert [latency(value) for value in (None, 0.42, 8.44, 296, 2100)] == ["–", "0.42 ms", "8.4 ms", "296 ms", "2.1 s"]
    assert [short(value) for value in (0.5, 80, 1500, 40_000, 2e6)] == ["0.5", "80", "1.5k", "40k", "2M"]
    assert [share(value) for value in (0, 0.004, 0.87, 1)] == ["0 %", "0.40 %", "87 %", "100 %"]
    assert [setting(value) for value in (True, None, "fifo", 4, 807.692)] == ["on", "none", "fifo", "4", "807.7"]
    assert fine("client.latency_ms.p99", 82.234, 0.05) == "82.23 ms"
    assert fine("client.failed_share", 0.1234, 0.001) == "12.3 %"


def test_scales_are_round_and_stay_inside() -> None:
    assert Scale(0, 2800, 0, 100).ticks(7) == [0, 500, 1000, 1500, 2000, 2500]
    wide = scale_over([2, 5000], 100, 0)
    assert wide.log and wide.ticks(5) == [10, 100, 1000]
    assert wide.at(1e9) == 0 and wide.at(0) == 100
    assert time_ticks(300, 6) == [0, 60, 120, 180, 240, 300]
