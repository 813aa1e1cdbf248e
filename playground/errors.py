"""Answers that no view gives: problems as JSON under /api/, pages elsewhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from components.problem import Problem
from playground.middleware import refuse


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, 400, Problem("request", "", None, "cannot be read"))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return refuse(request, 403, Problem("request", "path", request.path, str(exception) or "is not allowed"))
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return refuse(request, 404, Problem("request", "path", request.path, "does not exist"))
    return defaults.page_not_found(request, exception)


def failed(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return refuse(request, 500, Problem("server", "", None, "failed; the error was written down"))
    return defaults.server_error(request)
