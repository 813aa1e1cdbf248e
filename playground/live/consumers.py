"""The socket of a class: presence of everybody, the wall for instructors, one's own state for learners."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from enum import Enum
from typing import Any, ClassVar

from channels.db import database_sync_to_async

from components.problem import Problem
from playground.accounts.services import person_in
from playground.limits import SESSION_BYTES
from playground.live import keys, leading, news, presence
from playground.live.gatherer import Gatherer, gatherers
from playground.live.models import Session
from playground.live.people import hand_set, participant_of, seen
from playground.live.permissions import INSTRUCTORS, LEARNERS, Act, Seat, allowed, seat_of
from playground.live.state import state_for_instructor, state_for_learner
from playground.sockets import FORBIDDEN, UNKNOWN, UNKNOWN_PERSON, Message, Socket

LOOK_AGAIN_S = 3.0  # after a broadcast: by then it is known who had it late


class SessionConsumer(Socket):
    """Everybody of a class, by its id."""

    MESSAGES: ClassVar[dict[str, Message]] = {
        "hand.set": Message("hand", Act.HAND),
        "class.freeze": Message("lead", Act.LEAD, refused="class.refused"),
        "class.pause": Message("lead", Act.LEAD, refused="class.refused"),
        "class.start": Message("lead", Act.LEAD, refused="class.refused"),
        "class.push": Message("lead", Act.LEAD, refused="class.refused"),
        "class.seed": Message("lead", Act.LEAD, refused="class.refused"),
        "class.board": Message("lead", Act.LEAD, refused="class.refused"),
        "class.names": Message("lead", Act.LEAD, refused="class.refused"),
        "class.spotlight": Message("lead", Act.LEAD, refused="class.refused"),
        "class.broadcast": Message("broadcast", Act.LEAD, refused="class.refused"),
        "learner.kick": Message("lead", Act.KICK, refused="class.refused"),
        "learner.lower": Message("lead", Act.LEAD, refused="class.refused"),
        "class.close": Message("lead", Act.CLOSE, refused="class.refused"),
    }
    SEE: ClassVar[Enum] = Act.ATTEND
    BYTES = SESSION_BYTES

    def _enter(self, id: str) -> int | None:
        self.person = person_in(self.scope["session"])
        session = Session.objects.filter(pk=id).first()
        if session is None:
            return UNKNOWN
        self.session = session
        self.ends_at = None
        self.seat = seat_of(self.person, session)
        found = participant_of(session, self.person)
        self.participant = found.pk if found else f"owner-{session.owner_id}"
        if self.lets(self.SEE):
            return None
        return UNKNOWN_PERSON if self.person is None else FORBIDDEN

    @property
    def role(self) -> Seat:  # type: ignore[override]
        return self.seat

    @property
    def circle(self) -> str:
        return news.everybody(self.session.pk)

    def lets(self, action: Enum) -> bool:
        return isinstance(action, Act) and allowed(self.seat, action)

    async def role_now(self, kept_s: float = 0) -> Seat:  # type: ignore[override]
        if time.monotonic() - self.role_at >= kept_s:
            self.seat = await database_sync_to_async(seat_of)(self.person, self.session)
            self.role_at = time.monotonic()
        return self.seat

    @property
    def leads(self) -> bool:
        return self.seat in INSTRUCTORS

    @property
    def gatherer(self) -> Gatherer:
        return gatherers().of(self.session.pk)

    async def opened(self) -> None:
        self.looking: asyncio.Task[None] | None = None
        own = news.instructors(self.session.pk) if self.leads else news.one(self.participant)
        await self.channel_layer.group_add(own, self.channel_name)
        self.own = own
        await self.look()
        if self.leads:
            await self.gatherer.join(self.say)
        else:
            self.gatherer.idle += 1
        self.beating = asyncio.create_task(self._beat(), name=f"beat {self.participant}")

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        if not hasattr(self, "beating"):
            return
        self.beating.cancel()
        if self.looking is not None:
            self.looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.beating
        if self.say in self.gatherer.listeners:
            self.gatherer.listeners.discard(self.say)
        else:
            self.gatherer.idle -= 1
        await presence.leave(gatherers().client, self.session.pk, self.participant, self.channel_name)
        await gatherers().leave(self.session.pk)
        await self.channel_layer.group_discard(self.own, self.channel_name)

    async def _beat(self) -> None:
        while True:
            await presence.beat(gatherers().client, self.session.pk, self.participant, self.channel_name)
            if self.seat in LEARNERS:
                await database_sync_to_async(seen)(self.participant)
            await asyncio.sleep(keys.BEAT_S)

    # -- what others did --------------------------------------------------------------------------
    async def live_news(self, event: dict[str, Any]) -> None:
        """From the channel layer."""
        message = event["message"]
        match message["type"]:
            case "session.changed":
                await self.look()
            case "roster.changed":
                self.gatherer.spoil()
                await self.look()
            case "session.scores":
                await self.scores(message["scores"])
            case _:
                await self.say(message)

    async def look(self) -> None:
        """Says what the class is now; who may not be here any more is shown out."""
        was = self.seat
        await self.role_now()
        if not self.lets(self.SEE):
            await self.say({"type": "session.over", "why": "An instructor has sent you out of this class."})
            await self.close(FORBIDDEN)
        elif self.seat is not was:
            await self.close(4000)  # the browser comes back at once, in its new role
        elif self.leads:
            await self.say(await database_sync_to_async(state_for_instructor)(self.session.pk))
        else:
            await self.say(await database_sync_to_async(state_for_learner)(self.session.pk, self.participant))

    async def scores(self, scores: dict[str, Any]) -> None:
        """Instructors see all, learners their own."""
        mine = scores if self.leads else {id: scores[id] for id in scores if id == self.participant}
        if mine:
            await self.say({"type": "session.scores", "scores": mine})

    # -- what one does ----------------------------------------------------------------------------
    async def hand(self, ref: str, message: dict[str, Any]) -> list[Problem]:
        up = message.get("up")
        if not isinstance(up, bool):
            return [Problem("message", "up", up, "must be true or false")]
        found = await database_sync_to_async(participant_of)(self.session, self.person)
        if found is not None:
            await database_sync_to_async(hand_set)(participant=found, up=up)
        return []

    async def lead(self, ref: str, message: dict[str, Any]) -> list[Problem]:
        return await self._lead(ref, message, leading.ORDERS[message["type"]])

    async def broadcast(self, ref: str, message: dict[str, Any]) -> list[Problem]:
        rows = {learner.id: self.gatherer.tracks.get(learner.run) for learner in self.gatherer.learners}
        healthy = [id for id, track in rows.items() if track and track.row and track.row["health"] == "ok"]
        problems = await self._lead(ref, message | {"healthy": healthy}, leading.broadcast)
        if not problems:
            self.looking = asyncio.create_task(self._look_later(), name="look again")
        return problems

    async def _look_later(self) -> None:
        await asyncio.sleep(LOOK_AGAIN_S)
        await news.tell(news.instructors(self.session.pk), {"type": "session.changed"})

    async def _lead(self, ref: str, message: dict[str, Any], order: leading.Order) -> list[Problem]:
        done, problems = await database_sync_to_async(self._ordered)(order, message)
        if done is not None:
            await self.say({"type": "class.done", "ref": ref, "what": message["type"], **done})
            return []
        return problems

    def _ordered(self, order: Callable[..., leading.Done], message: dict[str, Any]) -> leading.Done:
        session = Session.objects.select_related("owner").get(pk=self.session.pk)
        assert self.person is not None  # who leads a class is somebody
        return order(session, self.person, message)
