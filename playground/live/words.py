"""One line of text out of what people type."""

from __future__ import annotations

import unicodedata


def line(text: str) -> str:
    """Without control and formatting characters, which could turn a name around, and with single spaces."""
    shown = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(unicodedata.normalize("NFKC", shown).split())


def folded(text: str) -> str:
    """The form in which two names that read alike are the same."""
    return line(text).casefold()[:100]


def and_list(words: list[str]) -> str:
    """ "a, b and c"."""
    return " and ".join([part for part in (", ".join(words[:-1]), words[-1]) if part]) if words else ""
