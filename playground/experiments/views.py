"""Pages of experiments: those of a design with the form of a new one, one of them, and how far it is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from components.design import runnable
from playground.accounts.services import person_ensure
from playground.designs.access import design_for
from playground.designs.documents import parsed_at, parsed_of
from playground.designs.models import Design
from playground.designs.permissions import Action, Role, allowed
from playground.experiments.access import experiment_for
from playground.experiments.look import words
from playground.experiments.look.form import Form, described, sent, told
from playground.experiments.look.page import Page, facts_of
from playground.experiments.models import Experiment, Status
from playground.experiments.services import experiment_cancel, experiment_start

LISTED = 50


@require_http_methods(["GET", "POST"])
def experiments(request: HttpRequest, id: str) -> HttpResponse:
    """The experiments of a design, and the form; sent, it starts one."""
    if request.method == "GET":
        design, role, token = design_for(request, id, Action.SEE)
        form = Form(parsed_of(design), request.GET.get("kind", ""))
        return render(request, "experiments/list.html", listed(design, role, token) | {"form": form})
    design, role, token = design_for(request, id, Action.RUN)
    values = sent(request.POST)
    made, problems = experiment_start(design=design, person=person_ensure(request), plan=described(values))
    if made is not None:
        return redirect(reverse("experiment", args=[made.pk]) + (f"?share={token}" if token else ""))
    form = Form(parsed_of(design), values.get("kind", ""), values)
    context = listed(design, role, token) | {"form": form, "problems": told(problems)}
    return render(request, "experiments/list.html", context, status=422)


@require_safe
def experiment(request: HttpRequest, id: str) -> HttpResponse:
    found, role, token = experiment_for(request, id, Action.SEE)
    context = shown(found, role, token, beside=request.GET.get("with", ""))
    return render(request, "experiments/experiment.html", context)


@require_safe
def now(request: HttpRequest, id: str) -> HttpResponse:
    """The fragment that asks for itself until it is over."""
    found, role, token = experiment_for(request, id, Action.SEE)
    return render(request, "experiments/_now.html", shown(found, role, token))


@require_POST
def cancel(request: HttpRequest, id: str) -> HttpResponse:
    found, role, token = experiment_for(request, id, Action.RUN)
    return render(request, "experiments/_now.html", shown(experiment_cancel(experiment=found), role, token))


def listed(design: Design, role: Role, token: str) -> dict[str, Any]:
    newest = design.experiments.defer("result").order_by("-created_at")[:LISTED]
    rows = [(each, words.TITLES[each.plan["kind"]], facts_of(each.plan)) for each in newest]
    return around(design, role, token) | {"experiments": rows, "missing": runnable(parsed_of(design))}


def shown(experiment: Experiment, role: Role, token: str, beside: str = "") -> dict[str, Any]:
    """`beside`: id of an experiment that alike() found, to be drawn into the same picture."""
    design = experiment.design
    page = Page(experiment, parsed_at(design, experiment.revision))
    others = alike(experiment) if experiment.status == Status.DONE else []
    other = next((each for each in others if each.pk == beside), None)
    if other is not None:
        page.beside(other)
    return around(design, role, token) | {"experiment": experiment, "page": page, "others": others, "other": other}


def alike(experiment: Experiment) -> list[Experiment]:
    """The same experiment on the same design at other revisions, the newest of each: what can be laid over it."""
    if experiment.plan["kind"] not in ("load_curve", "survival"):
        return []
    found: dict[int, Experiment] = {}
    done = experiment.design.experiments.filter(status=Status.DONE).exclude(pk=experiment.pk)
    for each in done.exclude(revision=experiment.revision).order_by("-created_at")[:LISTED]:
        if question(each.plan) == question(experiment.plan):
            found.setdefault(each.revision, each)
    return list(found.values())


def question(plan: dict[str, Any]) -> dict[str, Any]:
    """What must be the same for two results to stand in one picture."""
    asked = {key: plan.get(key) for key in ("kind", "measure", "script", "faults", "goal")}
    lengths = {"duration_s": plan["duration_s"]} if plan["kind"] == "survival" else {}
    return asked | lengths | {"axes": [(axis["target"], axis["param"]) for axis in plan["axes"]]}


def around(design: Design, role: Role, token: str) -> dict[str, Any]:
    back = reverse("shared", args=[token]) if token else reverse("editor", args=[design.pk])
    return {"design": design, "may_run": allowed(role, Action.RUN), "share_token": token, "back": back}
