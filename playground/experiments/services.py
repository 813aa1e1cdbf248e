"""What people do to experiments: start, cancel. What workers do to their cells is in cells.py."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from components.experiment import Plan, cells_of, design_at, parse, points_of
from components.model import Design as Parsed
from components.problem import Problem
from playground.accounts.models import Person
from playground.designs.documents import parsed_of
from playground.designs.models import Design
from playground.designs.services import revision_keep
from playground.experiments.models import ACTIVE, Experiment, ExperimentCell, Status
from playground.experiments.sending import experiment_send
from playground.limits import (
    EXPERIMENT_CELLS,
    EXPERIMENT_REQUESTS,
    EXPERIMENT_VIRTUAL_S,
    EXPERIMENTS_PER_DESIGN,
    EXPERIMENTS_PER_PERSON,
)


def experiment_start(*, design: Design, person: Person, plan: object) -> tuple[Experiment | None, list[Problem]]:
    """Keeps the newest revision, stores a cell for every point and seed, and has them sent to the workers."""
    with transaction.atomic():
        design = Design.objects.select_for_update().get(pk=design.pk)
        parsed = parsed_of(design)
        checked, problems = parse(plan, parsed)
        if checked is not None:
            problems = too_much(checked, parsed)
        if checked is None or problems:
            return None, problems
        if Experiment.objects.filter(starter=person, status__in=ACTIVE).count() >= EXPERIMENTS_PER_PERSON:
            rule = f"must be over or cancelled first: at most {EXPERIMENTS_PER_PERSON} at once"
            return None, [Problem("experiment", "count", EXPERIMENTS_PER_PERSON, rule)]
        kept = {"revision": revision_keep(design=design), "plan": checked.as_dict()}
        experiment = Experiment.objects.create(design=design, starter=person, **kept)
        ExperimentCell.objects.bulk_create(
            [ExperimentCell(experiment=experiment, point=point, seed=seed) for point, seed in cells_of(checked)],
            batch_size=500,
        )
        _forget(design)
    experiment_send(experiment.pk)
    return experiment, []


def experiment_cancel(*, experiment: Experiment) -> Experiment:
    """Ends it without a result; cells that are being computed stop within seconds. One that is over stays as it is."""
    ended = {"status": Status.CANCELLED, "finished_at": timezone.now()}
    Experiment.objects.filter(pk=experiment.pk, status__in=ACTIVE).update(**ended)
    experiment.refresh_from_db()
    return experiment


def too_much(plan: Plan, design: Parsed) -> list[Problem]:
    """What is more than the site computes for one experiment, with what to do about it."""
    points = points_of(plan)
    seeds = len(plan.seeds)
    runs = len(points) * seeds
    if runs > EXPERIMENT_CELLS:
        rule = f"must be at most {EXPERIMENT_CELLS} runs ({len(points)} points × {seeds} seeds now): fewer of either"
        return [Problem("experiment", "seeds.n", runs, rule)]
    virtual_s = round(runs * plan.ends_s)
    if virtual_s > EXPERIMENT_VIRTUAL_S:
        rule = (
            f"must be at most {EXPERIMENT_VIRTUAL_S} simulated seconds over all {runs} runs: make them shorter or fewer"
        )
        return [Problem("experiment", "duration_s", virtual_s, rule)]
    requests = 0.0
    for point in points:
        made, _ = design_at(design, plan, point)
        requests += _rate(made) * plan.ends_s * seeds if made is not None else 0
    if requests > EXPERIMENT_REQUESTS:
        rule = f"must be at most {EXPERIMENT_REQUESTS:,} requests in all: lower loads, shorter or fewer runs, or a larger scale"
        return [Problem("experiment", "duration_s", round(requests), rule)]
    return []


def _rate(design: Parsed) -> float:
    """Simulated requests a second that open clients send at most, and closed ones about."""
    total = 0.0
    for node in design.nodes:
        if node.kind == "client":
            filled = node.filled
            closed = filled["arrival"] == "closed"
            peak = max((factor for _, factor in filled["pattern"]), default=1.0)
            total += filled["users"] / max(0.01, filled["think_s"]) if closed else filled["rate_rps"] * peak
    return total / design.scale


def _forget(design: Design) -> None:
    """The oldest that are over make room."""
    newest = design.experiments.order_by("-created_at").values_list("pk", flat=True)[:EXPERIMENTS_PER_DESIGN]
    design.experiments.exclude(status__in=ACTIVE).exclude(pk__in=list(newest)).delete()
