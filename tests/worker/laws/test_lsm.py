"""LSM storage: false positives of the Bloom filters (Bloom 1970), what compaction writes, what filters save."""

from __future__ import annotations

import math
from typing import Any

import pytest

from components.program.bloom import Bloom
from tests.worker.engine.build import over
from tests.worker.laws.test_replicas import counters, store
from worker.engine.simulation import Simulation

NS = 1_000_000_000
KEYS = 24_000


def filled(writes: int, seed: int = 1, **lsm: Any) -> Simulation:
    """One node that has taken about that many writes of random keys, and has come to rest."""
    users = {"read_share": 0, "keys_n": KEYS}
    options = {"memtable_keys": 1000, "levels": 1, "disk_ms": 0.001} | lsm
    simulated = store(writes / 2, seed, users, replicas=1, n=1, service_time_ms=0, lsm=options)
    simulated.advance(2 * NS)
    simulated.knobs.set("users", "rate_rps", 1e-6)
    simulated.advance(4 * NS)
    return simulated


def reads(simulated: Simulation, count: int) -> dict[str, int]:
    simulated.knobs.set("users", "read_share", 1)
    simulated.knobs.set("users", "rate_rps", count / 2)
    return counters(over(simulated, 2))


@pytest.mark.parametrize(
    ("bits", "hashes", "published"), [(8, 6, 0.0216), (10, 7, 0.00819), (16, 11, 0.000459), (6, 4, None), (10, 2, None)]
)
def test_filters_are_wrong_about_absent_keys_as_often_as_they_must(
    bits: int, hashes: int, published: float | None
) -> None:
    """(1 - e^(-k/b))^k with b bits a key and k hashes."""
    expected = (1 - math.exp(-hashes / bits)) ** hashes
    assert published is None or expected == pytest.approx(published, rel=0.01)
    wrong = absent = 0
    for seed in range(1, 3):
        found = reads(filled(20_000, seed, bloom_bits=bits, bloom_hashes=hashes), 120_000)
        wrong, absent = wrong + found["bloom_wrong"], absent + found["bloom_wrong"] + found["bloom_saved"]
    assert wrong / absent == pytest.approx(expected, rel=0.1, abs=4.4 * (expected / absent) ** 0.5)


def test_a_filter_with_one_hash_for_all_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: every hash sets the same bit."""
    place = Bloom.place
    monkeypatch.setattr(
        Bloom, "place", lambda self, at, bit, number, bits, key, salt: place(self, at, bit, number, bits, key, 0)
    )
    found = reads(filled(20_000, bloom_bits=10, bloom_hashes=7), 60_000)
    assert found["bloom_wrong"] / (found["bloom_wrong"] + found["bloom_saved"]) > 5 * 0.00819


def test_a_filter_never_denies_a_key_that_is_there() -> None:
    """The same requests with and without filters; right reads are as many as the run's share of the keys says."""
    filtered, plain = (filled(20_000, bloom_bits=bits) for bits in (10, 0))
    placed = filtered.plan.nodes["kv"]
    base = int(filtered.machine.arena[placed.address(0, "lsm_where")])
    where = filtered.machine.arena[base : base + KEYS]
    in_run, in_memory = int((where >> 1 & 1).sum()), int((where & 1).sum())
    found, without = reads(filtered, 40_000), reads(plain, 40_000)
    assert found["disk_reads"] + found["bloom_saved"] == without["disk_reads"]
    right = (found["disk_reads"] - found["bloom_wrong"]) / without["disk_reads"]
    both = int(((where >> 1 & 1) & (where & 1)).sum())
    assert right == pytest.approx((in_run - both) / (KEYS - in_memory), rel=0.03)


@pytest.mark.parametrize("levels", [3, 4])
def test_tiers_write_less_and_read_more_than_levels(levels: int) -> None:
    leveled, tiered = (
        filled(40_000, levels=levels, memtable_keys=300, compaction=way, bloom_bits=0) for way in ("leveled", "tiered")
    )
    written = [counters(simulated.summary())["compacted"] for simulated in (leveled, tiered)]
    assert written[1] < written[0] / 1.5
    assert reads(leveled, 20_000)["disk_reads"] < reads(tiered, 20_000)["disk_reads"]
