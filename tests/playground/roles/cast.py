"""Who is who: one list of roles for all rooms, and the world in which one of them tries something.

anonymous         came without a cookie and without a link
guest             has a cookie and nothing to do with the design
owner             made the design
editor, viewer    came by a link that lets them change it, or look
member editor, member viewer  were let in by name
frozen            came by a link that shows one revision, which is not the newest any more
revoked, expired  have a link that was taken back, or that is over
learner, instructor, co-instructor  of a class; its room says what they may, elsewhere they are strangers
stranger          is signed in to an account, and has a design of their own
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

from django.contrib.auth.models import User
from django.test import Client
from django.utils.timezone import now

from playground.accounts.models import Person
from playground.designs.models import Design, Member, Share
from playground.designs.services import design_create, edit_apply
from playground.ids import new_id
from tests.playground.conftest import browser_of
from tests.playground.world import RENAME, TWO_SERVICES

ROLES = (
    "anonymous", "guest", "owner", "editor", "viewer", "member editor", "member viewer", "frozen", "revoked", "expired",
    "learner", "instructor", "co-instructor", "stranger",
)  # fmt: skip
EVERYBODY = frozenset(ROLES)
OWNERS = frozenset({"owner"})
EDITORS = OWNERS | {"editor", "member editor"}
VIEWERS = EDITORS | {"viewer", "member viewer"}
FROZEN = VIEWERS | {"frozen"}  # who may see revision 0
INSTRUCTORS = frozenset({"instructor", "co-instructor"})

Answers = Mapping[str, int]
Made = TypeVar("Made")


def allow(roles: frozenset[str] | set[str], yes: int = 200, no: int = 403, **others: int) -> Answers:
    """What each role is answered: `yes` for `roles`, `no` for the rest; `others` names exceptions (co_instructor=…)."""
    answers = {role: yes if role in roles else no for role in ROLES}
    given = {name.replace("_", "-" if name.startswith("co") else " "): status for name, status in others.items()}
    assert set(given) <= EVERYBODY, given
    return answers | given


def everybody(status: int = 200) -> Answers:
    return allow(EVERYBODY, status)


class World:
    """A design with its owner, and one visitor in a role. Rooms build more in it with `the`."""

    def __init__(self, role: str) -> None:
        self._people: dict[str, Person] = {}
        self._made: dict[Callable[[World], object], object] = {}
        made, problems = design_create(owner=self.person("owner"), document=TWO_SERVICES)
        assert made is not None, problems
        self.design: Design = made
        self.enter(role)

    def enter(self, role: str) -> World:
        """Somebody else comes to the same world, where the one before has changed nothing."""
        assert role in ROLES, role
        self.role = role
        self.visitor = None if role == "anonymous" else self.person(role)
        self.token = self._enter()
        return self

    def person(self, role: str) -> Person:
        """The person in a role, who exists from the first time that somebody asks."""
        if role not in self._people:
            user = User.objects.create(username=f"{role}-{new_id()}") if role == "stranger" else None
            self._people[role] = Person.objects.create(name=role.capitalize(), user=user)
        return self._people[role]

    def the(self, make: Callable[[World], Made]) -> Made:
        """What `make(world)` makes, made once in this world: a run, a session, a lab's work."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]  # type: ignore[return-value]

    @property
    def browser(self) -> Client:
        return browser_of(self.visitor)

    @property
    def query(self) -> str:
        """What a link adds to every address."""
        return f"?share={self.token}" if self.token else ""

    @property
    def link(self) -> str:
        """The token of the visitor's own link; of one to look for everybody who came without."""
        return self.token or str(self.the(_to_look).token)

    def _enter(self) -> str:
        """Makes the visitor what the role says; the token of the link by which they came, if any."""
        if self.role.startswith("member "):
            Member.objects.create(design=self.design, person=self.person(self.role), role=self.role.split()[1])
        if self.role == "stranger":
            design_create(owner=self.person("stranger"), document=TWO_SERVICES)
        if self.role in ("editor", "viewer"):
            return Share.objects.create(design=self.design, role=self.role).token
        if self.role == "frozen":
            edit_apply(design_id=self.design.pk, person=self.person("owner"), edit=RENAME)
            self.design.refresh_from_db()
            return Share.objects.create(design=self.design, revision=0).token
        if self.role == "revoked":
            return Share.objects.create(design=self.design, role="editor", revoked_at=now()).token
        if self.role == "expired":
            over = now() - timedelta(seconds=1)
            return Share.objects.create(design=self.design, role="editor", expires_at=over).token
        return ""


class Worlds:
    """A world for each role: a new one for whoever may change something, the same one for all others."""

    def __init__(self, harmless: frozenset[str] | set[str]) -> None:
        self._harmless = harmless
        self._shared: World | None = None

    def world(self, role: str) -> World:
        if role not in self._harmless:
            return World(role)
        self._shared = World(role) if self._shared is None else self._shared.enter(role)
        return self._shared


def harmless(method: str, answers: Answers) -> set[str]:
    """The roles who change nothing: whoever is refused, and everybody where one can only look."""
    return {role for role, status in answers.items() if method == "GET" or status >= 400}


def _to_look(world: World) -> Share:
    return Share.objects.create(design=world.design)
