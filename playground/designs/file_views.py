"""Import and export."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from components.limits import DESIGN_BYTES
from components.problem import Problem
from playground.accounts.services import person_ensure
from playground.designs.access import seen_for
from playground.designs.files import design_import, file_of
from playground.designs.services import design_at
from playground.middleware import refuse


@require_safe
def export(request: HttpRequest, id: str, format: str) -> HttpResponse:
    """The design file, format 1, of the newest revision or of `revision`."""
    asked = request.GET.get("revision")
    if asked is not None and not (asked.isascii() and asked.isdecimal() and len(asked) < 10):
        return refuse(request, 422, Problem("query", "revision", asked[:40], "must be a whole number"))
    seen = seen_for(request, id, None if asked is None else int(asked))
    document = design_at(design=seen.design, revision=seen.revision)
    text, kind, name = file_of(document, seen.revision, format)
    answer = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Link"] = f'<{request.build_absolute_uri("/api/schema")}>; rel="describedby"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """The form, and the file that it sends: a new design, or what is wrong with it."""
    if request.method != "POST":
        return shown(request, [])
    file = request.FILES.get("file")
    if file is None:
        return shown(request, [Problem("file", "", None, "must be chosen first")])
    if (file.size or 0) > DESIGN_BYTES:
        rule = f"must be at most {DESIGN_BYTES} bytes"
        return shown(request, [Problem("file", "bytes", file.size, rule)], str(file.name))
    design, problems = design_import(owner=person_ensure(request), data=file.read())
    if design is None:
        return shown(request, problems, str(file.name))
    return redirect(reverse("editor", args=[design.pk]))


def shown(request: HttpRequest, problems: list[Problem], name: str = "") -> HttpResponse:
    context = {"problems": problems, "file": name[:120], "bytes": DESIGN_BYTES}
    return render(request, "designs/import.html", context, status=422 if problems else 200)
