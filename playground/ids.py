"""Ids and tokens that nobody can guess: [a-z0-9], about 5.2 bits a character."""

from __future__ import annotations

import secrets
import string

ALPHABET = string.ascii_lowercase + string.digits
ID_CHARS = 16
TOKEN_CHARS = 24


def new_id() -> str:
    """For people, designs and runs."""
    return "".join(secrets.choice(ALPHABET) for _ in range(ID_CHARS))


def new_token() -> str:
    """For share links, which open a design by themselves."""
    return "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_CHARS))


def is_token(text: str) -> bool:
    """Whether this could be a token: what cannot is not looked up."""
    return len(text) == TOKEN_CHARS and set(text) <= set(ALPHABET)
