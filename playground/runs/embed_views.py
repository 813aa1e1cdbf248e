"""The compact page for other people's pages, and the description by which they find it (oEmbed).

Only here may a page be framed by others. No cookie is read or set, so there is no session that a frame could abuse.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from components.catalog import catalogue
from components.problem import Problem
from playground.accounts.services import address_of
from playground.designs.sharing import share_find
from playground.limits import EMBEDS_PER_MINUTE
from playground.rates import Buckets
from playground.runs.embeds import Scene, scene_of
from playground.runs.views import film_answer

THEMES = ("dark", "light")
SIZE = (800, 500)
_ordered = Buckets(EMBEDS_PER_MINUTE / 60, EMBEDS_PER_MINUTE)


@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]  # its types know no view with arguments
def embed(request: HttpRequest, token: str) -> HttpResponse:
    """The design of a link, ready to be run with what the address says; a sentence for each thing that it cannot say."""
    scene, problems = found(request, token)
    query = request.GET.urlencode()
    context = {
        "name": scene.document["name"], "document": scene.document, "revision": scene.revision, "role": "viewer",
        "catalogue": catalogue(), "problems": problems, "theme": theme(request), "seed": scene.seed,
        "urls": {"film": reverse("embed-film", args=[token]) + (f"?{query}" if query else "")},
        "open": reverse("shared", args=[token]),
    }  # fmt: skip
    return render(request, "runs/embed.html", context, status=422 if problems else 200)


@csrf_exempt  # nobody is signed in here, so nothing can be done in somebody's name
@require_http_methods(["GET", "HEAD", "POST"])
def film(request: HttpRequest, token: str) -> HttpResponse:
    """POST orders the film, GET asks for it."""
    scene, problems = found(request, token)
    if problems:
        return JsonResponse({"detail": " ".join(sentence(problem) for problem in problems)}, status=422)
    made = scene.made()
    if made is None and request.method != "POST":
        return JsonResponse({"detail": "Nobody has run this yet."}, status=404)
    if made is None and not _ordered.take(address_of(request)):
        rule = f"At most {EMBEDS_PER_MINUTE} new runs a minute from one address. Wait a moment."
        return JsonResponse({"detail": rule}, status=429)
    return film_answer(request, scene.film())


@require_safe
def oembed(request: HttpRequest) -> HttpResponse:
    """The frame for the address of a share link."""
    try:
        match = resolve(urlsplit(request.GET.get("url", "")).path)
    except (Resolver404, ValueError) as error:
        raise Http404 from error
    if request.GET.get("format", "json") != "json":
        raise Http404
    share = share_find(match.kwargs["token"]) if match.url_name in ("shared", "embed") else None
    if share is None:
        raise Http404
    width, height = (bounded(request, name, most) for name, most in zip(("maxwidth", "maxheight"), SIZE, strict=True))
    source = request.build_absolute_uri(reverse("embed", args=[share.token]))
    frame = f'<iframe src="{source}" width="{width}" height="{height}" frameborder="0" allowfullscreen></iframe>'
    return JsonResponse(
        {
            "version": "1.0", "type": "rich", "title": share.design.name, "html": frame, "width": width, "height": height,
            "provider_name": "System Design Playground", "provider_url": request.build_absolute_uri("/"),
        }
    )  # fmt: skip


def found(request: HttpRequest, token: str) -> tuple[Scene, list[Problem]]:
    share = share_find(token)
    if share is None:
        raise Http404
    return scene_of(share, request.GET.dict())


def sentence(problem: Problem) -> str:
    return f"{problem.field or problem.where} {problem.rule}."


def theme(request: HttpRequest) -> str:
    wish = request.GET.get("theme", "")
    return wish if wish in THEMES else ""


def bounded(request: HttpRequest, name: str, most: int) -> int:
    text = request.GET.get(name, "")
    return max(200, min(most, int(text))) if text.isascii() and text.isdecimal() and len(text) < 6 else most
