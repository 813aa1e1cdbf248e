"""Colours come from tokens.css alone, and the pairs that are used can be read."""

from __future__ import annotations

import re

import pytest

from tests.house.colour import DARK, LIGHT, block, contrast
from tests.house.files import text, under

THEMES = {"dark": DARK, "light": LIGHT}
GROUNDS = {"dark": ("canvas", "chrome", "card", "raised"), "light": ("canvas", "chrome", "card")}
WORDS = ("text", "text2", "text3", "accent", "ok", "warn", "crit", "down")
MARKS = ("okm", "warnm", "critm", "flow", "c1", "c2", "c3", "c4", "c5")
PAIRS = (
    *(("onfill", f"p{hue}") for hue in range(6)),
    ("onfill", "afill"), ("onfill", "critfill"), ("accent", "atint"), ("text2", "atint"),
    ("ok", "oktint"), ("warn", "warntint"), ("crit", "crittint"),
)  # fmt: skip
COLOUR = re.compile(
    r"(?<!&)#(?=[a-f]*\d)[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch)\(|:\s*(?:white|black|red|gr[ae]y)\b|#(?:fff|000)\b",
    re.I,
)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("word", WORDS)
def test_words_can_be_read_on_every_ground(theme: str, word: str) -> None:
    tokens = THEMES[theme]
    assert min(contrast(tokens[word], tokens[ground]) for ground in GROUNDS[theme]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("mark", MARKS)
def test_marks_can_be_seen_on_every_ground(theme: str, mark: str) -> None:
    tokens = THEMES[theme]
    assert min(contrast(tokens[mark], tokens[ground]) for ground in GROUNDS[theme]) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("word", "ground"), PAIRS)
def test_words_on_their_own_ground_can_be_read(theme: str, word: str, ground: str) -> None:
    assert contrast(THEMES[theme][word], THEMES[theme][ground]) >= 4.5


def test_outlines_of_inputs_can_be_seen_where_they_stand() -> None:
    assert min(contrast(tokens["ctl"], tokens["chrome"]) for tokens in THEMES.values()) >= 3


def test_both_themes_name_the_same_colours() -> None:
    assert set(LIGHT) == set(DARK)


def test_the_light_theme_is_the_same_by_choice_and_by_wish_of_the_system() -> None:
    assert block(":root:not([data-theme])") == LIGHT


def test_no_colour_is_named_outside_the_tokens() -> None:
    sheets = [
        path for path in under("static", "templates", suffixes=(".css", ".html", ".js")) if path.name != "tokens.css"
    ]
    named = {str(path): COLOUR.findall(text(path)) for path in sheets}
    assert {path: found for path, found in named.items() if found} == {}
