"""Who may do what, for every page, API call and socket message: one table of actions and roles.

A run belongs to its design: who may see the design may watch its runs, who may change it may command them.
"""

from __future__ import annotations

from enum import Enum

from playground.accounts.models import Person
from playground.designs.models import Design, Member, Share
from playground.ids import is_token


class Role(Enum):
    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"
    STRANGER = "stranger"


class Action(Enum):
    SEE = "see this design"
    EDIT = "change this design"
    SHARE = "share this design"
    RESTORE = "restore an old revision of this design"
    FORK = "fork this design"
    RUN = "run this design"
    WATCH = "watch this run"
    COMMAND = "command this run"


OWNERS = frozenset({Role.OWNER})
EDITORS = OWNERS | {Role.EDITOR}
VIEWERS = EDITORS | {Role.VIEWER}

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.SEE: VIEWERS,
    Action.EDIT: EDITORS,
    Action.SHARE: OWNERS,
    Action.RESTORE: EDITORS,
    Action.FORK: VIEWERS,
    Action.RUN: EDITORS,
    Action.WATCH: VIEWERS,
    Action.COMMAND: EDITORS,
}


def allowed(role: Role, action: Action) -> bool:
    return role in ALLOWED[action]


def role_of(person: Person | None, design: Design, token: str | None) -> Role:
    """The strongest of what the person is and what the share token gives."""
    if person is not None and person.pk == design.owner_id:
        return Role.OWNER
    given = {_member(person, design), _token(token, design)}
    return next((role for role in (Role.EDITOR, Role.VIEWER) if role.value in given), Role.STRANGER)


def _member(person: Person | None, design: Design) -> str | None:
    if person is None:
        return None
    return Member.objects.filter(design=design, person=person).values_list("role", flat=True).first()


def _token(token: str | None, design: Design) -> str | None:
    """The role of a link to the newest revision; a frozen one opens its revision and nothing else."""
    share = share_of(token, design)
    return None if share is None or share.revision is not None else share.role


def share_of(token: str | None, design: Design) -> Share | None:
    """The link of this design that a token names, if it is neither revoked nor over."""
    if not token or not is_token(token):
        return None
    return Share.objects.filter(Share.open(), token=token, design=design).first()
