"""Designs: pages, API, socket."""

from __future__ import annotations

from typing import Any

from playground.designs.consumers import DesignConsumer
from playground.designs.models import Share
from tests.playground.roles.cast import EDITORS, EVERYBODY, FROZEN, OWNERS, VIEWERS, World, allow, everybody
from tests.playground.world import RENAME, TWO_SERVICES

WITH_A_LINK = EVERYBODY - {"revoked", "expired"}  # who has none of their own is given one to look

PAGES = {
    ("GET", "home"): everybody(),
    ("GET", "blueprints"): everybody(),
    ("GET", "blueprint"): everybody(),
    ("GET", "designs"): everybody(),
    ("POST", "create"): everybody(302),
    ("GET", "editor"): allow(VIEWERS),
    ("POST", "share"): allow(OWNERS),
    ("POST", "links"): allow(OWNERS),
    ("POST", "link"): allow(OWNERS),
    ("GET", "history"): allow(VIEWERS),
    ("POST", "restore"): allow(EDITORS, 302),
    ("GET", "revision"): allow(FROZEN),
    ("GET", "revision_inspector"): allow(FROZEN),
    ("POST", "copy"): allow(VIEWERS, 302),
    ("GET", "export"): allow(FROZEN),
    ("GET", "import"): everybody(),
    ("POST", "import"): everybody(422),  # without a file
    ("GET", "inspector"): allow(VIEWERS),
    ("GET", "shared"): allow(WITH_A_LINK, no=404, owner=302),
    ("POST", "fork"): allow(WITH_A_LINK, yes=302, no=404),
}
CALLS = {
    ("GET", "/designs"): everybody(),
    ("POST", "/designs"): everybody(201),
    ("GET", "/designs/{id:id}"): allow(FROZEN),
    ("GET", "/designs/{id:id}/restore"): allow(EDITORS),
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
    "links": {"role": "editor"},
    "link": {"role": "editor", "ends": "day"},
    "restore": {"revision": 0},
    "/designs": {"design": TWO_SERVICES},
    "/designs/{id:id}/edits": {"edit": RENAME},
    "edit.submit": {"edit": RENAME},
    "hello": {"since": 0},
    "presence.update": {"cursor": [1, 2], "selection": ["a"]},
}


def values(name: str, world: World) -> dict[str, str]:
    token = world.the(a_link) if name == "link" else world.link
    return {"id": world.design.pk, "token": token, "revision": "0", "format": "json", "slug": "retry-storm"}


def a_link(world: World) -> str:
    """A link that the dialog shows to the owner."""
    return str(Share.objects.create(design=world.design).token)
