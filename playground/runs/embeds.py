"""Embeds: a shared design that runs in a page of somebody else, with a load, a fault and a seed from the address.

What is shown is a film, not a live run: it needs no cookie and no place on a worker, and everybody who opens the same
address sees the same one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import orjson

from components.design import as_dict, parse, runnable
from components.model import Design as Parsed
from components.problem import Problem
from playground.designs.documents import parsed_at
from playground.designs.models import Share
from playground.limits import EMBED_S
from playground.runs.films import film_ensure
from playground.runs.models import Film
from playground.runs.services import SEED_MOST

SEED = 1
FAULT_AT_S = 10.0
FAULT_ID = "embed"
MOST_RPS = 1e6


@dataclass(frozen=True)
class Scene:
    """A design with what the address changed, and the seed."""

    share: Share
    revision: int
    document: dict[str, Any]
    seed: int

    @property
    def key(self) -> str:
        told = orjson.dumps([self.document, self.seed, EMBED_S])
        return f"embed {blake2b(told, digest_size=16).hexdigest()}"

    def film(self) -> Film:
        """The film of this scene; it is ordered if there is none."""
        return film_ensure(
            key=self.key, design=self.share.design, document=self.document, seed=self.seed, entries=[],
            until_ns=EMBED_S * 10**9,
        )  # fmt: skip

    def made(self) -> Film | None:
        """The film, if somebody has ordered it."""
        return Film.objects.filter(key=self.key).first()


def scene_of(share: Share, query: Mapping[str, str]) -> tuple[Scene, list[Problem]]:
    """The newest revision of a link, or the one that it is frozen at, with `rps`, `fault` and `seed` of the address.

    With problems it is the design as it is.
    """
    revision = share.design.revision if share.revision is None else share.revision
    design = parsed_at(share.design, revision)
    plain = Scene(share, revision, as_dict(design), SEED)
    seed, problems = _seed(query.get("seed", ""))
    design, wrong = _load(design, query.get("rps", ""))
    problems += wrong
    document, wrong = _fault(as_dict(design), query.get("fault", ""))
    problems += wrong
    if not problems:
        parsed, problems = parse(document, draft=True)
        problems = problems or runnable(parsed) if parsed is not None else problems
    return (plain, problems) if problems else (replace(plain, document=document, seed=seed), [])


def _seed(text: str) -> tuple[int, list[Problem]]:
    if not text:
        return SEED, []
    if text.isascii() and text.isdecimal() and len(text) <= 16 and int(text) <= SEED_MOST:
        return int(text), []
    return SEED, [Problem("address", "seed", text[:40], f"must be a whole number between 0 and {SEED_MOST}")]


def _load(design: Parsed, text: str) -> tuple[Parsed, list[Problem]]:
    """All clients together send so many requests a second, in the proportions of the design."""
    if not text:
        return design, []
    try:
        rps = float(text)
    except ValueError:
        rps = math.nan
    if not 0 <= rps <= MOST_RPS:
        return design, [Problem("address", "rps", text[:40], f"must be a number between 0 and {MOST_RPS:,.0f}")]
    clients = [node for node in design.nodes if node.kind == "client" and node.filled["arrival"] != "closed"]
    given = {node.id: float(node.filled["rate_rps"]) for node in clients}
    total = sum(given.values())
    if not total:
        return design, [Problem("address", "rps", text[:40], "must be left out: no client of this design has a rate")]
    nodes = tuple(
        replace(node, params={**node.params, "rate_rps": min(MOST_RPS, rps * given[node.id] / total)})
        if node.id in given
        else node
        for node in design.nodes
    )
    return replace(design, nodes=nodes), []


def _fault(document: dict[str, Any], text: str) -> tuple[dict[str, Any], list[Problem]]:
    """`crash:db`, `crash:db:20` (at second 20), `crash:db:20:15` (for 15 s), as one more step of the script."""
    if not text:
        return document, []
    fault, _, rest = text[:200].partition(":")
    target, *times = rest.split(":")
    try:
        at_s, for_s = [float(time) for time in [*times, *[str(FAULT_AT_S), "nan"][len(times) :]]]
    except ValueError:
        at_s = for_s = math.inf
    if not target or not 0 <= at_s < EMBED_S or for_s <= 0:
        rule = f"must be fault:component, and if you like :second (0 to {EMBED_S}) and :for so many seconds"
        return document, [Problem("address", "fault", text[:80], rule)]
    step = {"at_s": at_s, "command": "inject", "id": FAULT_ID, "fault": fault, "target": target}
    if not math.isnan(for_s):
        step["for_s"] = for_s
    script = sorted([*document["script"], step], key=lambda entry: float(entry["at_s"]))
    return document | {"script": script}, []
