from __future__ import annotations

from playground.accounts.claims import merge
from playground.accounts.models import Person
from playground.labs.models import Work
from playground.labs.services import progress_of, work_open
from tests.playground.labs.conftest import SLUG, grade, submitted


def test_what_a_guest_has_passed_comes_along(work: Work, owner: Person, other: Person) -> None:
    grade(submitted(work, owner))
    untouched, _ = work_open(person=other, slug=SLUG)
    merge(owner, other)
    work.refresh_from_db()
    assert work.person == other and work.design.owner == other
    assert progress_of(other)[SLUG]["passed"]
    assert untouched is not None and not Work.objects.filter(pk=untouched.pk).exists()


def test_a_work_with_attempts_is_not_given_up_for_another(work: Work, owner: Person, other: Person) -> None:
    theirs, _ = work_open(person=other, slug=SLUG)
    assert theirs is not None
    grade(submitted(theirs, other))
    submitted(work, owner)
    merge(owner, other)
    theirs.refresh_from_db()
    assert theirs.person == other and progress_of(other)[SLUG]["passed"]
