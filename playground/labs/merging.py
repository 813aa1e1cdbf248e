"""A guest signs in to an account that has worked on the same lab: the work with attempts stays the person's."""

from __future__ import annotations

from playground.accounts.claims import before_merge
from playground.accounts.models import Person
from playground.labs.models import Work


@before_merge
def keep_the_tried_one(guest: Person, person: Person) -> None:
    """Of two works on one lab only one can be a person's. The other's design stays as a design."""
    for theirs in Work.objects.filter(person=guest):
        mine = Work.objects.filter(person=person, lab=theirs.lab).first()
        if mine is not None and theirs.attempts.exists() and not mine.attempts.exists():
            mine.delete()
