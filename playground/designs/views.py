"""Pages of designs. They only show: every change of an open design goes through its socket."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST, require_safe

from components.catalog import catalogue
from components.design import runnable
from components.problem import Problem
from playground.accounts.services import person_ensure, person_of
from playground.designs.access import design_for
from playground.designs.blueprints import DEMO, blueprints, gallery
from playground.designs.documents import parsed_of
from playground.designs.models import Design
from playground.designs.permissions import Action, Role, role_of
from playground.designs.services import (
    demo_open,
    design_create,
    design_fork,
    designs_of,
    share_create,
    share_find,
)  # fmt: skip
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
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Read only, for everybody who has the link; the owner is at home in the editor."""
    share = share_find(token)
    if share is None:
        raise Http404
    if role_of(person_of(request), share.design, token) is Role.OWNER:
        return redirect("editor", share.design_id)
    return render(request, "designs/editor.html", page(share.design, Role.VIEWER, token))


@require_POST
def fork(request: HttpRequest, token: str) -> HttpResponse:
    share = share_find(token)
    if share is None:
        raise Http404
    design, problems = design_fork(design=share.design, owner=person_ensure(request))
    return refuse(request, 422, *problems) if design is None else redirect("editor", design.pk)


@require_POST
def share(request: HttpRequest, id: str) -> HttpResponse:
    design, _, _ = design_for(request, id, Action.SHARE)
    link = request.build_absolute_uri(reverse("shared", args=[share_create(design=design).token]))
    return render(request, "designs/_share.html", {"link": link, "revision": design.revision})


@require_safe
def inspector(request: HttpRequest, id: str) -> HttpResponse:
    design, role, _ = design_for(request, id, Action.SEE)
    ids = [word for word in request.GET.get("ids", "").split(",") if word][:500]
    problems = [problem.as_dict() for problem in runnable(parsed_of(design)) if problem.where in ids]
    context = {
        "document": design.document, "ids": ids, "problems": problems, "role": role.value, "running": design.running,
        "rules": design.rules,
    }  # fmt: skip
    return render(request, "designs/_inspector.html", context)


def page(design: Design, role: Role, token: str) -> dict[str, Any]:
    """What a page with a canvas needs."""
    query = f"?share={token}" if token else ""
    api = f"/api/designs/{design.pk}"
    urls = {
        "design_socket": f"/ws/designs/{design.pk}{query}",
        "inspector": reverse("inspector", args=[design.pk]),
        "share": reverse("share", args=[design.pk]),
        "runs": f"{api}/runs{query}",
        "layout": f"{api}/layout{query}",
    }
    if token:
        urls["fork"] = reverse("fork", args=[token])
    return {
        "design": design, "document": design.document, "revision": design.revision, "role": role.value, "rules": design.rules,
        "share_token": token, "catalogue": catalogue(), "urls": urls,
    }  # fmt: skip
