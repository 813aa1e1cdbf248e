"""Pages of instructors: open a class, its console, its projector, its report."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from components.catalog import catalogue
from playground.accounts.services import person_ensure, person_of
from playground.designs.blueprints import gallery
from playground.designs.permissions import Role
from playground.designs.services import designs_of
from playground.designs.views import page
from playground.labs.services import labs
from playground.live.access import session_for
from playground.live.models import Session
from playground.live.people import co_link_renew
from playground.live.permissions import Act, Seat
from playground.live.plans import PLANS, SCRIPTS
from playground.live.qr import qr_svg
from playground.live.report import as_csv, report_of
from playground.live.sessions import session_open, sessions_of
from playground.live.state import board
from playground.middleware import refuse


@require_safe
def classes(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    return render(request, "live/classes.html", {"sessions": sessions_of(person) if person else []})


@require_POST
def create(request: HttpRequest) -> HttpResponse:
    title, led_by = request.POST.get("title", ""), request.POST.get("led_by", "")
    session, problems = session_open(owner=person_ensure(request), title=title, led_by=led_by)
    return refuse(request, 422, *problems) if session is None else redirect("live-console", session.pk)


@require_safe
def console(request: HttpRequest, id: str) -> HttpResponse:
    session, seat = session_for(request, id, Act.WATCH)
    person = person_of(request)
    assert person is not None  # a stranger may not watch
    context = {
        "session": session, "mine": seat is Seat.INSTRUCTOR, "plans": PLANS, "scripts": SCRIPTS,
        "designs": designs_of(person)[:50], "blueprints": gallery(), "labs": labs().values(), **join_words(request, session),
        "page": {"session": session.pk, "plans": {name: plan.label for name, plan in PLANS.items()},
                 "scripts": {name: list(steps) for name, (_, steps) in SCRIPTS.items()}},
    }  # fmt: skip
    return render(request, "live/console.html", context)


@require_safe
def projector(request: HttpRequest, id: str) -> HttpResponse:
    """For the wall of the room: one design in large, three numbers, no names unless they may be shown."""
    session, _ = session_for(request, id, Act.WATCH)
    shown = session.spotlight if session.spotlight and session.spotlight.kicked_at is None else None
    context: dict[str, Any] = {"session": session, "spotlight": shown, **join_words(request, session)}
    context |= {"board": board(session) if session.board_shown else None, "catalogue": catalogue()}
    if shown is not None and shown.design is not None:
        context |= page(shown.design, Role.VIEWER, "")
    context["page"] = {"session": session.pk, "spotlight": shown.pk if shown else None,
                       "design": shown.design_id if shown else None}  # fmt: skip
    return render(request, "live/projector.html", context)


@require_safe
def report_csv(request: HttpRequest, id: str) -> HttpResponse:
    session, _ = session_for(request, id, Act.REPORT)
    answer = HttpResponse(as_csv(report_of(session)["learners"]), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="class-{session.code}.csv"'
    return answer


@require_safe
def report_json(request: HttpRequest, id: str) -> HttpResponse:
    session, _ = session_for(request, id, Act.REPORT)
    answer = JsonResponse(report_of(session))
    answer["Content-Disposition"] = f'attachment; filename="class-{session.code}.json"'
    return answer


@require_POST
def renew(request: HttpRequest, id: str) -> HttpResponse:
    """Another link for co-instructors; the old one opens nothing any more."""
    session, _ = session_for(request, id, Act.INVITE)
    co_link_renew(session=session)
    return redirect("live-console", session.pk)


def join_words(request: HttpRequest, session: Session) -> dict[str, Any]:
    """How people get in: the address to type, the address in the QR code."""
    address = request.build_absolute_uri(reverse("live", args=[session.code]))
    return {
        "join_link": address, "join_host": f"{request.get_host()}/join", "qr": qr_svg(address),
        "co_link": request.build_absolute_uri(reverse("live-co", args=[session.co_token])),
    }  # fmt: skip
