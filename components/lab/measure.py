"""How the measures of goals are read off a summary and off rows of one virtual second."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

FEWEST_CALLS = 20
"""A link with fewer calls in a stretch says nothing about tries for each call."""

Row = Mapping[str, Any]


def value_of(measure: str, summary: Mapping[str, Any]) -> float | None:
    """The number at a path, or of one path divided by another. None where nothing was measured."""
    above, divided, below = measure.partition(" / ")
    if divided:
        upper, lower = value_of(above, summary), value_of(below, summary)
        return upper / lower if upper is not None and lower else None
    if measure.startswith("slo."):
        name, _, key = measure.removeprefix("slo.").rpartition(".")
        found = [slo for slo in summary.get("slos", ()) if slo["name"] == name]
        return _number(found[0].get(key)) if found else None
    if measure.startswith("kinds."):
        return _of_kind(measure, summary)
    place: Any = summary
    for key in measure.split("."):
        if isinstance(place, Mapping) and key in ("failed_share", "served_share") and key not in place:
            place = _share(place, key)
        else:
            place = place.get(key) if isinstance(place, Mapping) else None
    return _number(place)


def _of_kind(measure: str, summary: Mapping[str, Any]) -> float | None:
    """`kinds.service.arrivals`: a count, added up over all nodes of a kind."""
    _, kind, key = measure.split(".")
    counts = [_number(node.get(key)) for node in summary["nodes"].values() if node.get("kind") == kind]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _share(client: Mapping[str, Any], key: str) -> float | None:
    """Of the answered: those that failed, or those that were served."""
    ok, failed = client.get("ok", 0), sum(client.get("failed", {}).values())
    if not ok + failed:
        return None
    return float((failed if key == "failed_share" else ok) / (ok + failed))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def first_amiss(
    measure: str, rows: Sequence[Row], whole: float | None, holds: Callable[[float | None], bool]
) -> float | None:
    """The first second in which the measure alone breaks the limit; the end where only the `whole` breaks it.

    A second without a value is amiss only if the whole has none: nothing was ever served.
    """
    for row in rows:
        value = value_of(measure, row)
        if not holds(value) and (value is not None or whole is None):
            return float(row["t_s"])
    return float(rows[-1]["t_s"]) if rows else None


def recovery(rows: Sequence[Row], healed_s: float, share: float, over_s: float) -> tuple[float | None, float | None]:
    """(seconds until what is served stays above `share` of what is offered, the last second when it did not).

    A stretch of `over_s` begins at every row; recovered is the first row from which on every stretch is good.
    No value if the last stretch is still bad.
    """
    width = max(1, round(over_s))
    served = [(row["client"]["offered"], row["client"]["ok"]) for row in rows]
    bad: int | None = None
    for first in range(len(rows) - width + 1):
        offered = sum(sent for sent, _ in served[first : first + width])
        ok = sum(got for _, got in served[first : first + width])
        if ok < share * offered:
            bad = first
    if len(rows) < width or bad == len(rows) - width:
        return None, rows[-1]["t_s"] if rows else None
    if bad is None:
        return 0.0, None
    return rows[bad]["t_s"] - healed_s, rows[bad]["t_s"]


def amplification(
    rows: Sequence[Row], over_s: float, holds: Callable[[float | None], bool]
) -> tuple[float | None, float | None]:
    """(most tries for each call of any link in any stretch of `over_s`, the end of the first stretch that is amiss)."""
    width = max(1, round(over_s))
    worst: float | None = None
    amiss: float | None = None
    for last in range(width - 1, len(rows)):
        stretch = rows[last - width + 1 : last + 1]
        for link in stretch[0]["links"]:
            calls = sum(row["links"][link]["calls"] for row in stretch)
            tries = sum(row["links"][link]["tries"] for row in stretch)
            if calls < FEWEST_CALLS:
                continue
            worst = tries / calls if worst is None else max(worst, tries / calls)
            if amiss is None and not holds(tries / calls):
                amiss = float(rows[last]["t_s"])
    return worst, amiss
