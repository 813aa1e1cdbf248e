"""Replicas: the queue of records that are not applied, what reads from them miss, and what a failover costs."""

from __future__ import annotations

import statistics
from typing import Any

import pytest

from components.program.standby import Standby
from tests.worker.laws.case import Summary, run
from tests.worker.laws.designs import client, design, link, node


def pair(rate: float, read_share: float = 0, script: Any = (), **given: dict[str, Any]) -> dict[str, Any]:
    """A primary and its replica; `given`: parameters of users, db, replica, link."""
    quick = {"service_time_ms": 0, "write_time_ms": 0, "max_conns": 10_000}
    db = node("db", "sql_primary", **quick | given.get("db", {}))
    copy = node("copy", "sql_replica", **{"of": "db"} | quick | given.get("replica", {}))
    users = client(rate, read_share=read_share, **{"keys_n": 1000} | given.get("users", {}))
    return design([users, db, copy], [link("l", "users", "db", **given.get("link", {}))], script)


def counters(summary: Summary, id: str = "copy") -> dict[str, Any]:
    return dict(summary["nodes"][id]["counters"])


@pytest.mark.parametrize(("rate", "apply", "seconds"), [(1200, 1000, 60), (500, 300, 30), (2000, 1900, 40)])
def test_the_lag_is_the_queue_of_what_is_not_applied(rate: float, apply: float, seconds: float) -> None:
    found = counters(run(pair(rate, replica={"apply_rate_rps": apply}), 1, seconds, 0))
    wanted = (rate - apply) * seconds
    noise = 5 * (rate * seconds) ** 0.5
    assert found["lag_records"] == pytest.approx(wanted, abs=noise)
    assert found["lag_ms"] == pytest.approx(wanted / rate * 1000, abs=noise / rate * 1000 + 20)


def stale_share(rate: float, keys: int, delay_s: float) -> float:
    setup = pair(rate, 0.5, users={"keys_n": keys, "zipf_alpha": 0}, replica={"delayed_s": delay_s, "rtt_ms": 0, "apply_rate_rps": 1e6},
                 db={"wal": {"fsync_ms": 0}}, link={"consistency": "any_replica"})  # fmt: skip
    summary = run(setup, 1, 40, 2)
    return float(counters(summary)["stale_reads"] / summary["nodes"]["copy"]["completions"])


@pytest.mark.parametrize(("rate", "keys", "delay_s"), [(1000, 1000, 0.5), (400, 50, 0.2), (1000, 200, 1.0)])
def test_a_read_is_stale_if_its_key_was_written_within_the_lag(rate: float, keys: int, delay_s: float) -> None:
    """Poisson writes of each key: 1 - exp(-λ_w d / keys)."""
    wanted = 1 - 2.718281828 ** -(rate / 2 * delay_s / keys)
    assert stale_share(rate, keys, delay_s) == pytest.approx(wanted, rel=0.05)


