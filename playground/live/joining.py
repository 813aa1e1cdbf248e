"""Pages of learners: join by code, one's own work, back on another device; and the link of co-instructors."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from components.problem import Problem
from playground.accounts.services import SESSION_KEY, address_of, person_ensure, person_of
from playground.designs.permissions import Role
from playground.designs.views import page
from playground.labs.models import Work
from playground.labs.views import lab_page
from playground.limits import CODES_PER_MINUTE
from playground.live.codes import code_in
from playground.live.models import Participant, Session
from playground.live.people import by_personal_link, help_lead, join, participant_of, session_find
from playground.live.permissions import Seat, seat_of
from playground.live.work import copy_give
from playground.middleware import refuse
from playground.rates import Buckets

_guesses = Buckets(CODES_PER_MINUTE / 60, CODES_PER_MINUTE)


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, code: str = "") -> HttpResponse:
    """The code, a name, a button. Who is in the class already goes straight to their work."""
    typed = request.POST.get("code", "") or request.GET.get("code", "") or code
    session, problems = _found(request, typed) if typed else (None, [])
    if isinstance(problems, HttpResponse):
        return problems
    person = person_of(request)
    if session is not None and request.method != "POST":
        if seat_of(person, session) in (Seat.INSTRUCTOR, Seat.CO_INSTRUCTOR):
            return redirect("live-console", session.pk)
        if seat_of(person, session) is Seat.LEARNER and session.open:
            return redirect("live-work", session.code)
    nickname = request.POST.get("nickname", "")
    if session is not None and request.method == "POST":
        made, problems = join(session=session, person=person_ensure(request), nickname=nickname)
        if made is not None:
            return redirect("live-work", session.code)
    elif request.method == "POST" and not problems:
        problems = [Problem("class", "code", "", "must be given")]
    context = {"session": session, "code": session.code if session else typed[:20], "nickname": nickname[:24]}
    status = 422 if problems else 200
    return render(request, "live/join.html", context | _counted(session) | {"problems": problems}, status=status)


def _found(request: HttpRequest, typed: str) -> tuple[Session | None, list[Problem] | HttpResponse]:
    """The class of a code. Guesses are counted by address: codes are short."""
    if not _guesses.take(address_of(request)):
        rule = f"must be tried at most {CODES_PER_MINUTE} times a minute from one address; wait a moment"
        return None, refuse(request, 429, Problem("class", "code", None, rule))
    code = code_in(typed)
    session = session_find(code) if code else None
    if session is None:
        return None, [Problem("class", "code", typed[:20], "is not the code of a class")]
    return session, []


def _counted(session: Session | None) -> dict[str, object]:
    if session is None:
        return {"count": 0}
    people = Participant.objects.filter(session=session, role="learner", kicked_at=None)
    return {"count": people.count(), "document": session.pushed["document"] if session.pushed else None}


@require_safe
def work(request: HttpRequest, code: str) -> HttpResponse:
    """The editor on the learner's own copy, with the class above it."""
    session = session_find(code_in(code) or "")
    participant = participant_of(session, person_of(request)) if session else None
    if session is None or participant is None or participant.kicked_at is not None:
        return redirect("live", code)
    if participant.role == "instructor":
        return redirect("live-console", session.pk)
    if participant.design is None:
        copy_give(session, participant)
    assert participant.design is not None
    link = request.build_absolute_uri(reverse("live-me", args=[participant.token]))
    lab = Work.objects.filter(design=participant.design, person=participant.person).first()
    context = lab_page(lab) if lab is not None else page(participant.design, Role.OWNER, "")
    context |= {"session": session, "participant": participant, "personal_link": link}
    context["live_page"] = {"session": session.pk, "participant": participant.pk, "design": participant.design.pk}
    context["below"] = "designs/editor.html" if lab is None else "labs/lab.html"
    return render(request, "live/work.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest, token: str) -> HttpResponse:
    """A learner's personal link: on another device they are the same participant, with the same work."""
    participant = by_personal_link(token)
    if participant is None:
        raise Http404
    if request.method == "POST":
        request.session[SESSION_KEY] = participant.person_id
        return redirect("live-work", participant.session.code)
    return render(request, "live/link.html", {"session": participant.session, "participant": participant})


@require_http_methods(["GET", "HEAD", "POST"])
def co(request: HttpRequest, token: str) -> HttpResponse:
    """The link that makes somebody a co-instructor."""
    session = Session.objects.filter(co_token=token).first()
    if session is None:
        raise Http404
    if request.method == "POST":
        found, problems = help_lead(token=token, person=person_ensure(request))
        if problems or found is None:
            return refuse(request, 403, *problems)
        return redirect("live-console", found.pk)
    return render(request, "live/link.html", {"session": session, "participant": None})
