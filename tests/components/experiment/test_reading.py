"""A described experiment: what is taken, and what each mistake is told."""

from __future__ import annotations

from typing import Any

import pytest

from components.design import parse as parse_design
from components.experiment import cells_of, design_at, parse, points_of
from components.limits import EXPERIMENT_POINTS
from tests.components.experiment.made import FAULTS, LOAD, designed, planned, station

GOAL = {"measure": "client.failed_share", "at_most": 0.1}
SURVIVAL = {"kind": "survival", "faults": FAULTS, "goal": GOAL}
CURVE = {"kind": "load_curve", "axes": [LOAD]}


@pytest.mark.parametrize(
    "data",
    [
        CURVE,
        CURVE | {"seeds": {"n": 6, "within": 0.02, "most": 50}},
        {"kind": "seeds", "seeds": {"n": 40, "first": 7}, "duration_s": 5, "warmup_s": 3, "script": True},
        {"kind": "grid", "axes": [LOAD, {"target": "l1", "param": "retry.max", "values": [0, 3]}]},
        SURVIVAL,
        SURVIVAL | {"goal": {"slo": "fast"}, "warmup_s": 10},
    ],
    ids=["load_curve", "sequential", "seeds", "grid", "survival", "survival of an objective"],
)
def test_a_plan_is_written_as_it_is_read(data: dict[str, Any]) -> None:
    plan = planned(data)
    assert planned(plan.as_dict()) == plan


def test_steps_are_even_on_their_scale() -> None:
    linear = planned(CURVE).axes[0].values
    assert linear == tuple(range(10, 101, 10))
    log = planned({"kind": "load_curve", "axes": [LOAD | {"from": 1, "to": 1000, "steps": 4, "scale": "log"}]})
    assert log.axes[0].values == (1, 10, 100, 1000)
    whole = planned({"kind": "grid", "axes": [{"target": "web", "param": "workers", "from": 1, "to": 3, "steps": 9}]})
    assert whole.axes[0].values == (1, 2, 3), "whole numbers, each once"


def test_every_point_is_the_design_with_its_values_and_nothing_else() -> None:
    data = station() | {"script": [{"at_s": 1, "command": "inject", "id": "f", "fault": "crash", "target": "web"}]}
    design = designed(data)
    axes = [
        {"target": "web", "param": "workers", "values": [2, 4]},
        {"target": "l1", "param": "retry.max", "values": [5]},
    ]
    plan = planned({"kind": "grid", "axes": axes}, design)
    made = [design_at(design, plan, point)[0] for point in points_of(plan)]
    assert [(one.node("web").filled["workers"], one.link("l1").filled["retry"]["max"]) for one in made if one] == [
        (2, 5), (4, 5),
    ]  # fmt: skip
    assert all(one is not None and one.script == () for one in made)
    assert made[0] is not None and made[0].link("l1").filled["retry"]["base_ms"] == 50, (
        "the group is on, with its defaults"
    )
    kept, _ = design_at(design, planned({"kind": "seeds", "script": True}, design), points_of(plan)[0])
    assert kept is not None and len(kept.script) == 1


