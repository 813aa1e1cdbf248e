"""The line between a page and the server, which a test can cut and mend."""

from __future__ import annotations

import re

from playwright.sync_api import Page, WebSocketRoute


class Line:
    """Must be laid before the page opens its socket."""

    def __init__(self, page: Page) -> None:
        self._ends: list[WebSocketRoute] = []
        self._dead = False
        page.route_web_socket(re.compile("/ws/designs/"), self._opened)

    def _opened(self, socket: WebSocketRoute) -> None:
        if self._dead:
            socket.close(code=3000)
            return
        self._ends += [socket, socket.connect_to_server()]

    def cut(self) -> None:
        self._dead = True
        for end in self._ends:
            end.close(code=3000)
        self._ends.clear()

    def mend(self) -> None:
        self._dead = False
