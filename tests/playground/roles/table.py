"""The table: one file per room in rooms/. Each may have

PAGES    {(method, name of the URL): answers}                see cast.allow, cast.everybody
CALLS    {(method, path of the API router): answers}         401 takes the place of 403 for the anonymous
SOCKETS  {(consumer, type of message): roles who may}        WATCHES: {consumer: roles who may open it} (VIEWERS)
SENDS    {page name, API path or message type: what is sent} a dict: JSON to the API, a form to a page
values(name, world) -> dict[str, str]                        what stands in a path: {"id": …, "token": …}

and fixtures of its own: functions of a World, kept by `world.the(function)`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from playground.api.api import api
from playground.routing import websocket_urlpatterns
from playground.sockets import Socket, Unrouted
from tests.playground.roles import rooms
from tests.playground.roles.cast import VIEWERS, Answers, World

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROOMS = [import_module(f"{rooms.__name__}.{room.name}") for room in pkgutil.iter_modules(rooms.__path__)]


def _joined(name: str) -> dict[Any, Any]:
    """One table out of those of the rooms; a row that two of them have is a mistake."""
    rows: dict[Any, Any] = {}
    for room in ROOMS:
        more = getattr(room, name, {})
        assert not rows.keys() & more.keys(), (room.__name__, rows.keys() & more.keys())
        rows |= more
    return rows


PAGES: dict[tuple[str, str], Answers] = _joined("PAGES")
CALLS: dict[tuple[str, str], Answers] = _joined("CALLS")
SOCKETS: dict[tuple[type[Socket], str], frozenset[str]] = _joined("SOCKETS")
WATCHES: dict[type[Socket], frozenset[str]] = _joined("WATCHES")
SENDS: dict[str, Any] = _joined("SENDS")


def watchers(consumer: type[Socket]) -> frozenset[str]:
    return WATCHES.get(consumer, VIEWERS)


def values(key: object, name: str, world: World) -> dict[str, str]:
    """What the room that has this row puts into its path."""
    for room in ROOMS:
        if any(key in getattr(room, table, {}) for table in ("PAGES", "CALLS", "SOCKETS")):
            give: Callable[[str, World], dict[str, str]] = getattr(room, "values", lambda name, world: {})
            return give(name, world)
    raise AssertionError(f"no room has a row for {key}")


def page_patterns(patterns: list[Any] | None = None, before: tuple[URLPattern, ...] = ()) -> Iterator[URLPattern]:
    """Every pattern but those of the API."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            if str(pattern.pattern) != "api/":
                yield from page_patterns(pattern.url_patterns)
        else:
            yield pattern


PATTERNS = {str(pattern.name): pattern for pattern in page_patterns()}


def page_path(method: str, name: str, world: World) -> str:
    given = values((method, name), name, world)
    takes = PATTERNS[name].pattern.converters or PATTERNS[name].pattern.regex.groupindex
    return reverse(name, kwargs={word: given[word] for word in takes}) + world.query


def calls() -> list[tuple[str, str]]:
    return [
        (method, f"{prefix.rstrip('/')}{path}" if path != "" else prefix)
        for prefix, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    ]


def call_path(method: str, path: str, world: World) -> str:
    """`/designs/{id:id}` -> `/api/designs/0123…?share=…`."""
    given = values((method, path), path, world)
    for word, value in given.items():
        path = path.replace(f"{{{word}:{word}}}", value).replace(f"{{{word}}}", value)
    return f"/api{path.split('{')[0] if '{' in path else path}{world.query}"


def consumers() -> dict[type[Socket], str]:
    """Every socket with its path, {id} where an id stands."""
    return {
        pattern.callback.consumer_class: "/" + str(pattern.pattern).replace("<id:id>", "{id}")
        for pattern in websocket_urlpatterns
        if pattern.callback.consumer_class is not Unrouted
    }


def socket_path(consumer: type[Socket], type_: str, world: World) -> str:
    return consumers()[consumer].format(**values((consumer, type_), type_, world)) + world.query
