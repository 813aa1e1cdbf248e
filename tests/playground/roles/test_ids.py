"""Ids and tokens that nobody can guess, and answers that do not tell which ones exist."""

from __future__ import annotations

import math

import pytest
from django.apps import apps

from playground.ids import ALPHABET, ID_CHARS, TOKEN_CHARS, new_id, new_token
from tests.playground.roles.cast import World
from tests.playground.roles.table import CALLS, PATTERNS, call_path, page_path

MADE = 2000
OURS = ("accounts", "designs", "runs", "experiments", "labs", "live")
COUNTED = ("Member", "Edit", "Snapshot", "RunCommand")  # have no address of their own


def test_ids_and_tokens_are_long_enough() -> None:
    bits = math.log2(len(ALPHABET))
    assert ID_CHARS * bits > 80
    assert TOKEN_CHARS * bits > 120


@pytest.mark.parametrize("make", [new_id, new_token])
def test_ids_and_tokens_are_random_in_every_place(make: object) -> None:
    assert callable(make)
    made = [make() for _ in range(MADE)]
    assert len(set(made)) == MADE
    for letters in zip(*made, strict=True):
        assert set(letters) == set(ALPHABET)  # missing one of 36 letters in 2000 draws: 1e-23
        assert max(letters.count(letter) for letter in ALPHABET) < MADE / 36 * 2


def test_what_has_an_address_has_an_id_that_cannot_be_counted() -> None:
    models = [
        model
        for label in OURS
        if apps.is_installed(f"playground.{label}")
        for model in apps.get_app_config(label).get_models()
    ]
    for model in models:
        key = model._meta.pk
        assert key is not None
        if key.get_internal_type() in ("AutoField", "BigAutoField"):
            continue  # no URL takes a number: see the next test
        if key.remote_field is None:
            assert key.default in (new_id, new_token), model


def test_no_address_takes_a_number() -> None:
    converters = [name for pattern in PATTERNS.values() for name in map(str, pattern.pattern.converters.values())]
    assert not [name for name in converters if "IntConverter" in name]
    assert not [path for _, path in CALLS if "{int:" in path]


@pytest.mark.usefixtures("transactional_db")
def test_an_id_that_does_not_exist_is_a_404_for_everybody() -> None:
    for role in ("anonymous", "guest", "owner"):
        world = World(role)
        for name in ("editor", "inspector", "history", "revision", "export"):
            path = page_path("GET", name, world).replace(world.design.pk, new_id())
            assert world.browser.get(path).status_code == 404
        path = call_path("GET", "/designs/{id:id}", world).replace(world.design.pk, new_id())
        assert world.browser.get(path).status_code == 404


@pytest.mark.usefixtures("transactional_db")
def test_a_link_that_never_was_looks_like_one_that_is_over() -> None:
    """Nobody learns from the answer whether a token was ever good."""
    bodies = set()
    for role in ("revoked", "expired", "guest"):
        world = World(role)
        token = world.token or new_token()
        answer = world.browser.get(f"/s/{token}")
        assert answer.status_code == 404
        bodies.add(answer.content.replace(token.encode(), b"").partition(b"<main")[2].partition(b"</main>")[0])
    assert len(bodies) == 1
