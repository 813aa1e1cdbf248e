"""What every request passes: a body that is too big is refused before anything reads it."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from components.problem import Problem
from playground.limits import BODY_BYTES


class BodyLimit:
    """413 for a body over BODY_BYTES: as problems under /api/, as a page elsewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > BODY_BYTES:
            return too_big(request, int(length))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A body without a declared length shows its size only while it is read."""
        return too_big(request, None) if isinstance(error, RequestDataTooBig) else None


def too_big(request: HttpRequest, length: int | None) -> HttpResponse:
    problem = Problem("body", "bytes", length, f"must be at most {BODY_BYTES}")
    if request.path.startswith("/api/"):
        return JsonResponse({"problems": [problem.as_dict()]}, status=413)
    return render(request, "problems.html", {"problems": [problem], "title": "Too big"}, status=413)