def test_every_point_has_the_same_seeds() -> None:
    plan = planned(CURVE | {"seeds": {"n": 3, "first": 11}})
    assert cells_of(plan)[:2] == [(0, 11), (1, 11)] and len(cells_of(plan)) == 30
    assert {seed for point, seed in cells_of(plan) if point == 9} == {11, 12, 13}


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({}, "kind", "must be given"),
        ({"kind": "sweep"}, "kind", "must be one of"),
        ({"kind": "seeds", "seed": 3}, "seed", "did you mean seeds"),
        ({"kind": "seeds", "axes": [LOAD]}, "axes", "no axis"),
        ({"kind": "load_curve"}, "axes", "one axis"),
        ({"kind": "grid", "axes": [LOAD, LOAD]}, "axes", "different"),
        ({"kind": "load_curve", "axes": [LOAD | {"target": "usrs"}]}, "target", "did you mean users"),
        ({"kind": "load_curve", "axes": [LOAD | {"param": "rate"}]}, "param", "did you mean rate_rps"),
        ({"kind": "load_curve", "axes": [LOAD | {"to": 5}]}, "to", "more than from"),
        ({"kind": "load_curve", "axes": [LOAD | {"from": 0, "scale": "log"}]}, "from", "more than 0"),
        ({"kind": "load_curve", "axes": [LOAD | {"to": 1e9}]}, "values", "between"),
        ({"kind": "load_curve", "axes": [{"target": "users", "param": "users", "values": [1, 2]}]}, "axes", "poisson"),
        ({"kind": "load_curve", "axes": [{"target": "web", "param": "workers", "values": [1, 2]}]}, "axes", "the load"),
        ({"kind": "load_curve", "axes": [{"target": "users", "param": "rate_rps", "values": [2, 1]}]}, "axes", "rise"),
        ({"kind": "grid", "axes": [{"target": "web", "param": "workers", "values": [1, 1]}]}, "values", "differ"),
        ({"kind": "grid", "axes": [{"target": "web", "param": "discipline", "from": 1, "to": 2, "steps": 2}]}, "from", "needs values"),
        ({"kind": "grid", "axes": [{"target": "web", "param": "workers"}]}, "from", "or values"),
        ({"kind": "seeds", "seeds": {"n": 0}}, "seeds.n", "between"),
        ({"kind": "seeds", "seeds": {"n": 5, "within": 0.1}}, "seeds.most", "must be given"),
        ({"kind": "seeds", "seeds": {"n": 4, "within": 0.1, "most": 9}}, "seeds.n", "at least 5"),
        ({"kind": "seeds", "seeds": {"n": 9, "within": 0.1, "most": 8}}, "seeds.most", "first round"),
        (SURVIVAL | {"seeds": {"n": 9, "within": 0.1, "most": 80}}, "seeds.within", "not for survival"),
        ({"kind": "seeds", "duration_s": 0}, "duration_s", "between"),
        ({"kind": "seeds", "warmup_s": "long"}, "warmup_s", "or auto"),
        ({"kind": "seeds", "goal": GOAL}, "goal", "is for survival"),
        (SURVIVAL | {"warmup_s": "auto"}, "warmup_s", "must be seconds"),
        ({"kind": "survival", "goal": GOAL}, "faults", "must be given"),
        ({"kind": "survival", "faults": FAULTS}, "goal", "must be given"),
        (SURVIVAL | {"faults": FAULTS | {"kinds": ["crush"]}}, "faults.kinds", "did you mean crash"),
        (SURVIVAL | {"faults": FAULTS | {"targets": ["users"]}}, "faults.targets", "can suffer"),
        (SURVIVAL | {"faults": FAULTS | {"for_s": [9, 3]}}, "faults.for_s", "shortest"),
        (SURVIVAL | {"goal": {"slo": "fst"}}, "goal.slo", "did you mean fast"),
        (SURVIVAL | {"goal": {"measure": "client.failed_share"}}, "goal.at_most", "not both"),
        (SURVIVAL | {"duration_s": 86_400, "faults": FAULTS | {"rate_per_hour": 3600}}, "faults.rate_per_hour", "at most"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_rule(data: dict[str, Any], field: str, words: str) -> None:
    plan, problems = parse(data, designed())
    assert plan is None
    assert [problem for problem in problems if problem.field == field and words in problem.rule], problems


def test_a_point_that_cannot_run_is_a_problem_of_the_design() -> None:
    sizes = [{"target": "web", "param": "replicas", "values": [1, 2]}]
    assert parse({"kind": "grid", "axes": sizes}, designed())[0] is not None
    data = station()
    data["links"] = []
    half, _ = parse_design(data, draft=True)
    assert half is not None
    plan, problems = parse({"kind": "seeds"}, half)
    assert plan is None and problems


def test_too_many_points_are_refused() -> None:
    wide = [LOAD | {"steps": 30}, {"target": "web", "param": "workers", "from": 1, "to": 30, "steps": 30}]
    plan, problems = parse({"kind": "grid", "axes": wide}, designed())
    assert plan is None and str(EXPERIMENT_POINTS) in problems[0].rule
