"""What becomes of memberships when a guest becomes somebody."""

from __future__ import annotations

from playground.accounts.claims import before_merge
from playground.accounts.models import Person
from playground.designs.models import Member
from playground.designs.permissions import Role


@before_merge
def stronger(guest: Person, person: Person) -> None:
    """Who was let in twice keeps the stronger role."""
    for member in Member.objects.filter(person=guest, role=Role.EDITOR.value):
        Member.objects.filter(design=member.design_id, person=person).update(role=member.role)
