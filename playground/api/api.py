"""The API object: strict JSON in, problems out, and the check that a browser's cookie is used by our own pages."""

from __future__ import annotations

from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.utils import check_csrf

from components.problem import Problem
from playground.accounts.services import TooManyGuests, person_of
from playground.api import designs, experiments, labs, language, runs
from playground.api.refusal import Refusal
from playground.body import read_object
from playground.limits import BODY_BYTES
from playground.middleware import crowded, refuse, too_big


class StrictParser(Parser):
    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """An empty body is an empty object."""
        body = request.body
        if len(body) > BODY_BYTES:  # a chunked body has no length that anybody could have looked at before
            raise Refusal(413, [Problem("body", "bytes", len(body), f"must be at most {BODY_BYTES}")])
        value, problems = read_object(body or b"{}", "body")
        if value is None:
            raise Refusal(400, problems)
        return value


class Renderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> Any:
        return orjson.dumps(data)


def own_page(request: HttpRequest) -> bool:
    """A write that comes with a session cookie must come from our own pages; a program without cookies is free."""
    if (
        settings.SESSION_COOKIE_NAME in request.COOKIES
        and request.method not in ("GET", "HEAD")
        and check_csrf(request)
    ):
        raise Refusal(403, [Problem("request", "X-CSRFToken", None, "must be the token of the csrftoken cookie")])
    return True


api = NinjaAPI(
    title="System Design Playground",
    version="1",
    description="Designs, edits, runs and commands. A program without a cookie becomes a guest with its first write: keep the cookie.",
    auth=own_page,
    parser=StrictParser(),
    renderer=Renderer(),
    urls_namespace="api",
)
api.add_router("", language.router)
api.add_router("/designs", designs.router)
api.add_router("", runs.router)
api.add_router("", experiments.router)
api.add_router("", labs.router)


@api.exception_handler(Refusal)
def refusal(request: HttpRequest, error: Refusal) -> HttpResponse:
    return refuse(request, error.status, *error.problems)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return refuse(request, 422, *(problem_of(entry) for entry in error.errors))


def problem_of(entry: dict[str, Any]) -> Problem:
    """One error of pydantic: ("body", "body", "seed") is the field `seed` of the body."""
    place, *path = (str(part) for part in entry["loc"])
    field = ".".join(path[1:] if place == "body" and path else path)
    return Problem(place, field, entry.get("input"), entry["msg"])


@api.exception_handler(PermissionDenied)
def denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    if person_of(request) is None:
        return refuse(request, 401, Problem("request", "cookie", None, "must name a guest; open the site first"))
    return refuse(request, 403, Problem("request", "path", request.path, str(error)))


@api.exception_handler(Http404)
def unknown(request: HttpRequest, error: Http404) -> HttpResponse:
    return refuse(request, 404, Problem("request", "path", request.path, "does not exist"))


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return refuse(request, error.status_code, Problem("request", "", None, str(error)))


@api.exception_handler(RequestDataTooBig)
def big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return too_big(request, None)


@api.exception_handler(TooManyGuests)
def many(request: HttpRequest, error: TooManyGuests) -> HttpResponse:
    return crowded(request)
