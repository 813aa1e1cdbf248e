"""Chains: from a cause to what clients saw, step by step, as template and numbers, with an English sentence beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from components.program import REASONS
from worker.engine.compiler import Plan
from worker.engine.history import Series
from worker.engine.symptoms import Symptom

TEMPLATES: Mapping[str, str] = {
    "down": "{name} went down at {at_s:g} s: {replicas} of {of} replicas.",
    "paused": "{name} stood still from {at_s:g} s: {replicas} of {of} replicas.",
    "slow": "Work at {name} took {factor:g} times as long from {at_s:g} s.",
    "erroring": "{share:.0%} of the answers of {name} were failures ({reason}) from {at_s:g} s.",
    "slow_network": "Messages of {name} took {ms:g} ms instead of {before_ms:g} ms from {at_s:g} s.",
    "lossy": "{name} lost messages of {share:.0%} of its calls from {at_s:g} s.",
    "partitioned": "Nothing came through {name} from {at_s:g} s.",
    "more_load": "{name} sent {rps:.4g} requests a second instead of {before_rps:.4g} from {at_s:g} s.",
    "cold_cache": "{name} was emptied at {at_s:g} s. Its hit ratio fell from {hit_before:.0%} to {hit:.0%}.",
    "saturated": "All slots of {name} were busy: a queue grew to {queue}, {rejects} were turned away.",
    "slots_held": "Requests held all slots of {name} while they waited for others: a queue grew to {queue}.",
    "pool_exhausted": "{count} requests at {name} got no connection in time.",
    "limited": "{name} refused {count} requests by its own rule ({reason}).",
    "retry_storm": "Retries over {name} added {added_rps:.4g} calls a second, {factor:.3g} tries for each call.",
    "breaker_open": "The circuit breaker of {name} opened {times} times.",
    "takes_time": "{time_share:.0%} of the time that clients wait is spent at {name} ({part}).",
    "calls_fail": "{share:.0%} of the tries of {caller} over {name} failed, mostly {reason}.",
    "calls_slow": "Calls of {caller} over {name} took {ms:.4g} ms instead of {before_ms:.4g} ms.",
    "clients_fail": "{share:.0%} of the requests of {name} failed, {before:.0%} before.",
    "clients_wait": "Requests of {name} took {ms:.4g} ms instead of {before_ms:.4g} ms.",
    "clients_unhurt": "{name} hardly noticed.",
}
WORTH_TELLING = ("saturated", "slots_held", "retry_storm", "pool_exhausted", "breaker_open", "limited")
MOST_STEPS = 6


def chain_of(
    plan: Plan,
    series: Series,
    what: str,
    at: str,
    where: np.ndarray,
    values: Mapping[str, Any],
    symptoms: Iterable[Symptom],
) -> list[dict[str, Any]]:
    """The cause, what it did to its callers on the way up, what followed on that way, what clients saw."""
    began = float(series.times[np.flatnonzero(where)[0]] / 1e9) if where.any() else 0.0
    steps = [step(plan, what, at, {"at_s": began} | dict(values))]
    if what == "takes_time":
        return steps
    before = np.arange(len(series)) < np.flatnonzero(where)[0]
    way_up, seen = path_up(plan, series, at, where)
    told: set[tuple[str, str]] = {(what, at)}
    for link in way_up:
        steps += call_step(plan, series, link, where, before)
    for symptom in symptoms:
        is_new = symptom.at in seen and symptom.what in WORTH_TELLING and (symptom.what, symptom.at) not in told
        if is_new and (symptom.where & where).any():
            told.add((symptom.what, symptom.at))
            steps.append(step(plan, symptom.what, symptom.at, symptom.values))
    return [*steps[: MOST_STEPS - 1], client_step(plan, series, at, seen, where, before)]


def path_up(plan: Plan, series: Series, at: str, where: np.ndarray) -> tuple[list[str], set[str]]:
    """Links from the cause up to a client, each time the one over which callers waited or failed most; all places on it."""
    way, node = [], at
    if at in plan.links:
        way, node = [at], plan.links[at].link.source
    seen = {at, node}
    while True:
        coming = [w.link for w in plan.links.values() if w.link.target == node and w.link.source not in seen]
        if not coming:
            return way, seen | set(way)
        link = max(coming, key=lambda w: (series.total(w.id, "waited_ns", where), series.total(w.id, "failed", where)))
        way.append(link.id)
        node = link.source
        seen.add(node)


def call_step(plan: Plan, series: Series, link: str, where: np.ndarray, before: np.ndarray) -> list[dict[str, Any]]:
    """What the callers over a link had of it: failures, else slower calls, else nothing."""
    tries, failed = series.total(link, "tries", where), series.total(link, "failed", where)
    caller = named(plan, plan.links[link].link.source)
    if tries and failed > 0.02 * tries:
        counts = {reason: series.total(link, f"failed.{reason}", where) for reason in REASONS}
        reason = max(counts, key=lambda name: counts[name])
        return [step(plan, "calls_fail", link, {"caller": caller, "share": min(1.0, failed / tries), "reason": reason})]
    now, then = mean_ms(series, link, where), mean_ms(series, link, before)
    if now and then and now > 1.3 * then:
        return [step(plan, "calls_slow", link, {"caller": caller, "ms": now, "before_ms": then})]
    return []


def mean_ms(series: Series, link: str, where: np.ndarray) -> float:
    tries = series.total(link, "tries", where)
    took = series.total(link, "network_ns", where) + series.total(link, "sojourn_ns", where)
    return round(took / tries / 1e6, 4) if tries else 0.0


def client_step(
    plan: Plan, series: Series, at: str, seen: set[str], where: np.ndarray, before: np.ndarray
) -> dict[str, Any]:
    """The end of the chain: the client on the way up, or the first one."""
    clients = [id for id, placed in plan.nodes.items() if placed.totals_hist >= 0]
    client = next((id for id in clients if id in seen), clients[0])
    failed = [series.total(client, "failed", span) for span in (where, before)]
    ok = [series.total(client, "ok", span) for span in (where, before)]
    share, share_before = (f / (f + o) if f + o else 0.0 for f, o in zip(failed, ok, strict=True))
    if share > share_before + 0.005:
        return step(plan, "clients_fail", client, {"share": round(share, 4), "before": round(share_before, 4)})
    spent = [series.total(client, "ok_ns", span) for span in (where, before)]
    now, then = (round(ns / n / 1e6, 4) if n else 0.0 for ns, n in zip(spent, ok, strict=True))
    if then and now > 1.1 * then:
        return step(plan, "clients_wait", client, {"ms": now, "before_ms": then})
    return step(plan, "clients_unhurt", client, {})


def step(plan: Plan, template: str, at: str, values: Mapping[str, Any]) -> dict[str, Any]:
    text = TEMPLATES[template].format(**{"name": named(plan, at)} | dict(values))
    where = {"node": at} if at in plan.nodes else {"link": at}
    return {"template": template, **where, "values": dict(values), "text": text[:1].upper() + text[1:]}


def named(plan: Plan, at: str) -> str:
    """What people call it: the node's name, or the two ends of a link."""
    if at in plan.nodes:
        return plan.nodes[at].node.name or at
    link = plan.links[at].link
    return f"the link {named(plan, link.source)} → {named(plan, link.target)}"
