"""Who may do what in a class: one table of actions and roles, asked by every page and socket message of this room."""

from __future__ import annotations

from enum import Enum

from playground.accounts.models import Person
from playground.live.models import Participant, Session


class Seat(Enum):
    """What somebody is in a class. A stranger knows, at most, its code."""

    INSTRUCTOR = "instructor"
    CO_INSTRUCTOR = "co-instructor"
    LEARNER = "learner"
    KICKED = "kicked"
    STRANGER = "stranger"


class Act(Enum):
    ATTEND = "attend this class"
    HAND = "raise a hand in this class"
    WATCH = "watch everybody in this class"
    LEAD = "lead this class"
    KICK = "send somebody out of this class"
    REPORT = "see the report of this class"
    INVITE = "invite another instructor to this class"
    CLOSE = "close or reopen this class"


OWNER = frozenset({Seat.INSTRUCTOR})
INSTRUCTORS = OWNER | {Seat.CO_INSTRUCTOR}
LEARNERS = frozenset({Seat.LEARNER})

ALLOWED: dict[Act, frozenset[Seat]] = {
    Act.ATTEND: INSTRUCTORS | LEARNERS,
    Act.HAND: LEARNERS,
    Act.WATCH: INSTRUCTORS,
    Act.LEAD: INSTRUCTORS,
    Act.KICK: INSTRUCTORS,
    Act.REPORT: INSTRUCTORS,
    Act.INVITE: OWNER,
    Act.CLOSE: OWNER,
}


def allowed(seat: Seat, act: Act) -> bool:
    return seat in ALLOWED[act]


def seat_of(person: Person | None, session: Session) -> Seat:
    if person is None:
        return Seat.STRANGER
    if person.pk == session.owner_id:
        return Seat.INSTRUCTOR
    found = Participant.objects.filter(session=session, person=person).values_list("role", "kicked_at").first()
    if found is None:
        return Seat.STRANGER
    role, kicked_at = found
    if kicked_at is not None:
        return Seat.KICKED
    return Seat.CO_INSTRUCTOR if role == "instructor" else Seat.LEARNER
