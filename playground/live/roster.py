"""The roster of a class as the database has it: who is in it, on which design, in which run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components.catalog import catalogue
from components.cost import cost
from playground.designs.documents import stored
from playground.designs.look.preview import preview
from playground.designs.models import Design
from playground.live.goals import Goals, goals_of
from playground.live.models import Delivery, Participant, Session
from playground.runs.models import Run


@dataclass(frozen=True)
class Learner:
    """A line of the roster. `run`: the newest run of the design that is not over; `hits`: when broadcasts began in it."""

    id: str
    name: str
    hand: bool
    design: str
    revision: int
    run: str
    run_revision: int
    hits: tuple[float, ...]
    score: dict[str, Any]


@dataclass(frozen=True)
class Drawn:
    """A design at a revision, as the console needs it."""

    document: dict[str, Any]
    goals: Goals
    picture: dict[str, Any]
    per_month: float


def roster_of(session_id: str) -> list[Learner]:
    """Learners who were not sent out, in the order in which they came."""
    people = Participant.objects.filter(session_id=session_id, role="learner", kicked_at=None).order_by("joined_at")
    rows = list(people.values("id", "nickname", "hand_at", "design_id", "design__revision", "score"))
    designs = [row["design_id"] for row in rows if row["design_id"]]
    active = Run.objects.filter(design_id__in=designs, finished_at=None).order_by("created_at")
    runs: dict[str, dict[str, Any]] = {
        run["design_id"]: dict(run) for run in active.values("id", "design_id", "revision")
    }
    hits: dict[str, list[float]] = {}
    sent = Delivery.objects.filter(broadcast__session_id=session_id, run__in=[run["id"] for run in runs.values()])
    for run, at_s in sent.exclude(seqs=[]).values_list("run_id", "broadcast__at_s"):
        hits.setdefault(run, []).append(at_s)
    return [_learner(dict(row), runs.get(row["design_id"]), hits) for row in rows]


def _learner(row: dict[str, Any], run: dict[str, Any] | None, hits: dict[str, list[float]]) -> Learner:
    id = run["id"] if run else ""
    return Learner(
        row["id"], row["nickname"], row["hand_at"] is not None, row["design_id"] or "", row["design__revision"] or 0,
        id, run["revision"] if run else 0, tuple(sorted(hits.get(id, ()))), row["score"],
    )  # fmt: skip


def drawn(designs: list[str]) -> dict[str, Drawn]:
    """The newest documents with their goals and small pictures."""
    found = Design.objects.filter(pk__in=designs).values_list("pk", "document")
    return {id: Drawn(document, goals_of(document), picture_of(document), cost_of(document)) for id, document in found}


def cost_of(document: dict[str, Any]) -> float:
    """Per month, by the price list."""
    return float(cost(stored(document))["per_month"])


def reference_of(session_id: str) -> float:
    """What the design costs that was pushed last; 0 where none was."""
    pushed = Session.objects.values_list("pushed", flat=True).get(pk=session_id)
    return cost_of(pushed["document"]) if pushed else 0.0


def picture_of(document: dict[str, Any]) -> dict[str, Any]:
    """Tiles and lines of the small picture with the ids that they stand for."""
    drawing = preview(document, catalogue())
    tiles = zip(document["nodes"], drawing.tiles, strict=True)
    lines = zip(document["links"], drawing.lines, strict=True)
    return {
        "tiles": [{"id": node["id"], "x": tile.x, "y": tile.y, "icon": tile.icon} for node, tile in tiles],
        "lines": [{"target": link["target"], "source": link["source"], "d": line.path} for link, line in lines],
    }


def scores_store(scores: dict[str, dict[str, Any]]) -> None:
    people = list(Participant.objects.filter(pk__in=scores))
    for participant in people:
        participant.score = scores[participant.pk]
    Participant.objects.bulk_update(people, ["score"])
