"""Who may do what with a work and its attempts: one table. A lab itself is open to everybody."""

from __future__ import annotations

from enum import Enum

from playground.accounts.models import Person
from playground.labs.models import Work


class Role(Enum):
    LEARNER = "learner"
    STRANGER = "stranger"


class Action(Enum):
    SEE = "see this attempt"
    CANCEL = "cancel this attempt"
    REPLAY = "replay this attempt"


LEARNERS = frozenset({Role.LEARNER})

ALLOWED: dict[Action, frozenset[Role]] = {Action.SEE: LEARNERS, Action.CANCEL: LEARNERS, Action.REPLAY: LEARNERS}


def role_of(person: Person | None, work: Work) -> Role:
    """A work belongs to whom its design belongs to; an instructor sees the design, not what was answered."""
    return Role.LEARNER if person is not None and person.pk == work.person_id else Role.STRANGER


def allowed(role: Role, action: Action) -> bool:
    return role in ALLOWED[action]