def test_the_oracle_sees_a_replica_that_forgets_to_apply(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: without the daemon, every key that was ever written is stale."""
    monkeypatch.setattr(Standby, "write_daemons", lambda self: None)
    assert stale_share(1000, 100, 0.01) > 0.9


@pytest.mark.parametrize(
    ("consistency", "own_stale"), [("any_replica", True), ("read_your_writes", False), ("leader", False)]
)
def test_who_reads_their_own_writes_never_misses_one(consistency: str, own_stale: bool) -> None:
    setup = pair(
        1000, 0.5, users={"tenants_n": 20, "keys_n": 50}, replica={"rtt_ms": 100}, link={"consistency": consistency}
    )
    summary = run(setup, 1, 20, 1)
    assert (summary["links"]["l"].get("own_stale", 0) > 50) == own_stale
    assert (summary["nodes"]["copy"]["arrivals"] > 0) == (consistency != "leader")
    if consistency == "read_your_writes":
        assert 0 < counters(summary)["behind"] < summary["nodes"]["copy"]["arrivals"]


@pytest.mark.parametrize("bound_ms", [100, 300])
def test_a_bounded_read_is_never_older_than_its_bound(bound_ms: float) -> None:
    setup = pair(
        1000,
        0.5,
        users={"keys_n": 50},
        replica={"rtt_ms": 0, "delayed_s": 0.2},
        link={"consistency": "bounded", "staleness_ms": bound_ms},
    )
    found = counters(run(setup, 1, 20, 1))
    assert found["stale_most_ms"] <= bound_ms
    assert (found["behind"] > 0) == (bound_ms < 200)


@pytest.mark.parametrize(
    ("mode", "mean"),
    [("local", 1.5), ("remote_write", 1.5 + 20), ("on", 1.5 + 20 + 5), ("remote_apply", 1.5 + 20 + 8)],
)
def test_a_synchronous_commit_waits_for_what_the_replica_must_do(mode: str, mean: float) -> None:
    """Round trip, then its flush, and beside that its application (PostgreSQL's synchronous_commit)."""
    setup = pair(
        20,
        replica={"sync": True, "rtt_ms": 20, "fsync_ms": 5, "apply_rate_rps": 125},
        db={"wal": {"sync_commit": mode, "fsync_ms": 1.5}},
    )
    summary = run(setup, 1, 60, 1)
    assert summary["client"]["latency_ms"]["mean"] == pytest.approx(mean, rel=0.12)
    assert not summary["client"]["failed"]


def test_a_synchronous_commit_waits_for_one_that_is_cut_off() -> None:
    cut = {"at_s": 10, "command": "inject", "id": "f", "fault": "loss", "target": "copy", "p": 1, "for_s": 20}
    setup = pair(20, script=[cut], replica={"sync": True})
    summary = run(setup, 1, 80, 0)
    assert summary["client"]["latency_ms"]["max"] > 15_000
    assert not summary["client"]["failed"]
    assert counters(summary)["lag_records"] <= 1


CRASH = {"at_s": 20, "command": "inject", "id": "c", "fault": "crash", "target": "db"}
PROMOTE = {"detect_s": 3, "promote_s": 4}


def failover(
    rate: float = 400, seed: int = 1, script: Any = (CRASH,), delay_ms: float = 500, **replica: Any
) -> Summary:
    setup = pair(
        rate,
        script=script,
        db={"ship_delay_ms": delay_ms},
        replica={"auto_promote": PROMOTE, "apply_rate_rps": 1e5} | replica,
    )
    return run(setup, seed, 40, 0)


@pytest.mark.parametrize(("rate", "delay_ms"), [(400, 500), (1000, 200), (200, 1500)])
def test_an_asynchronous_replica_loses_what_was_on_its_way(rate: float, delay_ms: float) -> None:
    lost = [counters(failover(rate, seed, delay_ms=delay_ms), "db")["lost_acks"] for seed in range(1, 7)]
    assert statistics.fmean(lost) == pytest.approx(rate * delay_ms / 1000, rel=0.15)


def test_a_synchronous_replica_loses_nothing() -> None:
    assert counters(failover(delay_ms=50, sync=True), "db")["lost_acks"] == 0


def test_writes_fail_until_the_replica_has_taken_over() -> None:
    """Detection and promotion, and up to half a second since the last sign of life and one of looking."""
    summary = failover(delay_ms=0)
    out_s = summary["client"]["failed"]["node_down"] / 400
    assert 3 + 4 - 0.5 < out_s < 3 + 4 + 2
    assert counters(summary)["writes"] == pytest.approx(400 * (20 - out_s), rel=0.03)
    assert [event["what"] for event in summary["events"]][-2:] == ["promoted", "callers_follow"]


@pytest.mark.parametrize("fence", [True, False])
def test_an_old_primary_that_is_not_fenced_writes_into_the_void(fence: bool) -> None:
    """The replica hears nothing for a while and takes over; the callers learn of it five seconds later."""
    cut = {"at_s": 10, "command": "inject", "id": "f", "fault": "loss", "target": "copy", "p": 1, "for_s": 9}
    summary = failover(script=[cut], delay_ms=0, auto_promote=PROMOTE | {"fence": fence, "follow_s": 5})
    split = counters(summary, "db")["split_writes"]
    if fence:
        assert split <= 2  # what was under way
        assert summary["client"]["failed"]["error"] == pytest.approx(400 * 5, rel=0.1)
    else:
        assert split == pytest.approx(400 * 5, rel=0.1)
        assert "error" not in summary["client"]["failed"]


def test_the_copy_with_the_most_records_takes_over_and_the_other_stays() -> None:
    far = node("far", "sql_replica", of="db", rtt_ms=4000, auto_promote=PROMOTE)
    setup = pair(400, script=[CRASH], replica={"auto_promote": PROMOTE})
    setup["nodes"].insert(2, far)  # before the other in the file
    summary = run(setup, 1, 40, 0)
    promoted = [event["node"] for event in summary["events"] if event["what"] == "promoted"]
    assert promoted == ["copy"]
    assert counters(summary, "far")["writes"] == 0
    assert counters(summary)["writes"] > 1000


@pytest.mark.parametrize(
    ("given", "rule"), [({"wal": None}, "must have a log"), ({"replicas": 2}, "must be one primary")]
)
def test_a_primary_that_cannot_be_followed_is_a_problem(given: dict[str, Any], rule: str) -> None:
    with pytest.raises(AssertionError, match=rule):
        run(pair(10, db=given), 1, 1, 0)
