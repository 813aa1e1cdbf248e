from __future__ import annotations

from collections.abc import Callable

import pytest

from playground.accounts.models import Person
from playground.live import joining
from playground.live.models import Participant, Session
from playground.live.people import join
from playground.live.sessions import session_open
from playground.live.work import push
from playground.rates import Buckets
from tests.playground.world import TWO_SERVICES


@pytest.fixture(autouse=True)
def _nobody_has_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "_guesses", Buckets(100, 1000))


@pytest.fixture
def session(owner: Person) -> Session:
    made, problems = session_open(owner=owner, title="Group B", led_by="M. Kovač")
    assert made is not None, problems
    return made


@pytest.fixture
def learner(session: Session) -> Callable[[str], Participant]:
    """Somebody new who joins under a name."""

    def make(name: str) -> Participant:
        made, problems = join(session=session, person=Person.objects.create(), nickname=name)
        assert made is not None, problems
        return made

    return make


@pytest.fixture
def pushed(session: Session, owner: Person) -> Session:
    """The class has been given a design that can run."""
    from playground.designs.services import design_create

    design, _ = design_create(owner=owner, document=TWO_SERVICES)
    assert design is not None
    push(session=session, person=owner, message={"design": design.pk})
    return session
