"""What all sockets share: who is there, what a message may be, how many, and how it is refused.

A consumer lists its messages in MESSAGES; each names the action that permissions.py knows and what to answer when it
is refused. Close codes: 4400 too much nonsense, 4401 nobody signed in, 4403 not allowed, 4404 unknown, 1009 too big.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar
from urllib.parse import parse_qs

import django.db
import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils.timezone import now

from components.problem import Problem, closest
from playground.accounts.models import Person
from playground.accounts.services import person_in
from playground.body import read_object
from playground.designs.models import Design
from playground.designs.news import visitors
from playground.designs.permissions import Action, Role, allowed, role_of, share_of
from playground.limits import ACKS_PER_S, BAD_MESSAGES, MESSAGE_BURST, MESSAGES_PER_S
from playground.rates import Bucket

MALFORMED, UNKNOWN_PERSON, FORBIDDEN, UNKNOWN, TOO_BIG = 4400, 4401, 4403, 4404, 1009
REF_CHARS = 40
ROLE_KEPT_S = 5.0  # frequent messages ask for the role this often; a change of it is told at once in any case
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Message:
    """A message that a socket understands: the method that handles it, the action it is, the answer to a refusal."""

    handler: str
    action: Enum
    refused: str = "error"
    frequent: bool = False  # counted apart: it answers frames, or follows the pointer


class Socket(AsyncWebsocketConsumer):
    """Subclasses set MESSAGES, SEE and BYTES, and write `find` and `opened`."""

    MESSAGES: ClassVar[dict[str, Message]] = {}
    SEE: ClassVar[Enum] = Action.SEE
    BYTES: ClassVar[int] = 0

    def find(self, id: str) -> Design | None:
        """The design that the permissions of this socket come from. Runs in a database thread."""
        raise NotImplementedError

    async def opened(self) -> None:
        """Sends what comes first."""
        raise NotImplementedError

    async def connect(self) -> None:
        self.bucket = Bucket(MESSAGES_PER_S, MESSAGE_BURST)
        self.acks = Bucket(ACKS_PER_S, ACKS_PER_S)
        self.bad = 0
        self.ready = False
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        self.token: str | None = query.get("share", [None])[0]
        await self.accept()
        code = await database_sync_to_async(self._enter)(self.scope["url_route"]["kwargs"]["id"])
        if code is not None:
            await self.close(code)
            return
        self.ready = True
        self.ending: asyncio.TimerHandle | None = None
        self._watch_the_end()
        self.told, self.role_at = self.role, time.monotonic()
        if self.circle:
            await self.channel_layer.group_add(self.circle, self.channel_name)
        await self.opened()

    @property
    def circle(self) -> str:
        """The group that hears when somebody's role changes; nothing for a role that cannot."""
        return "" if self.role is Role.OWNER else visitors(self.design.pk)

    def lets(self, action: Enum) -> bool:
        """Whether the role of this socket may do that."""
        return isinstance(action, Action) and allowed(self.role, action)

    async def disconnect(self, code: int) -> None:
        if self.ready and self.ending is not None:
            self.ending.cancel()
        if self.ready and self.circle:
            await self.channel_layer.group_discard(self.circle, self.channel_name)

    async def access_changed(self, event: dict[str, Any]) -> None:
        """From the channel layer: a link of this design was changed or revoked, or somebody's role; or a link is over."""
        self.ends_at = await database_sync_to_async(self._ends_at)()
        self._watch_the_end()
        await self.role_now()
        if not self.lets(self.SEE):
            await self.close(FORBIDDEN)
        elif self.role is not self.told:
            self.told = self.role
            await self.role_changed()

    async def role_changed(self) -> None:
        """Another role than when the socket was opened, and it may still see."""

    def _enter(self, id: str) -> int | None:
        """Looks up person, object and role; a close code where there is no way in."""
        self.person: Person | None = person_in(self.scope["session"])
        design = self.find(id)
        if design is None:
            return UNKNOWN
        self.design = design
        self.role = role_of(self.person, design, self.token)
        self.ends_at = self._ends_at()
        if self.lets(self.SEE):
            return None
        return UNKNOWN_PERSON if self.person is None else FORBIDDEN

    def _ends_at(self) -> datetime | None:
        """When the link is over by which this socket came."""
        share = share_of(self.token, self.design)
        return None if share is None else share.expires_at

    def _watch_the_end(self) -> None:
        """Looks again at the moment when the link is over."""
        if self.ending is not None:
            self.ending.cancel()
        self.ending = None
        if self.ends_at is not None:
            wait_s = max(0.0, (self.ends_at - now()).total_seconds()) + 0.05
            again = lambda: asyncio.ensure_future(self.access_changed({}))  # noqa: E731
            self.ending = asyncio.get_running_loop().call_later(wait_s, again)

    async def role_now(self, kept_s: float = 0) -> Role:
        """The role of this moment: a link may have been revoked since the socket was opened."""
        if self.role is not Role.OWNER and time.monotonic() - self.role_at >= kept_s:
            self.role = await database_sync_to_async(role_of)(self.person, self.design, self.token)
            self.role_at = time.monotonic()
        return self.role

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not self.ready:
            return
        if text_data is None:
            await self.refuse("error", "", Problem("message", "", None, "must be text, not bytes"))
            return
        data = text_data.encode("utf-8", "surrogatepass")
        if len(data) > self.BYTES:
            await self.close(TOO_BIG)
            return
        message, problems = read_object(data, "message")
        if message is None:
            await self.refuse("error", "", *problems)
            return
        await self._dispatch(message)

    async def _dispatch(self, message: dict[str, Any]) -> None:
        type_, ref = message.get("type"), message.get("ref", "")
        known = self.MESSAGES.get(type_) if isinstance(type_, str) else None
        if not isinstance(ref, str) or len(ref) > REF_CHARS or not ref.isprintable():
            rule = f"must be text of at most {REF_CHARS} characters"
            await self.refuse(known.refused if known else "error", "", Problem("message", "ref", ref, rule))
        elif known is None:
            rule = f"must be one of {', '.join(self.MESSAGES)}{closest(type_, self.MESSAGES)}"
            await self.refuse("error", ref, Problem("message", "type", type_, rule))
        elif not (self.acks if known.frequent else self.bucket).take():
            rule = f"must come at most {MESSAGES_PER_S} times a second; wait a moment"
            await self.refuse(known.refused, ref, Problem("message", "type", type_, rule))
        elif not await self._may(known):
            await self.refuse(
                known.refused, ref, Problem("message", "type", type_, f"you may not {known.action.value}")
            )
        elif self.person is None and known.action not in (Action.SEE, Action.WATCH):
            problem = Problem("message", "type", type_, "needs a name to sign with; open the page of the link first")
            await self.refuse(known.refused, ref, problem)
        else:
            handler: Callable[[str, dict[str, Any]], Awaitable[list[Problem]]] = getattr(self, known.handler)
            try:
                problems = await handler(ref, message)
            except django.db.Error:
                log.exception("%s was not stored", type_)
                problems = [Problem("message", "type", type_, "could not be stored; try again in a moment")]
            if problems:
                await self.refuse(known.refused, ref, *problems)
            else:
                self.bad = 0

    async def _may(self, known: Message) -> bool:
        await self.role_now(ROLE_KEPT_S if known.frequent else 0)
        return self.lets(known.action)

    async def refuse(self, type_: str, ref: str, *problems: Problem) -> None:
        """Answers with the reasons; after too many in a row the socket is closed."""
        self.bad += 1
        await self.say({"type": type_, "ref": ref, "problems": [problem.as_dict() for problem in problems]})
        if self.bad >= BAD_MESSAGES:
            await self.close(MALFORMED)

    async def say(self, message: dict[str, Any]) -> None:
        await self.send(text_data=orjson.dumps(message).decode())


class Unrouted(AsyncWebsocketConsumer):
    """A path that no socket has: closed with a code that the browser can read."""

    async def connect(self) -> None:
        await self.accept()
        await self.close(UNKNOWN)
