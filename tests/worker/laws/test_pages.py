"""B+trees, indexes, the buffer pool and the disk below: pages counted, and hit ratios of a real pool."""

from __future__ import annotations

from typing import Any

import pytest

from components.program.pages import Pages, Shape
from tests.worker.laws import theory
from tests.worker.laws.case import Summary, run
from tests.worker.laws.designs import client, design, link, node


def table(
    rate: float, read_share: float = 1, users: Any = (), disk: Any = (), script: Any = (), **params: Any
) -> dict[str, Any]:
    quick = {"service_time_ms": 0, "write_time_ms": 0, "max_conns": 10_000, "storage": "disk"}
    fast = {"iops": 1e6, "mb_s": 10_000, "fsync_ms": 0.01}
    nodes = [
        client(rate, read_share=read_share, **{"keys_n": 5000, "zipf_alpha": 0} | dict(users)),
        node("db", "sql_primary", **quick | params), node("disk", "disk", **fast | dict(disk)),
    ]  # fmt: skip
    return design(nodes, [link("l", "users", "db")], script)


def counters(setup: dict[str, Any], seconds: float = 5, warmup: float = 0) -> tuple[Summary, dict[str, Any]]:
    summary = run(setup, 1, seconds, warmup)
    return summary, dict(summary["nodes"]["db"]["counters"])


@pytest.mark.parametrize(
    ("rows", "fanout", "levels"), [(10**6, 100, 3), (10**8, 100, 4), (10**7, 300, 3), (10**9, 300, 4), (300, 300, 1)]
)
def test_a_tree_is_as_high_as_the_logarithm_says(rows: int, fanout: int, levels: int) -> None:
    shape = {
        "rows": rows,
        "btree_fanout": fanout,
        "partitions": 1,
        "page_kb": 8,
        "row_bytes": 200,
        "indexes": [],
        "buffer_pool_gb": 1,
    }
    assert Shape(shape).height == levels


@pytest.mark.parametrize(("rows", "fanout", "levels"), [(10**6, 100, 3), (10**7, 300, 3), (10**5, 10, 5)])
def test_a_lookup_reads_one_page_of_each_level_and_the_row(rows: int, fanout: int, levels: int) -> None:
    summary, found = counters(table(200, rows=rows, btree_fanout=fanout))
    assert found["page_reads"] == pytest.approx((levels + 1) * summary["client"]["offered"], rel=0.01)


def test_without_an_index_every_page_is_read() -> None:
    """Ten million rows, 40 a page: 250,000 pages, against the four of an index."""
    _, scan = counters(table(0.5, rows=10**7, query={"selectivity": 1e-7}), 20)
    assert scan["scans"] > 3
    assert scan["page_reads"] / scan["scans"] == pytest.approx(250_000, rel=0.001)
    summary, found = counters(table(100, rows=10**7, query={"selectivity": 1e-7}, indexes=[{"column": "column"}]))
    assert found["scans"] == 0
    assert found["page_reads"] == pytest.approx(4 * summary["client"]["offered"], rel=0.01)


def test_a_covering_index_reads_no_rows() -> None:
    asked = {"rows": 10**6, "query": {"selectivity": 1e-4}}
    plain = counters(table(50, **asked, indexes=[{"column": "column"}]))
    covering = counters(table(50, **asked, indexes=[{"column": "column", "covering": True}]))
    assert plain[1]["page_reads"] / plain[0]["client"]["offered"] == pytest.approx(3 + 100, rel=0.02)
    assert covering[1]["page_reads"] / covering[0]["client"]["offered"] == pytest.approx(3, rel=0.02)


@pytest.mark.parametrize("selectivity", [1e-4, 1e-3, 5e-3, 8e-3, 0.1])
def test_the_planner_reads_everything_when_that_costs_less(selectivity: float) -> None:
    """25,000 pages in order against 4 for each row out of order: equal at 6,250 of a million rows."""
    _, found = counters(table(2, rows=10**6, query={"selectivity": selectivity}, indexes=[{"column": "column"}]), 10)
    assert (found["scans"] > 0) == (selectivity > 6.25e-3)


