"""Experiments over HTTP: start, follow, cancel."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

import playground.paths  # noqa: F401, registers {id:…}
from playground.accounts.services import person_ensure
from playground.api.refusal import Refusal
from playground.api.schemas import Body, Problems
from playground.designs.access import design_for
from playground.designs.permissions import Action
from playground.experiments.access import experiment_for
from playground.experiments.services import experiment_cancel, experiment_start
from playground.experiments.shown import experiment_shown

LISTED = 50
router = Router(tags=["experiments"])


class ExperimentBody(Body):
    experiment: dict[str, Any] = Field(
        description="kind load_curve, grid, seeds or survival; axes [{target, param, values | from, to, steps, scale}]; "
        "seeds {n, first} and, to go on until half the interval is a share of the mean, {within, most}; duration_s; warmup_s (auto or seconds); measure; script; and for survival faults "
        "{rate_per_hour, kinds, targets, for_s} and goal {slo} or {measure, at_most | at_least, over_s}."
    )


class ExperimentRow(Schema):
    id: str
    design: str
    revision: int
    plan: dict[str, Any]
    status: str
    detail: str
    done: int = Field(description="Runs that are done, of `of`.")
    of: int
    left_s: int | None = Field(description="About how many seconds it will still take; null while nobody can know.")
    created_at: str
    finished_at: str | None


class ExperimentOut(ExperimentRow):
    result: dict[str, Any] | None = Field(description="Null until all runs are done.")


@router.get("/designs/{id:id}/experiments", response=list[ExperimentRow], url_name="experiments")
def experiments(request: HttpRequest, id: str) -> list[dict[str, Any]]:
    """Those of this design, the newest first, without their results."""
    design, _, _ = design_for(request, id, Action.SEE)
    newest = design.experiments.defer("result").order_by("-created_at")[:LISTED]
    return [experiment_shown(each, whole=False) for each in newest]


@router.post("/designs/{id:id}/experiments", response={201: ExperimentOut, 422: Problems}, url_name="experiments")
def start(request: HttpRequest, id: str, body: ExperimentBody) -> Status[dict[str, Any]]:
    """Queues an experiment on the newest revision. Follow it with GET /experiments/{id}."""
    design, _, _ = design_for(request, id, Action.RUN)
    found, problems = experiment_start(design=design, person=person_ensure(request), plan=body.experiment)
    if found is None:
        raise Refusal(422, problems)
    return Status(201, experiment_shown(found))


@router.get("/experiments/{id:id}", response=ExperimentOut, url_name="experiment")
def experiment(request: HttpRequest, id: str) -> dict[str, Any]:
    """How far it is. Revision and plan give the same result again."""
    return experiment_shown(experiment_for(request, id, Action.SEE)[0])


@router.post("/experiments/{id:id}/cancel", response=ExperimentOut, url_name="experiment-cancel")
def cancel(request: HttpRequest, id: str) -> dict[str, Any]:
    """Ends it without a result; one that is over stays as it is."""
    return experiment_shown(experiment_cancel(experiment=experiment_for(request, id, Action.RUN)[0]))
