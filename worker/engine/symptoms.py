"""Symptoms: what the counters of a node or link say is wrong with it, interval by interval. Nobody asks which faults are in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from components.program import REASON, Op, Own
from worker.engine.compiler import Plan
from worker.engine.history import Series
from worker.engine.image import round_trip_ms
from worker.engine.place import PlacedLink, PlacedNode

NAMES = {code: name for name, code in REASON.items()}
OTHERS_TELL = ("timeout", "node_down", "partitioned", "lost", "retries_exhausted", "aborted", "removed", "pool_timeout")
"""Reasons that have a symptom of their own, or only repeat what happened elsewhere."""

ROOTS = {
    "down": 100, "paused": 95, "partitioned": 92, "lossy": 90, "slow_network": 85, "slow": 80, "erroring": 75,
    "more_load": 70, "cold_cache": 40,
}  # fmt: skip
"""What can be the first cause, and how sure it is: a dead process shows at once, an empty cache is guessed from misses."""


@dataclass
class Symptom:
    """`where` = the intervals that show it. `values` = numbers for words and pictures."""

    what: str
    at: str  # node or link
    where: np.ndarray
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def onset(self) -> int:
        return int(np.flatnonzero(self.where)[0])


def symptoms_of(plan: Plan, series: Series) -> list[Symptom]:
    """Everything that is wrong in an interval that counts."""
    found: list[Symptom] = []
    for placed in plan.nodes.values():
        checks = CLIENT_CHECKS if placed.totals_hist >= 0 else NODE_CHECKS
        for check in checks:
            found += check(series, placed)
    for way in plan.links.values():
        for look in LINK_CHECKS:
            found += look(series, way)
    return [symptom for symptom in found if (symptom.where & series.counted).any()]


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """0 where there is nothing."""
    return np.asarray(np.where(whole > 0, part / np.maximum(whole, 1), 0.0))


def either_end(series: Series, id: str, name: str) -> np.ndarray:
    """The level was above 0 at the start or the end of the interval."""
    after = series.level(id, name) > 0
    return np.asarray(after | np.concatenate([[False], after[:-1]]))


def yes(what: str, at: str, where: np.ndarray, **values: Any) -> Iterator[Symptom]:
    if where.any():
        yield Symptom(what, at, where, values)


# -- nodes ----------------------------------------------------------------------------------------
def is_down(series: Series, placed: PlacedNode) -> Iterator[Symptom]:
    id = placed.node.id
    where = either_end(series, id, "down") | (series.grown(id, "origin.node_down") > 0)
    if where.any():
        replicas = max(1, int(series.level(id, "down")[where].max()))
        silent = bool(series.level(id, "silent")[where].any())
        refused = series.total(id, "origin.node_down", where)
        yield from yes("down", id, where, replicas=replicas, of=len(placed.replicas), silent=silent, refused=refused)


def is_paused(series: Series, placed: PlacedNode) -> Iterator[Symptom]:
    id = placed.node.id
    where = either_end(series, id, "paused") | (series.grown(id, "held_ns") > 0)
    if where.any():
        replicas = max(1, int(series.level(id, "paused")[where].max()))
        yield from yes("paused", id, where, replicas=replicas, of=len(placed.replicas))


def is_slow(series: Series, placed: PlacedNode) -> Iterator[Symptom]:
    """Work takes longer than it was drawn: no chance in it."""
    id = placed.node.id
    took, work = series.grown(id, "service_ns"), series.grown(id, "work_ns")
    where = (took > 1.05 * work) & (work > 0)
    if where.any():
        yield from yes("slow", id, where, factor=round(float(took[where].sum() / work[where].sum()), 3))


def is_erroring(series: Series, placed: PlacedNode) -> Iterator[Symptom]:
    """Failures that the kind's own rules do not make, or more errors than its parameter says."""
    id, own = placed.node.id, reasons_of(placed)
    answers = series.grown(id, "completions") + series.grown(id, "failed")
    for reason in REASON:
        if reason in ("ok", *OTHERS_TELL) or (reason in own and reason != "error"):
            continue
        count = series.grown(id, f"origin.{reason}")
        p = float(placed.node.filled.get("error_p") or 0) if reason == "error" else 0.0
        where = count > answers * p + 4 * np.sqrt(answers * p) + 2
        if where.any():
            share = float(count[where].sum() / max(1, answers[where].sum()))
            yield from yes("erroring", id, where, reason=reason, share=round(share, 4), expected=p)


