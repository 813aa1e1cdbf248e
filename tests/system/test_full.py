"""A worker that has enough to do: the next run waits in the queue, in its place, until there is room."""

from __future__ import annotations

from pathlib import Path

from tests.running import Running
from tests.worker.designs import document

BUSY_RPS, SEED = 8000, 7


def said(site: Running, words: str) -> bool:
    return any(words in line for line in site.lines)


def test_a_full_worker_leaves_runs_in_the_queue(tmp_path: Path) -> None:
    with Running(tmp_path / "var", "--live", "1", WORKER_FULL="0.03") as site:
        first, second = site.person(), site.person()
        busy = first.start(document(BUSY_RPS), SEED)
        site.wait_for(lambda: said(site, "takes no more runs"))
        waits = second.start(document(10), SEED)
        site.wait_for(lambda: second.get(f"/api/runs/{waits}")["place"] == 1)
        assert second.get(f"/api/runs/{waits}")["status"] == "queued"

        first.post(f"/api/runs/{busy}/stop")
        site.wait_for(lambda: said(site, "takes runs again"))
        site.wait_for(lambda: second.get(f"/api/runs/{waits}")["status"] == "running")
