"""Pages of labs, and the fragments that the lab page swaps in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from components.problem import Problem
from playground.accounts.services import person_ensure, person_of
from playground.designs.permissions import Role
from playground.designs.views import page
from playground.labs import attempts, services, shown
from playground.labs.access import attempt_for, lab_named
from playground.labs.look.brief import Brief
from playground.labs.look.path import path_of
from playground.labs.look.report import Report
from playground.labs.models import Attempt, Status, Work
from playground.labs.permissions import Action
from playground.middleware import refuse


@require_safe
def learn(request: HttpRequest) -> HttpResponse:
    """The six modules: what is ready, what is coming, how far one is."""
    return render(request, "labs/learn.html", {"modules": path_of(person_of(request))})


@require_safe
def lab(request: HttpRequest, slug: str) -> HttpResponse:
    """The editor with the brief beside it, on the visitor's own design."""
    work, problems = mine(request, slug)
    if work is None:
        return refuse(request, 422, *problems)
    return render(request, "labs/lab.html", lab_page(work))


def lab_page(work: Work) -> dict[str, Any]:
    """What the page of a lab needs, for the person whose work it is."""
    brief = Brief(work)
    context = page(work.design, Role.OWNER, "") | {"brief": brief, "lab": brief.lab, "work": work}
    api = f"/api/labs/{work.lab}"
    context["urls"] |= {
        "runs": f"{api}/runs", "prices": f"{api}/prices", "submit": reverse("lab-submit", args=[work.lab]),
    }  # fmt: skip
    if (kinds := work.design.rules.get("kinds")) is not None:
        context["palette"] = allowed_families(context["catalogue"], kinds)
    if brief.newest is not None and brief.newest.active:
        context |= followed(brief.newest)
    return context


def allowed_families(catalogue: dict[str, Any], kinds: list[str]) -> list[dict[str, Any]]:
    """The families of the palette with what the lab lets one add."""
    found = [
        family | {"kinds": [kind for kind in family["kinds"] if kind in kinds]} for family in catalogue["families"]
    ]
    return [family for family in found if family["kinds"]]


@require_POST
def hints(request: HttpRequest, slug: str) -> HttpResponse:
    work, problems = mine(request, slug)
    if work is None:
        return refused(request, problems)
    number = request.POST.get("number", "")
    problems = services.hint_open(work=work, number=int(number) if number.isdecimal() and len(number) < 4 else 0)
    return render(request, "labs/_hints.html", {"brief": Brief(work)}, status=422 if problems else 200)


@require_POST
def prediction(request: HttpRequest, slug: str) -> HttpResponse:
    work, problems = mine(request, slug)
    if work is None:
        return refused(request, problems)
    problems = services.predict(work=work, choice=request.POST.get("choice", ""))
    context = {"brief": Brief(work), "problems": problems}
    return render(request, "labs/_prediction.html", context, status=422 if problems else 200)


@require_POST
def submit(request: HttpRequest, slug: str) -> HttpResponse:
    work, problems = mine(request, slug)
    if work is None:
        return refused(request, problems)
    attempt, problems = attempts.attempt_submit(work=work, person=work.person)
    return refused(request, problems) if attempt is None else render(request, "labs/_attempt.html", followed(attempt))


@require_POST
def solution(request: HttpRequest, slug: str) -> HttpResponse:
    """The reference, as a design that the visitor may take apart."""
    work, problems = mine(request, slug)
    if work is None:
        return refuse(request, 422, *problems)
    design, problems = services.solution_open(work=work, person=work.person)
    return refuse(request, 422, *problems) if design is None else redirect("editor", design.pk)


@require_safe
def attempt(request: HttpRequest, id: str) -> HttpResponse:
    """How far it is, or the report."""
    return render(request, "labs/_attempt.html", followed(attempt_for(request, id, Action.SEE)))


@require_POST
def cancel(request: HttpRequest, id: str) -> HttpResponse:
    found = attempts.attempt_cancel(attempt=attempt_for(request, id, Action.CANCEL))
    return render(request, "labs/_attempt.html", followed(found))


def followed(attempt: Attempt) -> dict[str, Any]:
    """The context of an attempt: its progress, or the report once there is a verdict."""
    context: dict[str, Any] = {"attempt": shown.attempt_shown(attempt), "brief": Brief(attempt.work)}
    if attempt.status == Status.DONE:
        context["report"] = Report(attempt)
    return context


def mine(request: HttpRequest, slug: str) -> tuple[Work | None, list[Problem]]:
    """The visitor's work on a lab, opened if it was not. Raises Http404."""
    return services.work_open(person=person_ensure(request), slug=lab_named(slug).slug)


def refused(request: HttpRequest, problems: list[Problem]) -> HttpResponse:
    return render(request, "labs/_refused.html", {"problems": problems}, status=422)
