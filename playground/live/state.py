"""What a socket of a class is told of the class itself: instructors all of it, learners what concerns them."""

from __future__ import annotations

from typing import Any

from playground.live.broadcasts import broadcasts_of
from playground.live.models import Participant, Session

BOARD = 10  # places that are shown


def state_for_instructor(session_id: str) -> dict[str, Any]:
    session = Session.objects.get(pk=session_id)
    return {
        "type": "session.state", **_common(session), "code": session.code,
        "spotlight": session.spotlight_id, "names_shown": session.names_shown,
        "helping": Participant.objects.filter(session=session, role="instructor", kicked_at=None).count(),
        "broadcasts": broadcasts_of(session),
    }  # fmt: skip


def state_for_learner(session_id: str, participant_id: str) -> dict[str, Any]:
    session = Session.objects.get(pk=session_id)
    participant = Participant.objects.get(pk=participant_id)
    return {
        "type": "session.state", **_common(session), "design": participant.design_id,
        "hand": participant.hand_at is not None, "score": participant.score.get("score"),
        "count": Participant.objects.filter(session=session, role="learner", kicked_at=None).count(),
        "board": board(session, participant_id) if session.board_shown else None,
    }  # fmt: skip


def _common(session: Session) -> dict[str, Any]:
    return {
        "title": session.title, "open": session.open, "frozen": session.frozen, "paused": session.paused,
        "seed": session.seed, "board_shown": session.board_shown,
        "pushed": session.pushed["title"] if session.pushed else None,
    }  # fmt: skip


def board(session: Session, mine: str = "") -> list[dict[str, Any]]:
    """The best scores, without names unless they may be shown; one's own place is marked."""
    people = Participant.objects.filter(session=session, role="learner", kicked_at=None).order_by("joined_at")
    scored = sorted((p for p in people if p.score.get("score") is not None), key=lambda p: -p.score["score"])
    return [
        {
            "place": place, "score": participant.score["score"], "mine": participant.pk == mine,
            "name": participant.nickname if session.names_shown or participant.pk == mine else None,
        }
        for place, participant in enumerate(scored[:BOARD], start=1)
    ]  # fmt: skip