def test_a_query_that_names_its_partition_reads_that_one_alone() -> None:
    """Twelve months: a twelfth of the pages; and the trees of one month are those of a twelfth of the rows."""
    asked = {"rows": 10**6, "buffer_pool_gb": 0.01, "query": {"selectivity": 0.08}}
    _, everything = counters(table(2, **asked, partitions=12), 10)
    _, month = counters(table(2, **asked | {"query": {"selectivity": 0.08, "one_partition": True}}, partitions=12), 10)
    assert month["page_reads"] / month["scans"] * 12 == pytest.approx(
        everything["page_reads"] / everything["scans"], rel=0.01
    )
    _, whole = counters(table(100, rows=10**6, btree_fanout=100))
    _, parted = counters(table(100, rows=10**6, btree_fanout=100, partitions=100))
    assert parted["page_reads"] / whole["page_reads"] == pytest.approx(3 / 4, rel=0.01)


@pytest.mark.parametrize(("cores", "mean"), [(1, 10 / (1 - 0.8)), (4, 17.45)])
def test_cores_are_servers_under_the_connections(cores: int, mean: float) -> None:
    """M/M/c at 0.8: five times the work with one core, 1.75 with four (Erlang C)."""
    rate = 80 * cores
    db = node("db", "sql_primary", service_time_ms=10, cpu_cores=cores, max_conns=10_000)
    summary = run(design([client(rate, read_share=1), db], [link("l", "users", "db")]), 1, 30_000 / rate * 4, 10)
    assert summary["client"]["latency_ms"]["mean"] == pytest.approx(mean, rel=0.06)
    assert theory.mmc_sojourn(cores, rate, 0.01) * 1000 == pytest.approx(mean, rel=0.01)


@pytest.mark.parametrize("count", [0, 2, 5])
def test_every_index_is_one_more_page_to_change(count: int) -> None:
    indexes = [{"column": f"c{n}"} for n in range(count)]
    summary, found = counters(table(100, 0, rows=10**5, indexes=indexes))
    assert found["page_writes"] == pytest.approx((1 + count) * summary["client"]["offered"], rel=0.02)


@pytest.mark.parametrize(("alpha", "frames"), [(0.8, 500), (1.0, 1000), (0.0, 2000)])
def test_the_pool_hits_as_lru_does(alpha: float, frames: int) -> None:
    """One page a row and a tree that fits: the pages of rows compete as Che's approximation says."""
    keys = 5000
    setup = table(
        4000, rows=100_000_000 // 50, row_bytes=8000, btree_fanout=10_000, buffer_pool_gb=(frames + 201) * 8 / 1e6,
        users={"keys_n": keys, "zipf_alpha": alpha},
    )  # fmt: skip
    summary, found = counters(setup, 10, 5)
    missed = found["page_misses"] / summary["client"]["offered"]
    assert 1 - missed == pytest.approx(theory.lru_hit_ratio(keys, alpha, frames), abs=0.05)