def reasons_of(placed: PlacedNode) -> frozenset[str]:
    """Failures that the program itself may give: it counts them at a fixed place."""
    return frozenset(
        NAMES.get(operands[0].plus, "?")
        for op, operands in placed.asm.code
        if op == Op.ADD
        and isinstance(operands[0], Own)
        and operands[0].name == "header"
        and operands[0].field == "ORIGINS"
    )


def is_cold(series: Series, placed: PlacedNode) -> Iterator[Symptom]:
    """Much less is kept than a moment ago, or far more is missed."""
    id = placed.node.id
    hits, misses = series.grown(id, "counter.hits"), series.grown(id, "counter.misses")
    asked = hits + misses
    if not asked.any():
        return
    kept = series.level(id, "cached")
    before = np.concatenate([[0], kept[:-1]])
    fell = (kept < 0.8 * before) & (before >= 5)
    share = ratio(misses, asked)
    where = fell.copy()
    base = 0.0
    for i in range(1, len(series)):
        past = slice(max(0, i - 5), i)
        seen, missed = int(asked[past][~where[past]].sum()), int(misses[past][~where[past]].sum())
        if seen < 20 or not asked[i]:
            continue
        usual = missed / seen
        excess = misses[i] - asked[i] * usual
        if excess > 5 * np.sqrt(asked[i] * usual * (1 - usual) * (1 + asked[i] / seen)) + 5 or fell[i]:
            where[i], base = True, usual
    if where.any():
        yield from yes(
            "cold_cache", id, where, hit_before=round(1 - base, 4), hit=round(1 - float(share[where].max()), 4)
        )


def is_saturated(series: Series, placed: PlacedNode) -> Iterator[Symptom]:
    """The slots are full and somebody waits for one, or is turned away."""
    id = placed.node.id
    room = series.level(id, "slots") * series.took_s * 1e9
    use = ratio(series.grown(id, "busy_ns"), room)
    rejects, queue = series.grown(id, "rejects"), series.level(id, "queue")
    where = ((use > 0.9) & ((queue > 0) | (series.grown(id, "slot_ns") > 0))) | (rejects > 0)
    if where.any():
        own = series.total(id, "service_ns", where)
        calls = series.total(id, "calls_ns", where) + series.total(id, "parallel_ns", where)
        numbers = {"utilisation": round(float(use[where].mean()), 4), "queue": int(queue[where].max())}
        what = "saturated" if own >= calls else "slots_held"
        yield from yes(what, id, where, **numbers, rejects=int(rejects[where].sum()))


def is_limiting(series: Series, placed: PlacedNode) -> Iterator[Symptom]:
    """It refuses by its own rules."""
    id, own = placed.node.id, reasons_of(placed)
    for reason in own - {"error", "queue_full", "?", *OTHERS_TELL}:
        count = series.grown(id, f"origin.{reason}")
        yield from yes("limited", id, count > 2, reason=reason, count=int(count.sum()))
    count = series.grown(id, "origin.pool_timeout")
    yield from yes("pool_exhausted", id, count > 0, count=int(count.sum()))


