"""People of a class: join, come back on another device, help to lead, raise a hand, be sent out."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from components.problem import Problem
from playground.accounts.models import Person
from playground.designs.models import Member
from playground.ids import is_token, new_token
from playground.limits import LEARNERS_PER_SESSION
from playground.live.models import Participant, Session
from playground.live.news import changed, one, roster_changed, tell_sync
from playground.live.words import folded, line
from playground.live.work import copy_give, members_add, thaw

NAME_LEAST, NAME_MOST = 2, 24


def session_find(code: str) -> Session | None:
    return Session.objects.filter(code=code).first()


def participant_of(session: Session, person: Person | None) -> Participant | None:
    if person is None:
        return None
    return Participant.objects.select_related("design", "person").filter(session=session, person=person).first()


def join(*, session: Session, person: Person, nickname: str) -> tuple[Participant | None, list[Problem]]:
    """The person's place in the class: the one there is, or a new one with the design that was pushed last."""
    found = participant_of(session, person)
    if found is not None and found.kicked_at is not None:
        return None, [Problem("class", "", None, "an instructor has sent you out of this class")]
    if not session.open:
        return None, [Problem("class", "code", session.code, "is closed")]
    if found is not None:
        return found, []
    if problems := name_problems(nickname):
        return None, problems
    if person.pk == session.owner_id:
        return None, [Problem("class", "", None, "is led by you; open its console")]
    made, problems = _seat(session, person, line(nickname))
    if made is not None:
        copy_give(session, made)
        roster_changed(session.pk)
    return made, problems


def _seat(session: Session, person: Person, nickname: str) -> tuple[Participant | None, list[Problem]]:
    try:
        with transaction.atomic():
            Session.objects.select_for_update().get(pk=session.pk)
            if Participant.objects.filter(session=session, role="learner").count() >= LEARNERS_PER_SESSION:
                rule = f"is full: at most {LEARNERS_PER_SESSION} learners"
                return None, [Problem("class", "code", session.code, rule)]
            made = Participant.objects.create(
                session=session, person=person, nickname=nickname, folded=folded(nickname)
            )
    except IntegrityError:
        return None, [Problem("class", "nickname", nickname, "is taken in this class")]
    return made, []


def name_problems(nickname: str) -> list[Problem]:
    shown = line(nickname)
    if NAME_LEAST <= len(shown) <= NAME_MOST and any(c.isalnum() for c in shown):
        return []
    return [Problem("class", "nickname", nickname[:80], f"must be {NAME_LEAST} to {NAME_MOST} letters")]


def kick(*, participant: Participant) -> None:
    """Out of the class at once. The design stays with its owner, and can be changed again."""
    Participant.objects.filter(pk=participant.pk).update(kicked_at=timezone.now(), hand_at=None, token=new_token())
    Session.objects.filter(pk=participant.session_id, spotlight=participant).update(spotlight=None)
    if participant.design is not None:
        thaw(participant.design)
        Member.objects.filter(design=participant.design).delete()
    tell_sync(one(participant.pk), {"type": "session.changed"})
    changed(participant.session_id)
    roster_changed(participant.session_id)


def hand_set(*, participant: Participant, up: bool) -> None:
    Participant.objects.filter(pk=participant.pk).update(hand_at=timezone.now() if up else None)
    tell_sync(one(participant.pk), {"type": "session.changed"})
    roster_changed(participant.session_id)


def help_lead(*, token: str, person: Person) -> tuple[Session | None, list[Problem]]:
    """Makes whoever has the link an instructor of the class."""
    session = Session.objects.filter(co_token=token).first() if is_token(token) else None
    if session is None:
        return None, []
    if person.pk == session.owner_id:
        return session, []
    found = participant_of(session, person)
    if found is not None and found.kicked_at is not None:
        return session, [Problem("class", "", None, "an instructor has sent you out of this class")]
    if found is None:
        number = Participant.objects.filter(session=session, role="instructor").count() + 2
        name = f"Instructor {number}"
        defaults: dict[str, Any] = {"nickname": name, "folded": f"{folded(name)} {person.pk}", "role": "instructor"}
        found, _ = Participant.objects.get_or_create(session=session, person=person, defaults=defaults)
    elif found.role != "instructor":
        Participant.objects.filter(pk=found.pk).update(role="instructor", hand_at=None)
    members_add(session, person)
    roster_changed(session.pk)
    return session, []


def co_link_renew(*, session: Session) -> str:
    """A new link for co-instructors; the old one is worth nothing any more. Those who came by it stay."""
    session.co_token = new_token()
    session.save(update_fields=["co_token"])
    return session.co_token


def by_personal_link(token: str) -> Participant | None:
    """Whose personal link this is. A guest's only: an account has a way of its own to be elsewhere."""
    if not is_token(token):
        return None
    found = Participant.objects.select_related("session", "person").filter(token=token, kicked_at=None).first()
    return found if found is not None and found.person.guest else None


def seen(participant_id: str) -> None:
    Participant.objects.filter(pk=participant_id).update(seen_at=timezone.now())
