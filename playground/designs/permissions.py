"""Who may do what, for every page, API call and socket message: one table of actions and roles.

A run belongs to its design: who may see the design may watch its runs, who owns it may command them.
"""

from __future__ import annotations

from enum import Enum

from playground.accounts.models import Person
from playground.designs.models import Design, Share
from playground.ids import is_token


class Role(Enum):
    OWNER = "owner"
    VIEWER = "viewer"
    STRANGER = "stranger"


class Action(Enum):
    SEE = "see this design"
    EDIT = "change this design"
    SHARE = "share this design"
    FORK = "fork this design"
    RUN = "run this design"
    WATCH = "watch this run"
    COMMAND = "command this run"


ALLOWED: dict[Action, frozenset[Role]] = {
    Action.SEE: frozenset({Role.OWNER, Role.VIEWER}),
    Action.EDIT: frozenset({Role.OWNER}),
    Action.SHARE: frozenset({Role.OWNER}),
    Action.FORK: frozenset({Role.OWNER, Role.VIEWER}),
    Action.RUN: frozenset({Role.OWNER}),
    Action.WATCH: frozenset({Role.OWNER, Role.VIEWER}),
    Action.COMMAND: frozenset({Role.OWNER}),
}


def allowed(role: Role, action: Action) -> bool:
    return role in ALLOWED[action]


def role_of(person: Person | None, design: Design, token: str | None) -> Role:
    """The strongest of what the person is and what the share token gives."""
    if person is not None and person.pk == design.owner_id:
        return Role.OWNER
    if token and is_token(token) and Share.objects.filter(token=token, design=design, revoked_at=None).exists():
        return Role.VIEWER
    return Role.STRANGER
