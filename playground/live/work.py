"""Learners' own copies: given, frozen, and open to the eyes of those who lead the class."""

from __future__ import annotations

from typing import Any

from components.problem import Problem
from playground.accounts.models import Person
from playground.designs.blueprints import blueprints
from playground.designs.documents import blank
from playground.designs.models import Design, Member
from playground.designs.permissions import Action, allowed, role_of
from playground.designs.services import design_create, rules_set
from playground.labs.services import labs, work_open
from playground.live.models import Participant, Session
from playground.live.news import changed, one, roster_changed, tell_sync

FROZEN = "Your instructor has frozen editing."


def learners(session: Session) -> list[Participant]:
    """Those who take part, in the order in which they came."""
    found = Participant.objects.select_related("design", "person").filter(
        session=session, role="learner", kicked_at=None
    )
    return list(found.order_by("joined_at"))


def push(*, session: Session, person: Person, message: dict[str, Any]) -> tuple[int, list[Problem]]:
    """Gives every learner an own copy of a design, a blueprint or a lab. Returns how many got one."""
    given, problems = _given(person, message)
    if given is None:
        return 0, problems
    session.pushed, session.pushes = given, session.pushes + 1
    session.save(update_fields=["pushed", "pushes"])
    refused: list[Problem] = []
    everybody = learners(session)
    for participant in everybody:
        refused += copy_give(session, participant)
        tell_sync(one(participant.pk), {"type": "session.changed"})
    changed(session.pk)
    roster_changed(session.pk)
    return len(everybody) - len(refused), refused


def _given(person: Person, message: dict[str, Any]) -> tuple[dict[str, Any] | None, list[Problem]]:
    """What is to be pushed: {"title", "document"}, and "lab" where it is one."""
    id, slug, lab = message.get("design"), message.get("blueprint"), message.get("lab")
    if isinstance(lab, str) and lab in labs():
        return {"title": labs()[lab].title, "document": labs()[lab].start, "lab": lab}, []
    if isinstance(slug, str) and slug in blueprints():
        return {"title": blueprints()[slug].document["name"], "document": blueprints()[slug].document}, []
    if isinstance(id, str):
        design = Design.objects.filter(pk=id).first()
        if design is None or not allowed(role_of(person, design, None), Action.FORK):
            return None, [Problem("class", "design", id, "must be a design that you may copy")]
        return {"title": design.name, "document": design.document}, []
    return None, [Problem("class", "design", id or slug or lab, "must name a design of yours, a blueprint or a lab")]


def copy_give(session: Session, participant: Participant) -> list[Problem]:
    """The participant's copy of what was pushed last, or a blank one. An earlier copy stays theirs, and thaws."""
    if participant.design is not None and participant.push == session.pushes:
        return []
    made, problems = _copy(session, participant.person)
    if made is None:
        return problems
    before, participant.design, participant.push = participant.design, made, session.pushes
    participant.save(update_fields=["design", "push"])
    if before is not None and before != made:
        thaw(before)
    for instructor in instructors(session):
        Member.objects.get_or_create(design=made, person=instructor, defaults={"role": "viewer"})
    if session.frozen:
        rules_set(design_id=made.pk, frozen=FROZEN)
    return []


def _copy(session: Session, person: Person) -> tuple[Design | None, list[Problem]]:
    """Of a lab it is the work that the person has on it, with what they did there before."""
    given = session.pushed or {"document": blank()}
    if lab := given.get("lab"):
        work, problems = work_open(person=person, slug=lab)
        return (work.design if work else None), problems
    return design_create(owner=person, document=given["document"])


def instructors(session: Session) -> list[Person]:
    helping = Participant.objects.select_related("person").filter(session=session, role="instructor", kicked_at=None)
    return [session.owner, *(participant.person for participant in helping)]


def members_add(session: Session, person: Person) -> None:
    """Lets somebody who helps to lead look at every learner's design."""
    for participant in learners(session):
        if participant.design is not None and participant.person_id != person.pk:
            Member.objects.get_or_create(design=participant.design, person=person, defaults={"role": "viewer"})


def freeze_all(session: Session) -> None:
    for participant in learners(session):
        if participant.design is not None:
            rules_set(design_id=participant.design.pk, frozen=FROZEN)


def thaw_all(session: Session) -> None:
    for participant in learners(session):
        if participant.design is not None:
            thaw(participant.design)


def thaw(design: Design) -> None:
    rules_set(design_id=design.pk, frozen=None)
