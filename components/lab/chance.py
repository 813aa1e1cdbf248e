"""What a seed decides outside the simulation. Hashes, so that it is the same on every machine and Python."""

from __future__ import annotations

import hashlib

SEEDS = 3
"""Seeds that an attempt is graded on."""


def draw(*about: object) -> int:
    """A whole number below 2^63 that only depends on `about`."""
    text = "/".join(str(part) for part in about).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1


def spread(*about: object) -> float:
    """A number between -1 and 1, all alike."""
    return 2 * draw(*about) / (2**63 - 1) - 1


def seeds_of(seed: int, count: int = SEEDS) -> tuple[int, ...]:
    """The seeds of the simulations of an attempt with this `seed`: different, between 1 and 2^31 - 1."""
    found: list[int] = []
    turn = 0
    while len(found) < count:
        candidate = draw("seed", seed, turn) % (2**31 - 1) + 1
        found += [candidate] if candidate not in found else []
        turn += 1
    return tuple(found)
