"""The Share dialog, and what a link opens."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from components.problem import Problem
from playground.accounts.services import person_ensure, person_of
from playground.designs.access import Seen, design_for
from playground.designs.models import Design, Share
from playground.designs.permissions import Action, Role, allowed, role_of
from playground.designs.services import design_fork
from playground.designs.sharing import (
    END_WORDS,
    ENDS,
    ROLES,
    share_add,
    share_change,
    share_create,
    share_end,
    share_find,
    shares_of,
)  # fmt: skip
from playground.designs.views import page, still
from playground.middleware import refuse


@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """What the link shows; the owner is at home in the editor. Who may change it gets a name to sign with."""
    share = share_find(token)
    if share is None:
        raise Http404
    design = share.design
    if share.revision is not None:
        return still(request, Seen(design, Role.VIEWER, token, share.revision, frozen=True))
    role = role_of(person_of(request), design, token)
    if role is Role.OWNER:
        return redirect("editor", design.pk)
    if allowed(role, Action.EDIT):
        person_ensure(request)
    return render(request, "designs/editor.html", page(design, role, token))


@require_POST
def fork(request: HttpRequest, token: str) -> HttpResponse:
    """A copy of what the link shows."""
    share = share_find(token)
    if share is None:
        raise Http404
    design, problems = design_fork(design=share.design, owner=person_ensure(request), revision=share.revision)
    return refuse(request, 422, *problems) if design is None else redirect("editor", design.pk)


@require_POST
def copy(request: HttpRequest, id: str) -> HttpResponse:
    """A copy of a revision (form field `revision`; without it the newest), for who may see the design."""
    design, _, _ = design_for(request, id, Action.FORK)
    revision, problems = number(request, "revision")
    if problems:
        return refuse(request, 422, *problems)
    try:
        made, problems = design_fork(design=design, owner=person_ensure(request), revision=revision)
    except LookupError:
        raise Http404 from None
    return refuse(request, 422, *problems) if made is None else redirect("editor", made.pk)


@require_POST
def share(request: HttpRequest, id: str) -> HttpResponse:
    """The dialog; a design without a link to look at it gets one."""
    design, _, _ = design_for(request, id, Action.SHARE)
    share_create(design=design)
    return dialog(request, design)


@require_POST
def links(request: HttpRequest, id: str) -> HttpResponse:
    """One more link: `role`, and `revision` for one that stays at it."""
    design, _, _ = design_for(request, id, Action.SHARE)
    revision, problems = number(request, "revision")
    if not problems:
        _, problems = share_add(design=design, role=request.POST.get("role", "viewer"), revision=revision)
    return dialog(request, design, problems)


@require_POST
def link(request: HttpRequest, id: str, token: str) -> HttpResponse:
    """Changes a link: `role`, `ends` (a word of ENDS), or `revoke`."""
    design, _, _ = design_for(request, id, Action.SHARE)
    found = Share.objects.filter(Share.open(), design=design, token=token).first()
    if found is None:
        raise Http404
    if "revoke" in request.POST:
        share_end(share=found)
        return dialog(request, design)
    problems = share_change(share=found, role=request.POST.get("role"), ends=request.POST.get("ends"))
    return dialog(request, design, problems)


def dialog(request: HttpRequest, design: Design, problems: list[Problem] | None = None) -> HttpResponse:
    shown = [
        {"share": each, "url": request.build_absolute_uri(reverse("shared", args=[each.token]))}
        for each in shares_of(design)
    ]
    context = {
        "design": design, "links": shown, "problems": problems or [], "roles": ROLES,
        "ends": [(word, END_WORDS[word]) for word in ENDS], "forks": design.forks.select_related("owner").order_by("-created_at")[:20],
    }  # fmt: skip
    return render(request, "designs/_share.html", context, status=422 if problems else 200)


def number(request: HttpRequest, field: str) -> tuple[int | None, list[Problem]]:
    """A whole number of the form, or None where the field is absent."""
    text = request.POST.get(field)
    if text is None:
        return None, []
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        return None, [Problem("form", field, text[:40], "must be a whole number")]
    return int(text), []
