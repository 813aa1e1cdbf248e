"""The page that plays a run again, and the link to it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from components.catalog import catalogue
from components.design import as_dict
from playground.accounts.services import person_ensure
from playground.designs.access import design_for
from playground.designs.permissions import Action
from playground.designs.services import design_create
from playground.designs.sharing import END_WORDS
from playground.middleware import refuse
from playground.runs.films import film_of_run
from playground.runs.links import link_create, link_find, links_revoke, newest_run
from playground.runs.models import Film, RunLink
from playground.runs.services import design_of


@require_POST
def share(request: HttpRequest, id: str) -> HttpResponse:
    """The link to the newest run of a design, and how long it is good for (`ends`, a word of ENDS).

    Its film is ordered at once, so that nobody waits for it later.
    """
    design, _, _ = design_for(request, id, Action.SHARE)
    link, problems = link_create(run=newest_run(design), ends=request.POST.get("ends"))
    if link is None:
        return refuse(request, 422, *problems)
    film_of_run(link.run)
    address = request.build_absolute_uri(reverse("replay", args=[link.token]))
    return render(
        request,
        "runs/_share.html",
        {"link": address, "share": link, "run": link.run, "design": design, "ends": END_WORDS.items()},
    )


@require_POST
def revoke(request: HttpRequest, id: str) -> HttpResponse:
    design, _, _ = design_for(request, id, Action.SHARE)
    return render(request, "runs/_share.html", {"revoked": links_revoke(design=design), "design": design})


@require_safe
def replay(request: HttpRequest, token: str) -> HttpResponse:
    """For everybody who has the link: the design as it was run, and a player."""
    run = found(token).run
    document = as_dict(design_of(run))
    context = {
        "run": run, "document": document, "revision": run.revision, "role": "viewer", "catalogue": catalogue(),
        "urls": {"film": reverse("replay-film", args=[token]), "fork": reverse("replay-fork", args=[token])},
        "name": document["name"],
    }  # fmt: skip
    return render(request, "runs/replay.html", context)


@require_safe
def replay_film(request: HttpRequest, token: str) -> HttpResponse:
    return film_answer(request, film_of_run(found(token).run))


@require_POST
def fork(request: HttpRequest, token: str) -> HttpResponse:
    """An own copy of the design as it was run, to change and run again."""
    run = found(token).run
    made, problems = design_create(owner=person_ensure(request), document=as_dict(design_of(run)))
    if made is None:
        return refuse(request, 422, *problems)
    made.forked_from, made.forked_revision = run.design, run.revision
    made.save(update_fields=["forked_from", "forked_revision"])
    return redirect("editor", made.pk)


def found(token: str) -> RunLink:
    link = link_find(token)
    if link is None:
        raise Http404
    return link


def film_answer(request: HttpRequest, film: Film) -> HttpResponse:
    """The film, compressed as it is stored; 202 with how far it is while it is made; 422 with why there is none."""
    if film.data is not None:
        known = request.headers.get("If-None-Match") == f'"{film.pk}"'
        answer = HttpResponse(status=304) if known else HttpResponse(bytes(film.data), content_type="application/json")
        if not known:
            answer["Content-Encoding"] = "gzip"
        answer["Cache-Control"] = "private, no-cache"  # of a run that is on there is a longer one soon
        answer["ETag"] = f'"{film.pk}"'
        return answer
    said: dict[str, Any] = {"done_s": film.done_ns / 1e9, "until_s": film.until_ns / 1e9, "detail": film.detail}
    return JsonResponse(said, status=422 if film.detail else 202)
