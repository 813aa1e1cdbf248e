"""The history of a design: who changed what when, and going back to a revision as one new edit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from components.diff import diff
from components.problem import Problem
from playground.accounts.models import Person
from playground.designs.documents import parsed_at, parsed_of
from playground.designs.look.changes import changes
from playground.designs.models import Design, Edit
from playground.designs.services import Accepted, edit_apply

TOGETHER = timedelta(minutes=10)
EDITS_READ = 300


@dataclass
class Stretch:
    """Edits in a row by one author, with no long pause between them; `revision` is the last of them."""

    author: str
    first: int
    revision: int
    at: datetime
    words: list[str] = field(default_factory=list)


def history(*, design: Design, before: int | None = None) -> tuple[list[Stretch], int | None]:
    """Stretches of work up to revision `before`, newest first, and the revision to go on from (None: that was all)."""
    entries = Edit.objects.filter(design=design).select_related("author").order_by("-revision")
    if before is not None:
        entries = entries.filter(revision__lte=before)
    read = list(entries[:EDITS_READ])
    names = {part["id"]: part["name"] for part in design.document["nodes"]}
    stretches: list[Stretch] = []
    for entry in read:
        author = entry.author.name if entry.author else "Somebody"
        last = stretches[-1] if stretches else None
        if last is None or last.author != author or last.at - entry.created_at > TOGETHER:
            last = Stretch(author, entry.revision, entry.revision, entry.created_at)
            stretches.append(last)
        last.first, last.at = entry.revision, max(last.at, entry.created_at)
        last.words += [words for words in changes(entry.edit, entry.inverse, names) if words not in last.words]
    more = read[-1].revision - 1 if len(read) == EDITS_READ and read[-1].revision > 1 else None
    return stretches, more


def restoring(*, design: Design, revision: int) -> dict[str, Any] | None:
    """The edit that makes the newest revision what `revision` was; None if it is that already.

    Raises LookupError for a revision that does not exist.
    """
    return diff(parsed_of(design), parsed_at(design, revision))


def revision_restore(*, design_id: str, person: Person, revision: int) -> tuple[Accepted | None, list[Problem]]:
    """Goes back to a revision by one new edit, under the same rules as every edit. (None, []): nothing to do.

    Raises Design.DoesNotExist.
    """
    with transaction.atomic():
        design = Design.objects.select_for_update().get(pk=design_id)
        try:
            edit = restoring(design=design, revision=revision)
        except LookupError:
            rule = f"must be between 0 and {design.revision}"
            return None, [Problem("design", "revision", revision, rule)]
        if edit is None:
            return None, []
        return edit_apply(design_id=design_id, person=person, edit=edit)
