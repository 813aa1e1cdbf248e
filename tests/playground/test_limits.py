from __future__ import annotations

import pytest

from playground import limits
from playground.rates import Bucket, Buckets


@pytest.mark.parametrize("name", limits.LIMITS)
def test_a_limit_is_in_the_table_under_its_name_and_says_what_happens(name: str) -> None:
    entry = limits.LIMITS[name]
    assert getattr(limits, name.upper()) == entry.value > 0
    assert entry.help.endswith(".")


def test_no_limit_is_outside_the_table() -> None:
    constants = {name.lower() for name, value in vars(limits).items() if name.isupper() and isinstance(value, int)}
    assert constants - set(limits.LIMITS) == {"design_bytes"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_allows_a_burst_and_then_its_rate() -> None:
    clock = Clock()
    bucket = Bucket(per_s=2, burst=3, now=clock)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    clock.now = 0.5
    assert [bucket.take() for _ in range(2)] == [True, False]
    clock.now = 100
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_every_key_has_its_own_bucket_and_old_ones_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.rates.ADDRESSES_KEPT", 2)
    buckets = Buckets(0.001, 1)
    assert [buckets.take(key) for key in "aabbc"] == [True, False, True, False, True]
    assert buckets.take("a")
