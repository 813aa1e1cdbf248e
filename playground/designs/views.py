"""Pages of designs. They only show: every change of an open design goes through its socket."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST, require_safe

from components.catalog import catalogue
from components.design import runnable
from components.problem import Problem
from playground.accounts.services import person_ensure, person_of
from playground.designs.access import Seen, design_for
from playground.designs.blueprints import DEMO, blueprints, gallery
from playground.designs.documents import parsed_at, parsed_of
from playground.designs.models import Design
from playground.designs.permissions import Action, Role, allowed
from playground.designs.services import demo_open, design_at, design_create, designs_of
from playground.middleware import refuse


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The visitor's own copy of the example, ready to be run and broken at once."""
    person = person_ensure(request)
    design = demo_open(person=person, document=blueprints()[DEMO].document)
    context = {"blueprints": gallery(), "designs": designs_of(person)}
    return render(request, "home.html", context | page(design, Role.OWNER, ""))


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    return render(request, "designs/list.html", {"designs": designs_of(person) if person else []})


@require_POST
def create(request: HttpRequest) -> HttpResponse:
    slug = request.POST.get("blueprint", "")
    if slug and slug not in blueprints():
        return refuse(request, 422, Problem("design", "blueprint", slug, f"must be one of {', '.join(blueprints())}"))
    document = blueprints()[slug].document if slug else None
    design, problems = design_create(owner=person_ensure(request), document=document, blueprint=slug)
    return refuse(request, 422, *problems) if design is None else redirect("editor", design.pk)


@require_safe
def editor(request: HttpRequest, id: str) -> HttpResponse:
    design, role, token = design_for(request, id, Action.SEE)
    return render(request, "designs/editor.html", page(design, role, token))


@require_safe
def inspector(request: HttpRequest, id: str) -> HttpResponse:
    design, role, _ = design_for(request, id, Action.SEE)
    return inspected(request, design, None, role.value)


def inspected(request: HttpRequest, design: Design, revision: int | None, role: str) -> HttpResponse:
    """The fragment for the nodes and links that `ids` names, at a revision (None: the newest)."""
    ids = [word for word in request.GET.get("ids", "").split(",") if word][:500]
    document = design.document if revision is None else design_at(design=design, revision=revision)
    parsed = parsed_of(design) if revision is None else parsed_at(design, revision)
    problems = [problem.as_dict() for problem in runnable(parsed) if problem.where in ids]
    context = {
        "document": document, "ids": ids, "problems": problems, "role": role, "rules": design.rules,
        "running": design.running if revision is None else None,
    }  # fmt: skip
    return render(request, "designs/_inspector.html", context)


def still(request: HttpRequest, seen: Seen) -> HttpResponse:
    """A page that shows one revision and does not follow the design."""
    design, role, token = seen.design, seen.role, seen.token
    urls = {"inspector": reverse("revision_inspector", args=[design.pk, seen.revision])}
    newest = reverse("shared", args=[token]) if token else reverse("editor", args=[design.pk])
    fork = reverse("fork", args=[token]) if seen.frozen else reverse("copy", args=[design.pk])
    context = {
        "design": design, "document": design_at(design=design, revision=seen.revision), "revision": seen.revision,
        "role": "viewer", "share_token": token, "catalogue": catalogue(), "urls": urls, "frozen": seen.frozen,
        "newest": newest, "fork": fork, "may_restore": allowed(role, Action.RESTORE) and not seen.frozen,
    }  # fmt: skip
    return render(request, "designs/still.html", context)


def page(design: Design, role: Role, token: str) -> dict[str, Any]:
    """What a page with a canvas needs."""
    query = f"?share={token}" if token else ""
    api = f"/api/designs/{design.pk}"
    urls = {
        "design_socket": f"/ws/designs/{design.pk}{query}",
        "inspector": reverse("inspector", args=[design.pk]),
        "share": reverse("share", args=[design.pk]),
        "history": reverse("history", args=[design.pk]) + query,
        "experiments": reverse("experiments", args=[design.pk]) + query,
        "runs": f"{api}/runs{query}",
        "layout": f"{api}/layout{query}",
        "run_link": f"/d/{design.pk}/run-link",
    }
    if role is not Role.OWNER:
        urls["fork"] = reverse("fork", args=[token]) if token else reverse("copy", args=[design.pk])
    return {
        "design": design, "document": design.document, "revision": design.revision, "role": role.value, "rules": design.rules,
        "share_token": token, "catalogue": catalogue(), "urls": urls,
    }  # fmt: skip
