"""Quorum stores: t-visibility and waits of WARS (Bailis et al. 2012), and what breaks the laws when a mechanism is gone."""

from __future__ import annotations

from typing import Any

import pytest

from components.program import Op, Own, Reg
from components.program.assembler import Value
from components.program.quorum import Quorum
from tests.worker.laws import wars
from tests.worker.laws.probe import probe, probed

__all__ = ["probe"]
pytestmark = pytest.mark.usefixtures("probe")


def store(preset: str, n: int, r: int, w: int) -> dict[str, Any]:
    return {"replicas": n, "n": n, "r": r, "w": w, "read_repair": False, "latency": {"preset": preset}}


def fresh(found: dict[str, Any]) -> float:
    return 1 - float(found["stale_reads"] / found["reads"])


@pytest.mark.parametrize(
    ("preset", "published", "seconds"), [("lnkd_ssd", 0.974, 0.5), ("lnkd_disk", 0.439, 1), ("ymmr", 0.887, 4)]
)
def test_reads_at_the_moment_of_commit_see_it_as_often_as_published(
    preset: str, published: float, seconds: float
) -> None:
    assert fresh(probed(store(preset, 3, 1, 1), seconds)) == pytest.approx(published, abs=0.01)


@pytest.mark.parametrize(
    ("preset", "n", "r", "w", "after_ms", "seconds"),
    [
        ("lnkd_disk", 3, 1, 1, 10, 4), ("lnkd_disk", 3, 2, 1, 0, 1.5), ("lnkd_disk", 5, 1, 2, 2, 2), ("ymmr", 3, 2, 1, 20, 6),
        ("lnkd_ssd", 5, 1, 1, 0.5, 1), ("lnkd_disk", 3, 2, 2, 0, 1), ("ymmr", 3, 1, 3, 0, 40),
    ],
)  # fmt: skip
def test_reads_later_see_it_as_often_as_drawn_by_hand(
    preset: str, n: int, r: int, w: int, after_ms: float, seconds: float
) -> None:
    expected = wars.fresh_share(wars.LAWS[preset], n, r, w, after_ms)
    assert fresh(probed(store(preset, n, r, w), seconds, after_ms=after_ms)) == pytest.approx(expected, abs=0.012)


@pytest.mark.parametrize(
    ("n", "wanted", "mean", "p99"),
    [(3, 1, 1 / 3, 1.53), (3, 2, 0.8333, 2.84), (3, 3, 1.8333, 5.70), (5, 3, 0.7833, 2.25)],
)
def test_the_wait_for_answers_is_that_of_order_statistics(n: int, wanted: int, mean: float, p99: float) -> None:
    """Exponential answers of mean 10 ms; writes and reads wait for as many."""
    setup = store("none", n, wanted, wanted) | {
        "latency": {"preset": "lnkd_ssd", "w_ms": 10, "a_ms": 0, "r_ms": 10, "s_ms": 0}
    }
    found = probed(setup, 4)["latency"]
    assert mean == pytest.approx(wars.wait_ms(n, wanted), rel=1e-3)
    assert found["mean"] == pytest.approx(10 * mean, rel=0.02)
    assert found["p99"] == pytest.approx(10 * p99, rel=0.04)


def test_a_quorum_of_one_that_asks_one_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a coordinator that counts its first answer as all of them."""
    honest = fresh(probed(store("lnkd_disk", 3, 2, 2), 1))

    def hasty(self: Quorum, asm: Any) -> None:
        start(self, asm)
        self.r = self.w = 1

    start = Quorum.__init__
    monkeypatch.setattr(Quorum, "__init__", hasty)
    assert honest == 1
    assert fresh(probed(store("lnkd_disk", 3, 2, 2), 1)) < 0.5


@pytest.mark.parametrize(
    ("r", "w", "k", "expected"),
    [(1, 1, 1, 1 / 3), (1, 1, 3, 0.7037), (1, 1, 5, 0.8683), (1, 2, 3, 0.963), (2, 1, 2, 0.8889)],
)
def test_quorums_that_never_spread_are_k_versions_old_as_often_as_chance_says(
    monkeypatch: pytest.MonkeyPatch, r: int, w: int, k: int, expected: float
) -> None:
    """Each write stays at w of three nodes and each read asks r: 1 - p^k are within k versions, p = C(n-w, r) / C(n, r)."""

    def ask(self: Quorum, lanes: Own, heard: Reg, *, hint: bool) -> None:
        asm, start, place = self.asm, self.asm.scratch("window"), self.asm.scratch("window_place")
        asm.emit(Op.RAND, start, self.n, asm.stream("window"))
        for number, node in self.members():
            outside, following = asm.label(), asm.label()
            asm.add(place, start, number)
            asm.emit(Op.MOD, place, place, self.n)
            asm.branch(outside, place, ">=", self.w if lanes is self.puts else self.r)
            asm.emit(Op.ACALL, self.lane(lanes, number, node), number)
            asm.jump(following)
            asm.place(outside)
            asm.emit(Op.OR, heard, heard, 1 << number)
            asm.place(following)

    def tell(self: Quorum, best: list[Value], must: Reg) -> None:
        self.asm.emit(Op.SUB, must, must, k - 1)
        honest(self, best, must)

    honest = Quorum.tell
    monkeypatch.setattr(Quorum, "ask", ask)
    monkeypatch.setattr(Quorum, "tell", tell)
    found = probed(store("lnkd_ssd", 3, r, w), 0.4)
    assert fresh(found) == pytest.approx(expected, abs=0.012)
