"""What a page hears and says on its sockets to runs."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, WebSocket


class Wire:
    """Listens from now on: attach it before the run is watched."""

    def __init__(self, page: Page) -> None:
        self.heard: list[dict[str, Any]] = []
        page.on("websocket", self._attach)

    def _attach(self, socket: WebSocket) -> None:
        if "/ws/runs/" in socket.url:
            socket.on("framereceived", lambda text: self.heard.append(json.loads(text)))

    @property
    def meta(self) -> dict[str, Any]:
        return next(message for message in self.heard if message["type"] == "meta")

    @property
    def frames(self) -> list[dict[str, Any]]:
        """In the order in which they came, each number once: after a lost connection the past comes again."""
        kept: list[dict[str, Any]] = []
        for message in self.heard:
            if message["type"] == "frame" and (not kept or message["seq"] > kept[-1]["seq"]):
                kept.append(message)
        return kept