# -- clients --------------------------------------------------------------------------------------
def sends_more(series: Series, placed: PlacedNode) -> Iterator[Symptom]:
    """Far more requests than in its quiet quarter."""
    id = placed.node.id
    offered = series.grown(id, "offered")
    rate = offered / series.took_s
    settled = series.times[:-1] > 0
    if not settled.any():
        return
    base = float(np.quantile(rate[settled], 0.25))
    expected = base * series.took_s
    where = (rate > 1.25 * base) & (offered - expected > 5 * np.sqrt(expected) + 2) & (base > 0)
    if where.any():
        rps = float(offered[where].sum() / series.took_s[where].sum())
        yield from yes(
            "more_load", id, where, before_rps=round(base, 3), rps=round(rps, 3), factor=round(rps / base, 3)
        )


# -- links ----------------------------------------------------------------------------------------
def is_far(series: Series, way: PlacedLink) -> Iterator[Symptom]:
    """Messages travel longer than the link says."""
    id, params = way.link.id, way.link.filled
    tries, network = series.grown(id, "tries"), series.grown(id, "network_ns") / 1e6
    answers = series.grown(id, "ok") + series.grown(id, "failed") - series.grown(id, "timeouts")
    messages = tries + np.maximum(0, answers)
    usual = round_trip_ms(way.link) + 2 * float(params["jitter_ms"])
    mean = ratio(2 * network, messages)
    if params.get("mb_s") is not None and (tries > 0).any():
        usual = max(usual, float(np.quantile(mean[tries > 0], 0.25)))
    slack = 1.25 * usual + 0.5 + 6 * float(params["jitter_ms"]) / np.sqrt(np.maximum(tries, 1))
    where = (mean > slack) & (tries >= 3)
    if where.any():
        values = {"before_ms": round(usual, 4), "ms": round(float(2 * network[where].sum() / messages[where].sum()), 4)}
        yield from yes("slow_network", id, where, **values)


def loses(series: Series, way: PlacedLink) -> Iterator[Symptom]:
    """Messages do not arrive. Where next to none does, the way is cut."""
    id, p = way.link.id, float(way.link.filled["loss_p"])
    tries, lost = series.grown(id, "tries"), series.grown(id, "lost")
    cut = series.grown(id, "failed.partitioned")
    expected = 2 * tries * p
    where = (lost > expected + 4 * np.sqrt(expected) + (2 if p else 0)) | (cut > 0)
    if where.any():
        share = float((lost + cut)[where].sum() / max(1, tries[where].sum()))
        answered = ratio(series.grown(id, "ok"), tries)
        what = "partitioned" if cut.any() or (share > 0.9 and answered[where].min() < 0.05) else "lossy"
        yield from yes(what, id, where, share=round(min(1.0, share), 4), expected=round(1 - (1 - p) ** 2, 4))


def storms(series: Series, way: PlacedLink) -> Iterator[Symptom]:
    """Retries add much to the calls."""
    id = way.link.id
    calls, retries = series.grown(id, "calls"), series.grown(id, "retries")
    where = (retries > 0.3 * calls) & (retries >= 20)
    if where.any():
        added = float(retries[where].sum() / series.took_s[where].sum())
        factor = 1 + float(retries[where].sum() / max(1, calls[where].sum()))
        yield from yes("retry_storm", id, where, added_rps=round(added, 3), factor=round(factor, 3))


def opens(series: Series, way: PlacedLink) -> Iterator[Symptom]:
    """Its circuit breaker refuses."""
    id = way.link.id
    opened = series.grown(id, "opened")
    yield from yes("breaker_open", id, opened > 0, times=int(opened.sum()))


NODE_CHECKS: tuple[Callable[[Series, PlacedNode], Iterator[Symptom]], ...] = (
    is_down, is_paused, is_slow, is_erroring, is_cold, is_saturated, is_limiting,
)  # fmt: skip
CLIENT_CHECKS: tuple[Callable[[Series, PlacedNode], Iterator[Symptom]], ...] = (sends_more,)
LINK_CHECKS: tuple[Callable[[Series, PlacedLink], Iterator[Symptom]], ...] = (is_far, loses, storms, opens)
