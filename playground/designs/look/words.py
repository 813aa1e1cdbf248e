"""Screen words for the terms of the language (docs/glossary.md)."""

from __future__ import annotations

from typing import Any

WORDS = {
    "aside": "Cache aside",
    "const": "Constant",
    "ip_hash": "IP hash",
    "exp": "Exponential",
    "fifo": "FIFO",
    "least_conn": "Least connections",
    "lifo": "LIFO",
    "lru": "LRU",
    "p2c": "Best of two",
    "rejected": "Refused",
    "same_host": "Same host",
    "same_az": "Same zone",
    "cross_az": "Across zones",
    "region_near": "Near region",
    "region_far": "Far region",
    "bimodal": "Two speeds",
}

UNITS = {"rps": "/s"}


def word(term: str) -> str:
    """`ip_hash` -> "IP hash"; a term without an entry is written out."""
    return WORDS.get(term, term.replace("_", " ").capitalize())


def unit(term: str) -> str:
    return UNITS.get(term, term)


def sentence(text: str) -> str:
    """Help in screen words: JSON's null is "none" to people."""
    return text.replace("null", "none")


def plain(value: Any) -> str:
    """A number without a tail of noughts: 5.0 -> "5", 0.014 stays."""
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def grouped(value: float) -> str:
    """A number for reading: 12400 -> "12,400"."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,g}"


def said(value: Any) -> str:
    """A value of a parameter in words: none, LRU, "timeout, error", 300."""
    if isinstance(value, list):
        return ", ".join(word(part).lower() if isinstance(part, str) else plain(part) for part in value) or "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else word(value) if isinstance(value, str) else plain(value)
