"""Documents: the parsed form of a stored design, and the document of an older revision."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any

from components.design import Design as Parsed
from components.design import as_dict, parse
from components.edits import apply
from playground.designs.models import Design, Snapshot

PARSED_KEPT = 64
SNAPSHOT_EVERY = 50

_parsed: OrderedDict[tuple[str, int], Parsed] = OrderedDict()
_lock = Lock()


def blank(name: str = "Untitled design") -> dict[str, Any]:
    return {
        "format": 1, "name": name, "description": "", "scale": 1, "nodes": [], "links": [], "script": [], "slos": [],
    }  # fmt: skip


def stored(document: object) -> Parsed:
    """Parses a document that was checked when it was stored. Raises ValueError where it no longer passes."""
    parsed, problems = parse(document, draft=True)
    if parsed is None:
        raise ValueError("; ".join(problem.line() for problem in problems))
    return parsed


def parsed_of(design: Design) -> Parsed:
    """The parsed newest document; a revision never changes, so the last ones used are kept per process."""
    key = (design.pk, design.revision)
    with _lock:
        if key in _parsed:
            _parsed.move_to_end(key)
            return _parsed[key]
    return remember(design.pk, design.revision, stored(design.document))


def remember(design_id: str, revision: int, parsed: Parsed) -> Parsed:
    with _lock:
        _parsed[(design_id, revision)] = parsed
        while len(_parsed) > PARSED_KEPT:
            _parsed.popitem(last=False)
    return parsed


def parsed_at(design: Design, revision: int) -> Parsed:
    """The design at an older revision: the last snapshot before it and the edits since.

    Raises LookupError for a revision that does not exist.
    """
    if revision == design.revision:
        return parsed_of(design)
    key = (design.pk, revision)
    with _lock:
        if key in _parsed:
            return _parsed[key]
    start = Snapshot.objects.filter(design=design, revision__lte=revision).order_by("-revision").first()
    if start is None or revision > design.revision:
        raise LookupError(f"{design.pk} has no revision {revision}")
    parsed = stored(start.document)
    for entry in design.edits.filter(revision__gt=start.revision, revision__lte=revision):
        after, problems, _ = apply(parsed, entry.edit)
        if after is None:
            raise ValueError(f"{entry}: " + "; ".join(problem.line() for problem in problems))
        parsed = after
    return remember(design.pk, revision, parsed)


def snapshot(design: Design, revision: int) -> None:
    """Keeps the document of a revision, so that the run or fork that names it can read it at once."""
    document = as_dict(parsed_at(design, revision))
    Snapshot.objects.get_or_create(design=design, revision=revision, defaults={"document": document})
