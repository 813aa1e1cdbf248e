"""Elections of a consensus group: time to a new leader, split votes, the trend with the range (Ongaro's thesis, 9.2, 9.3; 2014)."""

from __future__ import annotations

from statistics import fmean, median, stdev
from typing import Any

import pytest
from scipy import stats

from components.program.election import Election
from components.program.raft import Member
from tests.worker.laws.leaders import MS, crash, group, kills, leaders, word
from worker.engine.layout import Link
from worker.engine.simulation import Simulation

NS = 1_000_000_000
SURE = 4.4  # standard errors at 1e-5


def timed(
    members: int, low: float, high: float, heartbeat: float, count: int, one_way: float = 0, **params: Any
) -> list[Any]:
    setup = {
        "nodes": members,
        "heartbeat_ms": heartbeat,
        "election_ms": {"low": low, "high": high},
        "rtt_ms": 2 * one_way,
    }
    rest = 2.2 * high + 4 * one_way
    return kills(group(**setup | params), count, heartbeat, step_ms=max(5, low / 10), rest_ms=rest)


@pytest.mark.parametrize(("members", "low", "count"), [(5, 150, 900), (3, 300, 600), (7, 100, 600)])
def test_a_new_leader_comes_as_soon_as_the_first_time_out(members: int, low: float, count: int) -> None:
    """T to 2T, a heartbeat every T/2, no delay: T(1 + 1/(s+1) - 1/4) with s members left."""
    found = [kill.ms for kill in timed(members, low, 2 * low, low / 2, count)]
    expected = low * (1 + 1 / members - 1 / 4)
    assert abs(fmean(found) - expected) < SURE * stdev(found) / count**0.5
    assert SURE * stdev(found) / count**0.5 < 0.07 * expected


def test_the_delay_of_messages_comes_on_top_twice() -> None:
    """One way to ask, one way back, as long as votes are not split."""
    quick = fmean(kill.ms for kill in timed(5, 150, 300, 75, 400))
    slow = fmean(kill.ms for kill in timed(5, 150, 300, 75, 400, one_way=4))
    assert slow - quick == pytest.approx(8, abs=6)


@pytest.mark.parametrize(
    ("members", "one_way", "count"), [(5, 15, 1200), (5, 30, 700), (4, 30, 500), (5, 1.5, 400)], ids=str
)  # fmt: skip
def test_votes_are_split_as_often_as_too_many_stand_within_one_delay(members: int, one_way: float, count: int) -> None:
    """Of s members left, c stand within a delay of l of the range: split if the first cannot get its majority any more."""
    left, majority = members - 1, members // 2 + 1
    standing = left - majority + 2
    expected = float(stats.beta(standing - 1, left - standing + 2).cdf(one_way / 150))
    found = fmean(kill.terms > 1 for kill in timed(members, 150, 300, 75, count, one_way))
    assert abs(found - expected) < SURE * (expected * (1 - expected) / count) ** 0.5 + 1e-3


def test_the_published_shares_are_those_of_the_formula() -> None:
    shares = [
        float(stats.beta(c - 1, s - c + 2).cdf(delay))
        for c, s, delay in [(3, 4, 0.01), (3, 4, 0.1), (3, 4, 0.2), (2, 3, 0.2)]
    ]
    assert shares == pytest.approx([0.0006, 0.052, 0.181, 0.488], abs=6e-4)


def test_a_wider_range_elects_sooner_until_it_is_too_wide() -> None:
    """Broadcasts of about 15 ms: without a range hardly ever, with 5 ms after some rounds, with 50 ms in one or two."""
    network = {"rtt_ms": 0, "jitter_ms": 7.5}
    narrow = [kill.ms for kill in timed(5, 150, 155, 75, 120, **network)]
    wide = [kill.ms for kill in timed(5, 150, 200, 75, 120, **network)]
    short = [kill.ms for kill in timed(5, 12, 24, 6, 120, rtt_ms=1, jitter_ms=0.5)]
    assert median(wide) < median(narrow)
    assert 287 / 1.5 < median(narrow) < 287 * 1.5
    assert max(wide) < 513 * 1.5
    assert fmean(short) < 35 * 1.5


def test_without_chance_votes_are_split_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: everybody draws the same time-out."""

    def same(self: Member) -> None:
        self.asm.now(self.deadline, self.high)

    monkeypatch.setattr(Member, "redraw", same)
    simulated = group(nodes=5, rtt_ms=20)
    simulated.advance(5 * NS)
    assert not leaders(simulated)


def stormy(simulated: Simulation, rounds: int = 25) -> dict[str, Any]:
    """Writes all the time; again and again the leader dies and comes back."""
    for _ in range(rounds):
        simulated.advance(simulated.now_ns + 300 * MS)
        if leading := leaders(simulated):
            crash(simulated, leading[:1])
            simulated.advance(simulated.now_ns + 500 * MS)
            simulated.faults.heal("kill")
    return dict(simulated.summary()["nodes"]["raft"]["counters"])


def test_no_acknowledged_entry_is_lost_whoever_dies() -> None:
    counters = stormy(group(rate=300, nodes=5, fsync_ms=1, rtt_ms=4, jitter_ms=3))
    assert counters["leader_changes"] > 20
    assert counters["lost_acks"] == 0


def test_votes_for_members_that_lack_entries_lose_acknowledged_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: nobody compares logs."""
    monkeypatch.setattr(Election, "behind", lambda self, to: None)
    simulated = group(rate=300, nodes=5, rtt_ms=4, jitter_ms=40, prevote=False)
    assert stormy(simulated)["lost_acks"] > 0


def cut(simulated: Simulation, apart: list[int], loss: int) -> None:
    """Lose everything between `apart` and the others."""
    members = range(len(simulated.plan.nodes["raft"].replicas))
    for wire in simulated.plan.wires.values():
        for one in members:
            for other in members:
                if (one in apart) != (other in apart):
                    lane = wire.lanes[one][other]
                    simulated.machine.arena[lane + Link.OUT_LOSS] = simulated.machine.arena[lane + Link.BACK_LOSS] = (
                        loss
                    )


@pytest.mark.parametrize("prevote", [True, False])
def test_a_member_that_was_cut_off_disturbs_nobody_with_pre_votes(prevote: bool) -> None:
    simulated = group(rate=100, nodes=5, prevote=prevote)
    simulated.advance(2 * NS)
    term, apart = word(simulated, "current_term", 0), next(m for m in range(5) if m not in leaders(simulated))
    cut(simulated, [apart], 1 << 32)
    simulated.advance(12 * NS)
    cut(simulated, [apart], 0)
    simulated.advance(14 * NS)
    after = word(simulated, "current_term", 0)
    assert after == term if prevote else after > term + 5


@pytest.mark.parametrize("reads", ["leader_lease", "read_index", "stale"])
def test_a_leader_that_was_cut_off_answers_nothing_old_unless_it_may(reads: str) -> None:
    simulated = group(rate=400, read_share=0.5, nodes=5, reads=reads, timeout_ms=500)
    simulated.advance(2 * NS)
    cut(simulated, leaders(simulated), 1 << 32)
    simulated.advance(6 * NS)
    counters = simulated.summary()["nodes"]["raft"]["counters"]
    assert counters["leader_changes"] == 2
    assert (counters["stale_reads"] > 0) == (reads == "stale")
