"""What every request passes: big bodies are refused before anything reads them, and refusals get their page."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from components.problem import Problem
from playground.accounts.services import TooManyGuests
from playground.limits import BODY_BYTES, GUESTS_PER_MINUTE


class Refusals:
    """413 for a body over BODY_BYTES, 429 for a crowd of new guests: problems under /api/, a page elsewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > BODY_BYTES:
            return too_big(request, int(length))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A body without a declared length shows its size only while it is read."""
        if isinstance(error, RequestDataTooBig):
            return too_big(request, None)
        return crowded(request) if isinstance(error, TooManyGuests) else None


def too_big(request: HttpRequest, length: int | None) -> HttpResponse:
    return refuse(request, 413, Problem("body", "bytes", length, f"must be at most {BODY_BYTES}"))


def crowded(request: HttpRequest) -> HttpResponse:
    rule = f"must be at most {GUESTS_PER_MINUTE} a minute from one address; wait a moment"
    return refuse(request, 429, Problem("guests", "count", None, rule))


def refuse(request: HttpRequest, status: int, *problems: Problem) -> HttpResponse:
    """The same reasons as JSON or as a page."""
    if request.path.startswith("/api/"):
        return JsonResponse({"problems": [problem.as_dict() for problem in problems]}, status=status)
    template = "429.html" if status == 429 else "problems.html"
    return render(request, template, {"problems": problems, "status": status}, status=status)
