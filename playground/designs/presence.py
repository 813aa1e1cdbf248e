"""Presence: who has a design open now. A roster in Redis, renewed while a socket lives, so that a process that is
killed leaves nobody behind for longer than PRESENCE_S. Cursors and selections are passed on and never stored.
"""

from __future__ import annotations

import asyncio
import logging
import time
from hashlib import blake2b
from typing import Any
from weakref import WeakKeyDictionary

import orjson
import redis.asyncio
from redis.exceptions import RedisError

from components.problem import Problem
from playground.accounts.models import Person
from playground.limits import PRESENCE_MOST, PRESENCE_S, PRESENCE_SELECTED
from playground.runtime.redis import async_client

HUES = 6
FAR = 1e7  # canvas units
ANIMALS = (
    "Badger Beaver Bison Camel Condor Crane Dolphin Eagle Falcon Ferret Finch Fox Gecko Gibbon Heron Hare Ibex Ibis "
    "Jackal Jay Koala Lemur Lynx Magpie Marten Mole Moose Newt Ocelot Otter Owl Panda Puffin Quail Raven Robin Seal "
    "Stork Swan Tapir Tern Toad Vole Walrus Wombat Wren Yak Zebra"
).split()

Peer = dict[str, Any]
log = logging.getLogger(__name__)
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis] = WeakKeyDictionary()


def key(design_id: str) -> str:
    """Hash, field = peer id, value = {"peer", "person", "name", "hue", "until"} (JSON)."""
    return f"presence:{design_id}"


def name_of(person: Person | None, peer: str) -> str:
    """The person's own name; guests get an animal, always the same one."""
    if person is not None and person.name and person.name != "Guest":
        return person.name
    return f"Guest {ANIMALS[_number(person.pk if person else peer) % len(ANIMALS)].lower()}"


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "big")


def client() -> redis.asyncio.Redis:
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = async_client()
    return _clients[loop]


async def join(design_id: str, peer: str, person: Person | None) -> tuple[Peer, list[Peer]]:
    """Enters a socket. Returns it as others see it, and who is there already (at most PRESENCE_MOST)."""
    others, _ = await here(design_id)
    who = person.pk if person else peer
    hue = next((other["hue"] for other in others if other["person"] == who), None)
    if hue is None:
        taken = {other["hue"] for other in others}
        first = _number(who) % HUES
        order = [(first + step) % HUES for step in range(HUES)]
        hue = next((each for each in order if each not in taken), first)
    me = {"peer": peer, "person": who, "name": name_of(person, peer), "hue": hue}
    await renew(design_id, me)
    return me, others[:PRESENCE_MOST]


async def renew(design_id: str, me: Peer) -> None:
    """Keeps a socket in the roster for PRESENCE_S more seconds."""
    try:
        pipe = client().pipeline(transaction=False)
        pipe.hset(key(design_id), me["peer"], orjson.dumps(me | {"until": time.time() + PRESENCE_S}))
        pipe.expire(key(design_id), 2 * PRESENCE_S)
        await pipe.execute()
    except (RedisError, OSError) as error:
        log.warning("presence in design %s: %s", design_id, error)


async def here(design_id: str) -> tuple[list[Peer], list[str]]:
    """Who is there, and the ids of those who have not been heard of for too long: they are struck off by this."""
    try:
        rows: list[Peer] = [orjson.loads(value) for value in (await client().hvals(key(design_id)))]
        now = time.time()
        late = [row["peer"] for row in rows if row["until"] < now]
        # Of several that look at once only the one that strikes a peer off tells the others.
        gone = [peer for peer in late if await client().hdel(key(design_id), peer)]
    except (RedisError, OSError) as error:
        log.warning("presence in design %s: %s", design_id, error)
        return [], []
    shown = [{name: row[name] for name in ("peer", "person", "name", "hue")} for row in rows if row["peer"] not in late]
    return sorted(shown, key=lambda row: str(row["peer"])), gone


async def leave(design_id: str, peer: str) -> None:
    try:
        await client().hdel(key(design_id), peer)
    except (RedisError, OSError) as error:
        log.warning("presence in design %s: %s", design_id, error)


def read(message: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Cursor and selection out of a `presence.update`: {"cursor": [x, y] or null, "selection": [ids]}."""
    cursor, selection = message.get("cursor"), message.get("selection", [])
    problems = []
    if cursor is not None and not (isinstance(cursor, list) and len(cursor) == 2 and all(map(_is_place, cursor))):
        problems.append(Problem("message", "cursor", cursor, "must be null or two numbers"))
    if not isinstance(selection, list) or len(selection) > PRESENCE_SELECTED or not all(map(_is_id, selection)):
        rule = f"must be a list of at most {PRESENCE_SELECTED} ids"
        problems.append(Problem("message", "selection", None, rule))
    return {"cursor": cursor, "selection": selection}, problems


def _is_place(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -FAR < value < FAR


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 40
