"""The socket of a run: its state, its frames, and commands to it."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from channels.db import database_sync_to_async
from redis.exceptions import RedisError

from components.problem import Problem
from playground.designs.models import Design
from playground.designs.permissions import Action
from playground.limits import COMMAND_BYTES
from playground.runs.hub import hub
from playground.runs.models import Run
from playground.runs.news import state_message
from playground.runs.services import command_submit
from playground.runs.watcher import Watcher
from playground.sockets import Message, Socket

TRACE_EVERY_MOST = 1_000_000


class RunConsumer(Socket):
    MESSAGES: ClassVar[dict[str, Message]] = {
        "command.submit": Message("command_submit", Action.COMMAND, refused="command.refused"),
        "ack": Message("ack", Action.WATCH, frequent=True),
        "why": Message("why", Action.WATCH),
    }
    SEE = Action.WATCH
    BYTES = COMMAND_BYTES

    def find(self, id: str) -> Design | None:
        run = Run.objects.select_related("design").filter(pk=id).first()
        if run is None:
            return None
        self.run = run.pk
        return run.design

    async def opened(self) -> None:
        self.watcher = Watcher(self.send, self.close)
        self.sender = asyncio.create_task(self.watcher.run(), name=f"sender {self.run}")
        self.joining = asyncio.create_task(hub().join(self.run, self.watcher, self.look), name=f"join {self.run}")

    async def look(self) -> dict[str, Any]:
        return await database_sync_to_async(self._look)()

    def _look(self) -> dict[str, Any]:
        return state_message(Run.objects.get(pk=self.run))

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        if not hasattr(self, "watcher"):
            return
        self.joining.cancel()
        self.sender.cancel()
        await asyncio.gather(self.joining, self.sender, return_exceptions=True)
        await hub().leave(self.run, self.watcher)

    async def ack(self, ref: str, message: dict[str, Any]) -> list[Problem]:
        seq = message.get("seq")
        if isinstance(seq, bool) or not isinstance(seq, int) or seq < 0:
            return [Problem("message", "seq", seq, "must be the number of a frame")]
        self.watcher.ack(seq)
        return []

    async def why(self, ref: str, message: dict[str, Any]) -> list[Problem]:
        """Answers run.why: the findings of a moment ago, null before the first. Asked again, at most once a second is enough."""
        every = message.get("trace_every", 0)
        if isinstance(every, bool) or not isinstance(every, int) or not 0 <= every <= TRACE_EVERY_MOST:
            return [Problem("message", "trace_every", every, f"must be a whole number from 0 to {TRACE_EVERY_MOST:,}")]
        try:
            answer = await hub().why(self.run, every)
        except (RedisError, OSError):
            answer = ""
        await self.send(text_data=answer or '{"type":"run.why","t_ns":null,"findings":[],"traces":[]}')
        return []

    async def command_submit(self, ref: str, message: dict[str, Any]) -> list[Problem]:
        assert self.person is not None  # who may command owns the design
        _, problems = await database_sync_to_async(command_submit)(
            run_id=self.run, person=self.person, command=message.get("command"), ref=ref
        )
        return problems