def test_without_a_pool_every_page_comes_from_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the pool matters."""
    monkeypatch.setattr(Pages, "put", lambda *_: None)
    _, found = counters(table(100, rows=10**5))
    assert found["page_misses"] == found["page_reads"]


def test_the_disk_is_a_queue_of_operations_and_bytes() -> None:
    """8 kB at 500 operations a second and random arrivals: M/D/1 of 2 ms; of 2 MB/s: 4 ms."""
    for disk, took in (({"iops": 500, "mb_s": 1000}, 2.0), ({"iops": 10_000, "mb_s": 2}, 4.0)):
        setup = design([client(100, read_share=1), node("disk", "disk", **disk)], [link("l", "users", "disk")])
        mean = run(setup, 1, 200, 5)["client"]["latency_ms"]["mean"]
        assert mean == pytest.approx(theory.pollaczek_khinchine(100, took / 1000, 0) * 1000, rel=0.02)


def test_the_log_shares_its_disk_with_the_pages() -> None:
    alone, _ = counters(table(100, 0, disk={"fsync_ms": 5}), 20)
    shared, _ = counters(table(100, 0, disk={"fsync_ms": 5, "iops": 100}, rows=10**6, buffer_pool_gb=0.0002), 20)
    assert shared["client"]["latency_ms"]["mean"] > 2 * alone["client"]["latency_ms"]["mean"]


def test_a_checkpoint_writes_what_was_changed() -> None:
    summary, _ = counters(table(100, 0, rows=10**5, checkpoint_s=5), 21)
    ios = summary["nodes"]["disk"]["counters"]
    _, none = counters(table(100, 0, rows=10**5, checkpoint_s=100), 21)
    before = run(table(100, 0, rows=10**5, checkpoint_s=100), 1, 21, 0)["nodes"]["disk"]["counters"]
    assert ios["ios"] > before["ios"] + 1000


def test_a_backup_takes_the_time_of_the_disk_and_a_throttle_gives_it_back() -> None:
    """500 MB at 100 MB/s on a disk of 125: four fifths of its time for five seconds."""

    def slowed(**params: Any) -> tuple[float, dict[str, Any]]:
        setup = table(50, 1, rows=10**6, buffer_pool_gb=0.0002, disk={"iops": 3000, "mb_s": 125})
        if params:
            setup["nodes"].append(node("job", "job", of="db", schedule_s=5, **params))
        summary = run(setup, 1, 60, 1)
        return summary["client"]["latency_ms"]["mean"], summary["nodes"].get("job", {}).get("counters", {})

    none, _ = slowed()
    full, counts = slowed(size_gb=0.5, mb_s=100)
    gentle, _ = slowed(size_gb=0.5, mb_s=100, throttle=0.9)
    assert full > 2 * gentle > 2 * none
    assert counts["took_ms"] == pytest.approx(5000, rel=0.02)
    assert counts["kb"] / counts["runs"] == pytest.approx(500_000, rel=0.25)


def test_what_a_loss_would_cost_grows_until_the_next_copy_is_done() -> None:
    """Every ten seconds a copy of one: at most schedule + two runs, as a copy is worth the moment when it began."""
    setup = table(50)
    setup["nodes"].append(node("job", "job", of="db", schedule_s=10, size_gb=0.1, mb_s=100))
    found = run(setup, 1, 100, 0)["nodes"]["job"]["counters"]
    assert found["rpo_most_ms"] == pytest.approx(12_000, abs=1100)
    assert found["runs"] == 9


@pytest.mark.parametrize(("size_gb", "mb_s", "archive_s"), [(5, 20, 10), (2, 20, 60), (1, 50, None)])
def test_a_restore_takes_the_copy_and_a_quarter_of_the_log(
    size_gb: float, mb_s: float, archive_s: float | None
) -> None:
    """A copy of the first hundred seconds, written back an hour later; the log since is replayed four times faster."""
    users = client(1, read_share=0, keys_n=10)
    db = node("db", "sql_primary", service_time_ms=0, write_time_ms=0)
    copies = [node("full", "job", of="db", schedule_s=100, size_gb=0.001), node("back", "job", of="db", job="restore", backup="full", schedule_s=3600, size_gb=size_gb, mb_s=mb_s)]  # fmt: skip
    if archive_s is not None:
        copies.append(node("log", "job", of="db", job="wal_archive", schedule_s=archive_s))
        copies[1]["params"]["log"] = "log"
    script = [{"at_s": 150, "command": "set", "target": "full", "param": "schedule_s", "value": 1e6}]
    summary = run(design([users, db, *copies], [link("l", "users", "db")], script), 1, 5000, 0)
    back = summary["nodes"]["back"]["counters"]
    kept_s = 200 if archive_s is None else 3600
    replayed_s = 0 if archive_s is None else (3600 - 200) / 4
    assert back["took_ms"] / 1000 == pytest.approx(size_gb * 1000 / mb_s + replayed_s, rel=0.03)
    if archive_s is None:
        assert back["lost_records"] == pytest.approx(3600 - kept_s, rel=0.1)
    else:
        assert back["lost_records"] <= archive_s * 1.5 + 5
    assert summary["client"]["failed"]["node_down"] == pytest.approx(back["took_ms"] / 1000, rel=0.1, abs=18)
    assert summary["nodes"]["db"]["counters"]["lost_acks"] == back["lost_records"]
