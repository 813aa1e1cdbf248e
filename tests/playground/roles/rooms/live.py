"""Classes: a learner, the instructor who opened it, and one who helps; to everybody else a class is its code."""

from __future__ import annotations

from typing import Any

from playground.accounts.models import Person
from playground.live.consumers import SessionConsumer
from playground.live.models import Participant, Session
from playground.live.pace import start_all
from playground.live.people import help_lead, join
from playground.live.sessions import session_open
from playground.live.work import push
from tests.playground.roles.cast import EVERYBODY, INSTRUCTORS, World, allow, everybody

LEARNER = frozenset({"learner"})
LEADS = INSTRUCTORS
OPENED = frozenset({"instructor"})
BO = "bo" * 8

PAGES = {
    ("GET", "join"): everybody(),
    ("POST", "join"): everybody(422),  # without a code
    ("GET", "live-classes"): everybody(),
    ("POST", "live-create"): everybody(302),
    ("GET", "live"): allow(LEARNER | LEADS, yes=302, no=200),
    ("POST", "live"): allow(EVERYBODY - OPENED, yes=302, no=422),  # who leads it is no learner
    ("GET", "live-work"): allow(LEARNER, no=302),
    ("GET", "live-me"): everybody(),
    ("POST", "live-me"): everybody(302),
    ("GET", "live-co"): everybody(),
    ("POST", "live-co"): everybody(302),
    ("GET", "live-console"): allow(LEADS),
    ("POST", "live-co-renew"): allow(OPENED, yes=302),
    ("GET", "live-projector"): allow(LEADS),
    ("GET", "live-report-csv"): allow(LEADS),
    ("GET", "live-report-json"): allow(LEADS),
}
WATCHES = {SessionConsumer: LEARNER | LEADS}
SOCKETS = {
    (SessionConsumer, "hand.set"): LEARNER,
    (SessionConsumer, "class.freeze"): LEADS,
    (SessionConsumer, "class.pause"): LEADS,
    (SessionConsumer, "class.start"): LEADS,
    (SessionConsumer, "class.push"): LEADS,
    (SessionConsumer, "class.seed"): LEADS,
    (SessionConsumer, "class.board"): LEADS,
    (SessionConsumer, "class.names"): LEADS,
    (SessionConsumer, "class.spotlight"): LEADS,
    (SessionConsumer, "class.broadcast"): LEADS,
    (SessionConsumer, "learner.kick"): LEADS,
    (SessionConsumer, "learner.lower"): LEADS,
    (SessionConsumer, "class.close"): OPENED,
}
SENDS: dict[str, Any] = {
    "live-create": {"title": "Group B"},
    "live": {"nickname": "Somebody"},
    "hand.set": {"up": True},
    "class.freeze": {"on": True},
    "class.pause": {"on": True},
    "class.push": {"blueprint": "load-balanced-web-tier"},
    "class.seed": {"seed": 12},
    "class.board": {"on": True},
    "class.names": {"on": True},
    "class.spotlight": {"participant": BO},
    "class.broadcast": {"steps": [{"plan": "load", "after_s": 0}], "to": "all"},
    "learner.kick": {"participant": BO},
    "learner.lower": {"participant": BO},
    "class.close": {"on": True},
}


def session(world: World) -> Session:
    """Open, with two learners whose runs were started, and somebody who helps to lead."""
    made, problems = session_open(owner=world.person("instructor"), title="Group B")
    assert made is not None, problems
    push(session=made, person=made.owner, message={"blueprint": SENDS["class.push"]["blueprint"]})
    help_lead(token=made.co_token, person=world.person("co-instructor"))
    joined, problems = join(session=made, person=world.person("learner"), nickname="Amira")
    assert joined is not None, problems
    Participant.objects.filter(pk=BO).delete()  # of the world before
    bo = Person.objects.create()
    Participant.objects.create(id=BO, session=made, person=bo, nickname="Bo", folded="bo")
    start_all(session=made)
    return made


def values(name: str, world: World) -> dict[str, str]:
    made = world.the(session)
    personal = Participant.objects.get(session=made, person=world.person("learner")).token
    return {"id": made.pk, "code": made.code, "token": personal if name == "live-me" else made.co_token}
