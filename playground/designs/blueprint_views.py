"""The gallery, and the page of a blueprint: a picture, what to notice, what breaks first, what to try."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from playground.designs import blueprints as files


@require_safe
def blueprints(request: HttpRequest) -> HttpResponse:
    return render(request, "designs/blueprints.html", {"blueprints": files.gallery()})


@require_safe
def blueprint(request: HttpRequest, slug: str) -> HttpResponse:
    found = files.blueprints().get(slug)
    if found is None:
        raise Http404
    others = [each for each in files.gallery() if each.slug != slug]
    return render(request, "designs/blueprint.html", {"blueprint": found, "others": others})
