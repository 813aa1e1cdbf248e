"""The report of a class: what each learner did, for a table or a program. Nobody's design is in it, only figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from playground.live.broadcasts import broadcasts_of
from playground.live.models import Delivery, Participant, Session

COLUMNS = (
    "name", "joined", "design", "revision", "score", "goodput", "speed", "recovery", "budget", "cost", "served", "failed",
    "failed_share", "p99_ms", "target_ms", "budget_spent", "cost_per_month", "mean_recovery_s", "broadcasts_received",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def report_of(session: Session) -> dict[str, Any]:
    """{"class", "broadcasts", "learners": [one object of COLUMNS each]}; those who were sent out are left out."""
    people = Participant.objects.select_related("design").filter(session=session, role="learner", kicked_at=None)
    received: dict[str, int] = {}
    for id in (
        Delivery.objects.filter(broadcast__session=session).exclude(seqs=[]).values_list("participant", flat=True)
    ):
        received[id] = received.get(id, 0) + 1
    return {
        "class": {"title": session.title, "code": session.code, "seed": session.seed,
                  "opened_at": session.created_at.isoformat(),
                  "closed_at": session.closed_at.isoformat() if session.closed_at else None},
        "broadcasts": list(reversed(broadcasts_of(session))),
        "learners": [_line(person, received.get(person.pk, 0)) for person in people.order_by("joined_at")],
    }  # fmt: skip


def _line(person: Participant, received: int) -> dict[str, Any]:
    figures, parts = person.score, person.score.get("parts", {})
    took = [each["seconds"] for each in figures.get("recovery_s", ())]
    return {
        "name": person.nickname, "joined": person.joined_at.isoformat(timespec="seconds"),
        "design": person.design.name if person.design else None,
        "revision": person.design.revision if person.design else None, "score": figures.get("score"),
        **{name: parts.get(name) for name in ("goodput", "speed", "recovery", "budget", "cost")},
        **{name: figures.get(name) for name in
           ("served", "failed", "failed_share", "p99_ms", "target_ms", "budget_spent", "cost_per_month")},
        "mean_recovery_s": round(sum(took) / len(took), 1) if took else None, "broadcasts_received": received,
    }  # fmt: skip


def as_csv(lines: Iterable[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerow([cell(line[name]) for name in COLUMNS])
    return out.getvalue()


def cell(value: object) -> object:
    """What a learner typed must not become a formula when the table is opened: such text gets a quote in front."""
    if not isinstance(value, str):
        return "" if value is None else value
    return f"'{value}" if value.lstrip().startswith(FORMULA) or value.startswith(FORMULA) else value
