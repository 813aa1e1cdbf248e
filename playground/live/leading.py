"""What an instructor's console asks for: each order reads its message and calls the service that does it.

An order answers with what was done, or with None and the problems. An order may be done in part: then it says both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from components.problem import Problem
from playground.accounts.models import Person
from playground.live.broadcasts import broadcast_send
from playground.live.models import Participant, Session
from playground.live.pace import freeze_set, pause_set, start_all
from playground.live.people import hand_set, kick
from playground.live.sessions import seed_set, session_close, session_reopen, session_set
from playground.live.work import push

Done = tuple[dict[str, Any] | None, list[Problem]]
Order = Callable[[Session, Person, dict[str, Any]], Done]


def _on(message: dict[str, Any]) -> tuple[bool, list[Problem]]:
    on = message.get("on")
    return (on, []) if isinstance(on, bool) else (False, [Problem("message", "on", on, "must be true or false")])


def _learner(session: Session, message: dict[str, Any]) -> tuple[Participant | None, list[Problem]]:
    id = message.get("participant")
    known = isinstance(id, str) and Participant.objects.select_related("design").filter(session=session, pk=id).first()
    return (known or None), [] if known else [Problem("message", "participant", id, "must be somebody of this class")]


def freeze(session: Session, person: Person, message: dict[str, Any]) -> Done:
    on, problems = _on(message)
    if problems:
        return None, problems
    freeze_set(session=session, on=on)
    return {"on": on}, []


def pause(session: Session, person: Person, message: dict[str, Any]) -> Done:
    on, problems = _on(message)
    if problems:
        return None, problems
    return {"on": on, "runs": pause_set(session=session, person=person, on=on)}, []


def start(session: Session, person: Person, message: dict[str, Any]) -> Done:
    return start_all(session=session), []


def give(session: Session, person: Person, message: dict[str, Any]) -> Done:
    count, problems = push(session=session, person=person, message=message)
    if problems and count == 0:
        return None, problems
    return {"learners": count, "title": (session.pushed or {}).get("title"), "refused": len(problems)}, []


def seed(session: Session, person: Person, message: dict[str, Any]) -> Done:
    problems = seed_set(session=session, seed=message.get("seed"))
    return (None, problems) if problems else ({"seed": session.seed}, [])


def board(session: Session, person: Person, message: dict[str, Any]) -> Done:
    return _switch(session, message, "board_shown")


def names(session: Session, person: Person, message: dict[str, Any]) -> Done:
    return _switch(session, message, "names_shown")


def _switch(session: Session, message: dict[str, Any], name: str) -> Done:
    on, problems = _on(message)
    if problems:
        return None, problems
    session_set(session=session, **{name: on})
    return {"on": on}, []


def spotlight(session: Session, person: Person, message: dict[str, Any]) -> Done:
    if message.get("participant") is None:
        session_set(session=session, spotlight=None)
        return {"participant": None}, []
    learner, problems = _learner(session, message)
    if learner is None:
        return None, problems
    session_set(session=session, spotlight_id=learner.pk)
    return {"participant": learner.pk}, []


def broadcast(session: Session, person: Person, message: dict[str, Any]) -> Done:
    sent, problems = broadcast_send(session=session, person=person, message=message, healthy=message["healthy"])
    if sent is None:
        return None, problems
    return {"number": sent.number, "at_s": sent.at_s, "words": sent.words}, []


def send_out(session: Session, person: Person, message: dict[str, Any]) -> Done:
    learner, problems = _learner(session, message)
    if learner is None:
        return None, problems
    kick(participant=learner)
    return {"participant": learner.pk}, []


def lower(session: Session, person: Person, message: dict[str, Any]) -> Done:
    learner, problems = _learner(session, message)
    if learner is None:
        return None, problems
    hand_set(participant=learner, up=False)
    return {"participant": learner.pk}, []


def close(session: Session, person: Person, message: dict[str, Any]) -> Done:
    """`on`: closed or open again."""
    on, problems = _on(message)
    if problems:
        return None, problems
    if on:
        session_close(session=session)
    else:
        session_reopen(session=session)
    return {"on": on}, []


ORDERS: dict[str, Order] = {
    "class.freeze": freeze,
    "class.pause": pause,
    "class.start": start,
    "class.push": give,
    "class.seed": seed,
    "class.board": board,
    "class.names": names,
    "class.spotlight": spotlight,
    "learner.kick": send_out,
    "learner.lower": lower,
    "class.close": close,
}
