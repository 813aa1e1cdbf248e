"""The socket of a design: edits in, edits out in the order of their revisions."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from channels.db import database_sync_to_async

from components.problem import Problem
from playground.designs import presence
from playground.designs.models import Design
from playground.designs.news import group, pass_on, tell
from playground.designs.permissions import Action
from playground.designs.services import Accepted, edit_apply, edits_since
from playground.ids import new_id
from playground.limits import MESSAGE_BYTES, PRESENCE_PER_S, PRESENCE_S
from playground.rates import Bucket
from playground.sockets import Message, Socket


class DesignConsumer(Socket):
    MESSAGES: ClassVar[dict[str, Message]] = {
        "edit.submit": Message("edit_submit", Action.EDIT, refused="edit.refused"),
        "hello": Message("hello", Action.SEE),
        "presence.update": Message("presence_update", Action.SEE, refused="presence.refused", frequent=True),
    }
    BYTES = MESSAGE_BYTES

    def find(self, id: str) -> Design | None:
        return Design.objects.filter(pk=id).first()

    async def opened(self) -> None:
        self.revision = -1
        self.me: presence.Peer | None = None
        self.cursors = Bucket(PRESENCE_PER_S, 2 * PRESENCE_PER_S)
        await self.channel_layer.group_add(group(self.design.pk), self.channel_name)
        await self.snapshot()

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        if not self.ready:
            return
        await self.channel_layer.group_discard(group(self.design.pk), self.channel_name)
        if me := getattr(self, "me", None):
            self.beating.cancel()
            await presence.leave(self.design.pk, me["peer"])
            await self._tell_presence({"type": "presence.left", "peer": me["peer"]})

    async def snapshot(self) -> None:
        await self.say(await database_sync_to_async(self._snapshot)())

    def _snapshot(self) -> dict[str, Any]:
        self.design.refresh_from_db()
        self.revision = self.design.revision
        return {
            "type": "design.snapshot",
            "revision": self.design.revision,
            "design": self.design.document,
            "role": self.role.value,
            "rules": self.design.rules,
            "run": self.design.running,
        }

    async def edit_submit(self, ref: str, message: dict[str, Any]) -> list[Problem]:
        accepted, problems = await database_sync_to_async(edit_apply)(
            design_id=self.design.pk, person=self.person, edit=message.get("edit"), ref=ref
        )
        if accepted is None:
            return problems
        # The sender first: what was stored is acknowledged even when the others cannot be told.
        await self.follow(accepted.message())
        await tell(self.design.pk, accepted.message())
        return []

    async def hello(self, ref: str, message: dict[str, Any]) -> list[Problem]:
        since = message.get("since")
        if isinstance(since, bool) or not isinstance(since, int) or since < 0:
            return [Problem("message", "since", since, "must be a revision number")]
        missing = await self._log(since)
        if missing is None:
            await self.snapshot()
        else:
            await self._send(missing)
        return []

    async def presence_update(self, ref: str, message: dict[str, Any]) -> list[Problem]:
        """Where the pointer is and what is selected, for the others. The first one says that somebody is here."""
        if not self.cursors.take():
            return [Problem("message", "type", message["type"], f"must come at most {PRESENCE_PER_S} times a second")]
        seen, problems = presence.read(message)
        if problems:
            return problems
        if self.me is None:
            self.me, others = await presence.join(self.design.pk, new_id(), self.person)
            self.beating = asyncio.create_task(self._beat(self.me), name=f"presence in {self.design.pk}")
            await self._tell_presence({"type": "presence.joined", "peers": [self.me]})
            if others:
                await self.say({"type": "presence.joined", "peers": others, "you": self.me})
        await self._tell_presence({"type": "presence.moved", "peer": self.me["peer"], **seen})
        return []

    async def _beat(self, me: presence.Peer) -> None:
        """Stays in the roster, and tells of those who fell out of it."""
        while True:
            await asyncio.sleep(PRESENCE_S / 3)
            await presence.renew(self.design.pk, me)
            for peer in (await presence.here(self.design.pk))[1]:
                await self._tell_presence({"type": "presence.left", "peer": peer})

    async def _tell_presence(self, message: dict[str, Any]) -> None:
        await pass_on(self.design.pk, self.channel_name, message)

    async def presence_news(self, event: dict[str, Any]) -> None:
        """From the channel layer: who does not take part is not told, nor is who said it."""
        if self.me is not None and event["by"] != self.channel_name:
            message = event["message"]
            await self.say(message | {"you": self.me} if message["type"] == "presence.joined" else message)

    async def role_changed(self) -> None:
        await self.say({"type": "design.role", "role": self.role.value})

    async def design_news(self, event: dict[str, Any]) -> None:
        """From the channel layer."""
        message = event["message"]
        if message["type"] == "edit.accepted":
            await self.follow(message)
        else:
            await self.say(message)

    async def follow(self, message: dict[str, Any]) -> None:
        """Sends an edit once and in order: what came too early, or never came, is read from the log."""
        if message["revision"] <= self.revision:
            return
        if message["revision"] == self.revision + 1:
            self.revision += 1
            await self.say(message)
            return
        missing = await self._log(self.revision)
        if missing is None:
            await self.snapshot()
        else:
            await self._send(missing)

    async def _log(self, since: int) -> list[Accepted] | None:
        return await database_sync_to_async(edits_since)(design=self.design, revision=since)

    async def _send(self, entries: list[Accepted]) -> None:
        for entry in entries:
            self.revision = max(self.revision, entry.revision)
            await self.say(entry.message())
