"""Codes that are read aloud and typed on phones: three letters, three digits, none that looks like another."""

from __future__ import annotations

import re
import secrets
import unicodedata

LETTERS = "ACDEFGHJKLMNPQRTUVWXY"  # without B, I, O, S, Z: 8, 1, 0, 5, 2
DIGITS = "346789"
CODE_CHARS = 7
CODE = re.compile(r"[A-Z]{3}-[0-9]{3}")


def new_code() -> str:
    letters = "".join(secrets.choice(LETTERS) for _ in range(3))
    return f"{letters}-{''.join(secrets.choice(DIGITS) for _ in range(3))}"


def code_in(text: str) -> str | None:
    """The code that somebody meant: "kqt 482" and "KQT – 482" are KQT-482. None where it cannot be one."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text[:40]).upper() if c.isalnum())
    code = f"{plain[:3]}-{plain[3:]}"
    return code if CODE.fullmatch(code) else None
