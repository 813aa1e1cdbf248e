"""Intervals, warm-up, knee, merging: against theory and against other people's code."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from components.experiment.counts import low_ns, merged, quantile_ns, value_of
from components.experiment.curve import curve_of, first_to_give, past_capacity
from components.experiment.intervals import of_mean, of_share, student
from components.experiment.knee import knee_of
from components.experiment.warmup import warm_from
from tests.worker.laws.theory import mmc_sojourn


@pytest.mark.parametrize("degrees", [1, 2, 4, 9, 29, 199])
@pytest.mark.parametrize("p", [0.9, 0.975, 0.9995])
def test_students_quantiles_are_those_of_scipy(degrees: int, p: float) -> None:
    assert student(degrees, p) == pytest.approx(stats.t.ppf(p, degrees), rel=1e-9)


@pytest.mark.parametrize(("good", "of"), [(0, 10), (10, 10), (1, 3), (87, 100), (400, 400), (13, 200)])
def test_wilsons_interval_is_that_of_scipy(good: int, of: int) -> None:
    expected = stats.binomtest(good, of).proportion_ci(0.95, method="wilson")
    assert of_share(good, of) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize(("n", "law"), [(3, "normal"), (8, "normal"), (20, "exponential")])
def test_the_interval_of_a_mean_covers_it_as_often_as_it_says(n: int, law: str) -> None:
    """Coverage over 4,000 experiments: 95 % within 1.5 for normal values, a little less for skewed ones."""
    chance = random.Random(5)
    covered = 0
    for _ in range(4000):
        values = [chance.gauss(1, 3) if law == "normal" else chance.expovariate(1) for _ in range(n)]
        low, high = of_mean(values) or (0, 0)
        covered += low <= 1 <= high
    least = 0.935 if law == "normal" else 0.90
    assert least <= covered / 4000 <= 0.965


def test_the_interval_of_a_share_covers_it_as_often_as_it_says() -> None:
    """Wilson's at p = 0.9 and n = 30: exact coverage by the binomial law, not by drawing."""
    n, p = 30, 0.9
    inside = [k for k in range(n + 1) if (found := of_share(k, n)) and found[0] <= p <= found[1]]
    assert 0.92 <= math.fsum(stats.binom.pmf(inside, n, p)) <= 0.99


COUNTS = st.fixed_dictionaries(
    {
        "span_ns": st.integers(0, 10**12), "offered": st.integers(0, 10**6), "ok": st.integers(0, 10**6),
        "max_ns": st.integers(0, 10**10),
        "failed": st.dictionaries(st.sampled_from(["timeout", "error", "shed"]), st.integers(1, 100)),
        "buckets": st.dictionaries(st.integers(0, 1900).map(str), st.integers(1, 1000), max_size=30),
    }
)  # fmt: skip


@given(st.lists(COUNTS, max_size=6), st.randoms())
def test_merging_has_no_order_and_no_grouping(runs: list[dict[str, Any]], chance: random.Random) -> None:
    shuffled = runs[:]
    chance.shuffle(shuffled)
    cut = chance.randint(0, len(runs))
    whole = merged(runs)
    assert whole == merged(shuffled) == merged([merged(runs[:cut]), merged(runs[cut:])])
    assert sum(whole.get("buckets", {}).values()) == sum(sum(run["buckets"].values()) for run in runs)


def test_a_quantile_of_many_runs_is_not_the_mean_of_quantiles() -> None:
    fast = {"buckets": {"100": 900}, "max_ns": low_ns(101)}
    slow = {"buckets": {"900": 100}, "max_ns": low_ns(901)}
    together = quantile_ns(merged([fast, slow]), 0.95)
    assert together is not None and low_ns(900) <= together <= low_ns(901)


def test_rates_and_shares_are_of_all_runs() -> None:
    one = {
        "span_ns": 10**9,
        "ok": 90,
        "failed": {"error": 10},
        "buckets": {"64": 90},
        "latency_ns": 90 * 2**11,
        "max_ns": 4096,
    }
    two = one | {"span_ns": 3 * 10**9, "ok": 300, "failed": {}}
    whole = merged([one, two])
    assert value_of("client.goodput_rps", whole) == 97.5
    assert value_of("client.failed_share", whole) == 0.025
    assert value_of("client.latency_ms.mean", whole) == pytest.approx(2**11 / 1e6)
    assert value_of("client.latency_ms.p99", {"buckets": {}, "max_ns": 0}) is None


