"""What can be done to designs. Refusals are Problems, never exceptions; who may do it is permissions.py's business."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from django.db import transaction
from django.db.models import Q

from components.design import as_dict, parse
from components.edits import apply, complete
from components.limits import DESIGN_BYTES
from components.problem import Problem
from components.rules import broken
from playground.accounts.models import Person
from playground.designs.blueprints import DEMO
from playground.designs.documents import SNAPSHOT_EVERY, blank, parsed_at, parsed_of, remember, snapshot
from playground.designs.models import Design, Edit, Snapshot
from playground.designs.news import tell_sync
from playground.limits import DESIGNS_PER_PERSON, EDITS_PER_DESIGN


@dataclass(frozen=True)
class Accepted:
    """An edit with its place in the log."""

    revision: int
    ref: str
    edit: dict[str, Any]
    inverse: dict[str, Any]
    by: str

    def message(self) -> dict[str, Any]:
        return {
            "type": "edit.accepted", "revision": self.revision, "ref": self.ref,
            "edit": self.edit, "inverse": self.inverse, "by": self.by,
        }  # fmt: skip


def design_create(
    *, owner: Person, document: object = None, blueprint: str = ""
) -> tuple[Design | None, list[Problem]]:
    """A design of `owner` at revision 0; without a document it is empty. It may be incomplete, but not malformed."""
    parsed, problems = parse(blank() if document is None else document, draft=True)
    if parsed is None:
        return None, problems
    if Design.objects.filter(owner=owner).count() >= DESIGNS_PER_PERSON:
        return None, [Problem("design", "count", DESIGNS_PER_PERSON, "you have as many designs as one person may have")]
    return _design_store(Design(owner=owner, name=parsed.name, document=as_dict(parsed), blueprint=blueprint)), []


@transaction.atomic
def _design_store(design: Design) -> Design:
    design.save(force_insert=True)
    Snapshot.objects.create(design=design, revision=0, document=design.document)
    return design


def design_fork(*, design: Design, owner: Person, revision: int | None = None) -> tuple[Design | None, list[Problem]]:
    """A copy of a revision (None: the newest) that belongs to `owner` and remembers where it comes from.

    Raises LookupError for a revision that does not exist.
    """
    at = design.revision if revision is None else revision
    document = design.document if at == design.revision else design_at(design=design, revision=at)
    fork, problems = design_create(owner=owner, document=document)
    if fork is not None:
        fork.forked_from, fork.forked_revision = design, at
        fork.save(update_fields=["forked_from", "forked_revision"])
    return fork, problems


def edit_apply(*, design_id: str, person: Person, edit: object, ref: str = "") -> tuple[Accepted | None, list[Problem]]:
    """Checks an edit against the newest document and gives it the next revision number, all or nothing.

    Raises Design.DoesNotExist.
    """
    with transaction.atomic():
        design = Design.objects.select_for_update().get(pk=design_id)
        if design.revision >= EDITS_PER_DESIGN:
            return None, [Problem("design", "revision", design.revision, "must be forked before it can change again")]
        before = parsed_of(design)
        after, problems, inverse = apply(before, edit)
        if after is None or inverse is None:
            return None, problems
        if problems := broken(design.rules, before, after):
            return None, problems
        document = as_dict(after)
        size = len(orjson.dumps(document))
        if size > DESIGN_BYTES:
            return None, [Problem("design", "bytes", size, f"must be at most {DESIGN_BYTES}")]
        accepted = Accepted(design.revision + 1, ref, complete(dict(edit)), inverse, person.pk)  # type: ignore[call-overload]
        design.revision, design.document, design.name = accepted.revision, document, after.name
        design.save(update_fields=["revision", "document", "name", "updated_at"])
        Edit.objects.create(
            design=design, revision=accepted.revision, author=person, ref=ref, edit=accepted.edit, inverse=inverse
        )
        if accepted.revision % SNAPSHOT_EVERY == 0:
            Snapshot.objects.create(design=design, revision=accepted.revision, document=document)
    remember(design.pk, accepted.revision, after)
    return accepted, []


def rules_set(*, design_id: str, **changes: Any) -> dict[str, Any]:
    """Changes rules of a design (None takes one away), tells its sockets, and returns all of them.

    Raises Design.DoesNotExist.
    """
    with transaction.atomic():
        design = Design.objects.select_for_update().get(pk=design_id)
        rules = {name: rule for name, rule in (design.rules | changes).items() if rule is not None}
        design.rules = rules
        design.save(update_fields=["rules"])
    tell_sync(design_id, {"type": "design.rules", "rules": rules})
    return rules


def edits_since(*, design: Design, revision: int, most: int = 1000) -> list[Accepted] | None:
    """The log after `revision`, oldest first; None if it does not exist or more than `most` edits are missing."""
    newest = Design.objects.values_list("revision", flat=True).get(pk=design.pk)
    if not 0 <= revision <= newest or newest - revision > most:
        return None
    entries = Edit.objects.filter(design=design, revision__gt=revision).order_by("revision")
    return [Accepted(e.revision, e.ref, e.edit, e.inverse, e.author_id or "") for e in entries]


def design_at(*, design: Design, revision: int) -> dict[str, Any]:
    """The document of an older revision. Raises LookupError for one that does not exist."""
    return as_dict(parsed_at(design, revision))


def revision_keep(*, design: Design) -> int:
    """Snapshots the newest revision for something that will name it, and returns its number."""
    snapshot(design, design.revision)
    return design.revision


def designs_of(person: Person) -> list[Design]:
    """Newest change first, without those that the home page made for its demo and that were never changed."""
    untouched_demo = Q(blueprint=DEMO, revision=0)
    own = Design.objects.filter(owner=person).exclude(untouched_demo)
    return list(own.select_related("forked_from").order_by("-updated_at")[:200])


def demo_open(*, person: Person, document: dict[str, Any]) -> Design:
    """The person's own copy of the home page's design; a fresh one where it was changed."""
    found = Design.objects.filter(owner=person, blueprint=DEMO, revision=0).order_by("-created_at").first()
    if found is not None and found.document == document:
        return found
    design, problems = design_create(owner=person, document=document, blueprint=DEMO)
    if design is None:
        raise ValueError("; ".join(problem.line() for problem in problems))
    return design
