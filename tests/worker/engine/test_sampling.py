"""Draws: the functions to the last bits, the laws against their distributions, and the very bits on every machine."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from decimal import Decimal, getcontext
from typing import Any

import numpy as np
import pytest
from scipy import stats

from worker.engine.alias import alias_table
from worker.engine.kernel.random import LONGEST, below, exp, ln, normal, sample, unit, word
from worker.engine.layout import Law

DRAWS = 60_000


def draws(kind: str, a: float, b: float = 0.0, c: float = 0.0, count: int = DRAWS, seed: int = 11) -> np.ndarray:
    row = np.array([float(Law[kind]), 0.0, a, b, c, 0.0, 0.0, 0.0])
    rng = np.array([seed], np.uint64)
    return np.array([sample(row, rng, 0) for _ in range(count)], np.int64)


def test_words_are_splitmix64() -> None:
    """The first outputs for seed 1234567, as Vigna's splitmix64.c gives them."""
    rng = np.array([1234567], np.uint64)
    assert [int(word(rng, 0)) for _ in range(5)] == [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
    ]  # fmt: skip


def test_a_unit_is_never_zero_and_may_be_one() -> None:
    assert unit(np.uint64(0)) == 2.0**-53
    assert unit(np.uint64(2**64 - 1)) == 1.0
    assert abs(ln(1.0)) < 1e-17


def test_ln_and_exp_are_right_to_the_last_bits() -> None:
    getcontext().prec = 40
    rng = np.random.default_rng(5)
    points = [*(2.0 ** -rng.uniform(0, 53, 1500)), *rng.uniform(0.9, 1.0, 500), *(10 ** rng.uniform(0, 12, 500))]
    for x in points:
        exact = Decimal(float(x)).ln()
        assert abs(Decimal(float(ln(x))) - exact) < max(abs(exact) * Decimal(4e-16), Decimal(4e-16))
    for x in rng.uniform(-40, 690, 2000):
        exact = Decimal(float(x)).exp()
        assert abs(Decimal(float(exp(x))) - exact) < exact * Decimal(1e-15)


def test_the_normal_quantile_is_right_from_the_middle_to_the_last_tail() -> None:
    for u in [*np.linspace(0.001, 0.999, 333), *(10.0 ** -np.arange(4, 16)), 2.0**-53]:
        assert normal(float(u)) == pytest.approx(float(stats.norm.ppf(u)), rel=1e-13, abs=1e-13)


LAWS: list[tuple[str, tuple[float, ...], Callable[[Any], Any]]] = [
    ("EXP", (5e6,), stats.expon(scale=5e6).cdf),
    ("LOGNORMAL", (math.log(5e6), 0.8), stats.lognorm(s=0.8, scale=5e6).cdf),
    ("UNIFORM", (2e6, 7e6), stats.uniform(2e6, 5e6).cdf),
    ("PARETO", (1e6, 1.6), stats.pareto(b=1.6, scale=1e6).cdf),
    ("BIMODAL_EXP", (1e6, 2e7, 0.1), lambda x: 0.9 * stats.expon(scale=1e6).cdf(x) + 0.1 * stats.expon(scale=2e7).cdf(x)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "row", "cdf"), LAWS, ids=[law[0] for law in LAWS])
def test_a_law_is_what_it_says(kind: str, row: tuple[float, ...], cdf: Callable[[Any], Any]) -> None:
    """Kolmogorov and Smirnov at 1e-5; draws are cut off to whole ns, hence the half."""
    found = draws(kind, *row) + 0.5
    assert stats.kstest(found, cdf).pvalue > 1e-5


def test_laws_of_one_or_two_values() -> None:
    assert set(draws("CONST", 1234.0, count=10)) == {1234}
    two = draws("BIMODAL_CONST", 10.0, 500.0, 0.2)
    assert set(two) == {10, 500}
    assert stats.binomtest(int((two == 500).sum()), DRAWS, 0.2).pvalue > 1e-5


@pytest.mark.parametrize(("kind", "row"), [("PARETO", (1e9, 0.05)), ("LOGNORMAL", (600.0, 300.0)), ("EXP", (1e300,))])
def test_draws_end_at_eighteen_minutes_and_at_nothing(kind: str, row: tuple[float, ...]) -> None:
    found = draws(kind, *row, count=2000)
    assert found.min() >= 0 and found.max() == int(LONGEST) == 1 << 40
    assert draws("UNIFORM", -10.0, 5.0, count=200).min() == 0


def test_one_draw_takes_one_word() -> None:
    """A/B runs stay aligned draw by draw, so no law may take more or fewer words by chance."""
    for kind, row in [
        ("EXP", (1e6,)),
        ("LOGNORMAL", (1.0, 1.0)),
        ("PARETO", (1.0, 1.0)),
        ("BIMODAL_CONST", (1.0, 2.0)),
    ]:
        table, rng, other = np.zeros(8), np.array([3], np.uint64), np.array([3], np.uint64)
        table[0], table[2 : 2 + len(row)] = float(Law[kind]), row
        for _ in range(50):
            sample(table, rng, 0)
            word(other, 0)
            assert rng[0] == other[0]


@pytest.mark.parametrize("n", [1, 2, 3, 7, 1000, 5_000_000_000])
def test_integers_below_n_are_all_alike(n: int) -> None:
    rng = np.array([n], np.uint64)
    found = np.array([below(np.uint64(word(rng, 0)), n) for _ in range(20_000)])
    assert found.min() >= 0 and found.max() < n
    cells = min(n, 10)
    counts = np.bincount(found * cells // n, minlength=cells)
    shares = [len(range(-(-c * n // cells), -(-(c + 1) * n // cells))) / n for c in range(cells)]
    assert stats.chisquare(counts, [20_000 * share for share in shares]).pvalue > 1e-5 if n > 1 else counts[0] == 20_000
    assert below(np.uint64(7), 0) == below(np.uint64(7), -3) == 0


@pytest.mark.parametrize(("keys", "alpha"), [(10, 0.0), (50, 0.99), (1000, 1.3)])
def test_an_alias_table_holds_the_law_of_zipf(keys: int, alpha: float) -> None:
    """Exactly: the shares of all slots are added up, no draw is made."""
    shares = np.zeros(keys)
    for slot, entry in enumerate(alias_table(keys, alpha)):
        threshold, alias = int(entry) >> 32 & 0xFFFFFFFF, int(entry) & 0xFFFFFFFF
        shares[slot] += threshold / 2**32 / keys
        shares[alias] += (1 - threshold / 2**32) / keys
    weights = np.arange(1, keys + 1) ** -alpha
    assert shares == pytest.approx(weights / weights.sum(), abs=2e-9)


def test_the_bits_are_the_same_everywhere() -> None:
    """A digest that every platform, version and mode must give. A new one is a new engine version."""
    digest = hashlib.sha256()
    for kind, row, _ in LAWS:
        digest.update(draws(kind, *row, count=3000, seed=99).tobytes())
    for function in (ln, exp, normal):
        digest.update(np.array([function(i / 1000) for i in range(1, 1000)]).tobytes())
    digest.update(alias_table(1000, 0.99).tobytes())
    assert digest.hexdigest()[:16] == "417e68bfb9c12af5"