@pytest.mark.parametrize(("warm", "seed"), [(0, 1), (20, 2), (40, 3)])
def test_the_warm_up_is_found_where_it_was_put(warm: int, seed: int) -> None:
    """A decay towards 100 that is over after `warm` batches of 200, under noise of 5."""
    chance = random.Random(seed)
    series = [round(100 + 400 * max(0, 1 - batch / warm if warm else 0) + chance.gauss(0, 5)) for batch in range(200)]
    found, settled = warm_from(series, 100)
    assert settled and warm - 8 <= found <= warm + 12


def test_a_series_that_only_grows_has_not_settled() -> None:
    assert warm_from([10 * batch for batch in range(120)], 40) == (40, False)


def test_leaving_the_warm_up_out_is_what_makes_the_mean_right() -> None:
    series = [1000] * 10 + [100] * 90
    found, _ = warm_from(series, 50)
    assert found == 10 and sum(series) / len(series) > 150, "with it the mean would be wrong"


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.9), (0.05, 0.95), (0.3, 0.99)])
def test_the_knee_of_mm1_is_where_theory_puts_it(low: float, high: float) -> None:
    loads = [low + (high - low) * step / 400 for step in range(401)]
    found = knee_of([(load, 1 / (1 - load)) for load in loads])
    assert found is not None
    assert loads[found] == pytest.approx(1 - math.sqrt((1 - low) * (1 - high)), abs=(high - low) / 400)


@pytest.mark.parametrize("servers", [2, 4, 16])
def test_the_knee_of_mmc_is_where_the_curve_is_as_steep_as_its_chord(servers: int) -> None:
    loads = [0.1 + 0.85 * step / 1000 for step in range(1001)]
    curve = [(load, mmc_sojourn(servers, load * servers, 1)) for load in loads]
    found = knee_of(curve)
    assert found is not None
    slope = (curve[found + 1][1] - curve[found - 1][1]) / (loads[found + 1] - loads[found - 1])
    assert slope == pytest.approx((curve[-1][1] - curve[0][1]) / (loads[-1] - loads[0]), rel=0.02)


def test_a_curve_that_hardly_rises_has_no_knee() -> None:
    assert knee_of([(load, 10 + load / 100) for load in range(20)]) is None
    assert knee_of([(1, 1), (2, 9), (3, 99)]) is None, "too few to tell"


def test_past_capacity_begins_where_less_is_served_than_before() -> None:
    assert past_capacity([0.95, 0.951, 0.949, 0.8, 0.7]) == 3, "a design that always fails 5 % is not past capacity"
    assert past_capacity([1, 0.999, 0.995]) is None


def test_the_knee_is_looked_for_below_capacity_alone() -> None:
    """Past it the latency is whatever the time-out allows: a plateau that would move the knee."""

    def point(value: float, served: float) -> dict[str, Any]:
        values = {"p": {"median": value}, "client.goodput_rps": {"mean": served * value}}
        return {"runs": 1, "values": values, "served_share": served, "utilisation": {"web": 0.5}, "busiest": "web"}

    loads = [step / 20 for step in range(1, 20)] + [1.5, 2.0, 3.0, 4.0]
    points = [point(1 / (1 - load), 1.0) for load in loads[:19]] + [point(200, 0.5)] * 4
    found = curve_of(loads, points, "p")
    assert found["past"] == 19 and found["knee"]["load"] == pytest.approx(0.8, abs=0.051)
    assert curve_of(loads[:3], points[:3], "p")["why"].startswith("Fewer than 4")


def test_who_was_nearly_full_before_gives_way_before_who_waits_for_it() -> None:
    loads = [{"web": 0.2, "db": 0.6}, {"web": 0.25, "db": 0.8}, {"web": 1.0, "db": 0.99}, {"web": 1.0, "db": 1.0}]
    assert first_to_give(loads) == {"node": "db", "utilisation": 0.99, "index": 2, "full": True}
    assert first_to_give(loads[:2]) == {"node": "db", "utilisation": 0.8, "index": 1, "full": False}
    assert first_to_give([]) is None and first_to_give([{}]) is None
