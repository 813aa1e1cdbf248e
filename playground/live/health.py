"""Health of nodes out of two frames of a run, by the limits that the canvas uses, without its smoothing: once a second."""

from __future__ import annotations

from typing import Any

OK, STRAINED, FAILING, DOWN, IDLE = "o", "s", "f", "d", "i"
Row = dict[str, float]


def rows(columns: list[str], now: list[list[float]]) -> list[Row]:
    return [dict(zip(columns, row, strict=False)) for row in now]


def nodes_health(meta: dict[str, Any], now: dict[str, Any], before: dict[str, Any] | None, slots: list[int]) -> str:
    """One letter a node, in the order of the meta message. Without a frame before it the counts since the start count."""
    columns = meta["node_columns"]
    was = rows(columns, before["nodes"]) if before else None
    outgoing = _outstanding(meta, now)
    letters = []
    for index, row in enumerate(rows(columns, now["nodes"])):
        since = {name: row[name] - (was[index][name] if was else 0) for name in ("arrivals", "failed")}
        began = sum(now["origins"][index][1:]) - (sum(before["origins"][index][1:]) if before else 0)
        waits = outgoing.get(meta["nodes"][index]["id"], 0) / max(slots[index], 1)
        letters.append(_letter(row, meta["nodes"][index]["replicas"], since, began, waits))
    return "".join(letters)


def _letter(row: Row, replicas: int, since: Row, began: float, waits: float) -> str:
    if row["down"] >= replicas:
        return DOWN
    load = max(row["busy_permille"], 0) / 1000
    seen = max(since["arrivals"], began, 1)
    own, failed = began / seen, since["failed"] / seen
    victim = waits >= 0.5  # full because its callee is slow
    if (load >= 0.9 and row["queue"] >= 1 and not victim) or (own >= 0.05 and not victim):
        return FAILING
    if load >= 0.7 or own >= 0.01 or failed >= 0.01 or row["down"] > 0 or row["paused"] > 0:
        return STRAINED
    return IDLE if since["arrivals"] == 0 and row["queue"] == 0 and load < 0.005 else OK


def _outstanding(meta: dict[str, Any], now: dict[str, Any]) -> dict[str, float]:
    """Calls on their way, by caller."""
    place = meta["link_columns"].index("outstanding")
    found: dict[str, float] = {}
    for link, row in zip(meta["links"], now["links"], strict=False):
        found[link["source"]] = found.get(link["source"], 0) + row[place]
    return found


def run_health(letters: str, failed: float, p99_ms: float | None, target_ms: float) -> str:
    """The border of a card: what users notice counts; a sick node that nobody notices is a strain."""
    slow = 0.0 if p99_ms is None else p99_ms / target_ms
    if failed >= 0.05 or slow > 2 or (p99_ms is None and DOWN in letters):
        return "failing"
    if failed >= 0.01 or slow > 1 or FAILING in letters or DOWN in letters:
        return "strained"
    return "ok"
