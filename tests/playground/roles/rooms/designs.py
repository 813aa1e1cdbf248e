"""Designs: pages, API, socket."""

from __future__ import annotations

from typing import Any

from playground.designs.consumers import DesignConsumer
from tests.playground.roles.cast import EDITORS, EVERYBODY, OWNERS, VIEWERS, World, allow, everybody
from tests.playground.world import RENAME, TWO_SERVICES

WITH_A_LINK = EVERYBODY - {"revoked", "expired"}  # who has none of their own is given one to look

PAGES = {
    ("GET", "home"): everybody(),
    ("GET", "designs"): everybody(),
    ("POST", "create"): everybody(302),
    ("GET", "editor"): allow(VIEWERS),
    ("POST", "share"): allow(OWNERS),
    ("GET", "inspector"): allow(VIEWERS),
    ("GET", "shared"): allow(WITH_A_LINK, no=404, owner=302),
    ("POST", "fork"): allow(WITH_A_LINK, yes=302, no=404),
}
CALLS = {
    ("GET", "/designs"): everybody(),
    ("POST", "/designs"): everybody(201),
    ("GET", "/designs/{id:id}"): allow(VIEWERS),
    ("GET", "/designs/{id:id}/edits"): allow(VIEWERS),
    ("POST", "/designs/{id:id}/edits"): allow(EDITORS),
    ("POST", "/designs/{id:id}/layout"): allow(VIEWERS),
    ("DELETE", "/designs/{id:id}/share"): allow(OWNERS),
}
SOCKETS = {
    (DesignConsumer, "edit.submit"): EDITORS,
    (DesignConsumer, "hello"): VIEWERS,
    (DesignConsumer, "presence.update"): VIEWERS,
}
SENDS: dict[str, Any] = {
    "/designs": {"design": TWO_SERVICES},
    "/designs/{id:id}/edits": {"edit": RENAME},
    "edit.submit": {"edit": RENAME},
    "hello": {"since": 0},
    "presence.update": {"cursor": [1, 2], "selection": ["a"]},
}


def values(name: str, world: World) -> dict[str, str]:
    return {"id": world.design.pk, "token": world.link}
