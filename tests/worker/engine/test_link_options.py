"""The options of links, each to the unit: connections, handshakes, bytes, fallbacks, copies, answers that nobody awaits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worker.engine.books import audit
from tests.worker.engine.build import NS, Summary, inject, link, node, over, simulation
from worker.engine.simulation import Simulation


def one(users: dict[str, Any] | None = None, web: dict[str, Any] | None = None, **options: Any) -> Simulation:
    """users -l-> web: ten equal gaps a second and 50 ms of work, if not said otherwise; no network time."""
    web = {"workers": 10_000, "service_time_ms": 50, "service_dist": "const", "startup_s": 0} | (web or {})
    users = {"rate_rps": 10, "arrival": "constant", "read_share": 1} | (users or {})
    options = {"rtt_ms": 0, "timeout_ms": None} | options
    return simulation(
        [node("users", "client", **users), node("web", "service", **web)], [link("l", "users", "web", **options)]
    )


def seen(simulated: Simulation, seconds: float = 10) -> Summary:
    summary = over(simulated, seconds)
    audit(simulated)
    return summary


def mean(simulated: Simulation, seconds: float = 10) -> float:
    return float(seen(simulated, seconds)["client"]["latency_ms"]["mean"])


# -- connections ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(("kind", "conns", "n", "expected"), [
    ("rest_json", 6, 60, 500), ("grpc", 6, 60, 50), ("rest_json", 10, 35, 200), ("grpc", 1, 150, 100), ("rest_json", 60, 60, 50),
])  # fmt: skip
def test_http_1_carries_one_call_at_a_time_and_http_2_a_hundred(kind: str, conns: int, n: int, expected: float) -> None:
    """Sixty calls of 50 ms over six connections take 500 ms, multiplexed 50 ms."""
    setup = one({"rate_rps": 1}, fan_out={"n": n}, pool={"max_conns": conns}, protocol={"kind": kind})
    assert mean(setup) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("tls", "trips"), [("none", 1), ("tls13", 2), ("tls12", 3)])
@pytest.mark.parametrize("kind", ["rest_json", "grpc"])
def test_a_new_connection_costs_round_trips_and_an_open_one_none(kind: str, tls: str, trips: int) -> None:
    cold = one({"rate_rps": 5}, rtt_ms=20, protocol={"kind": kind, "tls": tls, "keepalive": False})
    summary = seen(cold)
    assert summary["client"]["latency_ms"]["mean"] == pytest.approx(70 + 20 * trips, rel=1e-9)
    assert summary["links"]["l"]["handshakes"] == summary["links"]["l"]["calls"]
    warm = one(rtt_ms=20, protocol={"kind": kind, "tls": tls})
    seen(warm, 1)
    summary = seen(warm)
    assert summary["client"]["latency_ms"]["mean"] == pytest.approx(70, rel=1e-9)
    assert summary["links"]["l"]["handshakes"] == 0


def test_calls_at_once_share_one_handshake_over_http_2_and_none_over_http_1() -> None:
    for kind, handshakes in (("grpc", 1), ("rest_json", 30)):
        simulated = one({"rate_rps": 1}, rtt_ms=10, fan_out={"n": 30}, protocol={"kind": kind})
        summary = seen(simulated, 1.9)
        assert summary["links"]["l"]["handshakes"] == handshakes
        assert summary["client"]["latency_ms"]["max"] == 70


def test_a_connection_is_closed_when_its_answer_did_not_come() -> None:
    simulated = one(timeout_ms=30, protocol={})
    links = seen(simulated)["links"]["l"]
    assert links["handshakes"] == links["calls"]


def test_who_waits_too_long_for_a_connection_fails_with_its_own_reason() -> None:
    simulated = one({"rate_rps": 100}, pool={"max_conns": 2, "acquire_timeout_ms": 40})
    seen(simulated, 2)
    summary = seen(simulated)
    links = summary["links"]["l"]
    assert set(summary["client"]["failed"]) == {"pool_timeout"} == set(links["failed"])
    assert links["tries"] == links["ok"] == 400, "two connections do 40 calls of 50 ms a second"
    assert links["failed"]["pool_timeout"] == pytest.approx(600, abs=2)
    assert summary["client"]["latency_ms"]["max"] <= 90


def test_a_timed_out_call_gives_its_connection_back() -> None:
    simulated = one(timeout_ms=20, pool={"max_conns": 1, "acquire_timeout_ms": 10})
    assert set(seen(simulated)["client"]["failed"]) == {"timeout"}


# -- bytes ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("kb", "mb_s", "form", "expected"), [
    (1000, 125, "json", 8), (1000, 125, "protobuf", 2.664), (500, 10, "json", 50), (30, 1, "protobuf", 9.99),
])  # fmt: skip
def test_bytes_take_their_time_on_the_wire(kb: float, mb_s: float, form: str, expected: float) -> None:
    """A megabyte over 1 Gb/s takes 8 ms, as protobuf a third."""
    setup = one(
        {"object_kb": kb, "rate_rps": 5}, {"service_time_ms": 0}, mb_s=mb_s, payload={"format": form, "cpu_us": 0}
    )
    assert mean(setup) == pytest.approx(expected, rel=1e-3)


def test_reads_carry_the_object_back_and_writes_there() -> None:
    payload = {"cpu_us": 0, "kb": 100, "response_kb": 300}
    for read_share in (0, 1):
        users = {"read_share": read_share, "object_kb": 1000, "rate_rps": 2}
        assert mean(one(users, {"service_time_ms": 0}, mb_s=100)) == 10
        assert mean(one(users, {"service_time_ms": 0}, mb_s=100, payload=payload)) == 4, "what the payload says"


def test_each_direction_has_its_own_wire() -> None:
    """Ten at once: a transfer of 10 ms each; there and back overlap but for the first."""
    setup = one(
        {"rate_rps": 1},
        {"service_time_ms": 0},
        mb_s=10,
        fan_out={"n": 10},
        payload={"kb": 100, "response_kb": 100, "cpu_us": 0},
    )
    assert mean(setup) == pytest.approx(110, rel=1e-6)


def test_gzip_is_fewer_bytes_and_more_work() -> None:
    def measured(compression: str) -> tuple[int, float]:
        payload = {"compression": compression, "cpu_us": 20}
        summary = seen(one({"object_kb": 100}, {"service_time_ms": 0}, payload=payload))
        return summary["links"]["l"]["bytes"], summary["client"]["latency_ms"]["mean"]

    (plain, fast), (small, slow) = measured("none"), measured("gzip")
    assert small == pytest.approx(0.3 * plain)
    assert (fast, slow) == (pytest.approx(2 * 2.0), pytest.approx(2 * 6.0))


def test_both_ends_work_on_the_bytes() -> None:
    summary = seen(one({"object_kb": 100, "rate_rps": 100}, {"service_time_ms": 0}, payload={"cpu_us": 20}))
    assert summary["nodes"]["web"]["own_ms"]["mean"] == pytest.approx(2)
    assert summary["client"]["latency_ms"]["mean"] == pytest.approx(4)
    assert summary["nodes"]["web"]["utilisation"] * 10_000 == pytest.approx(0.2, abs=0.011)


# -- fan-out, hedge ------------------------------------------------------------------------------------
def test_after_a_time_one_answer_is_enough() -> None:
    """Leaf 0 goes to the fast replica, leaf 1 to the slow one."""
    simulated = one(web={"replicas": 2, "service_time_ms": 10}, fan_out={"n": 2, "partial_ok_ms": 30})
    inject(simulated, "slow", "web", selector="one", factor=8)
    summary = seen(simulated)
    assert summary["client"]["ok"] == summary["links"]["l"]["partial"] == 99
    assert summary["client"]["latency_ms"]["max"] == 30
    whole = one(web={"replicas": 2, "service_time_ms": 10}, fan_out={"n": 2})
    inject(whole, "slow", "web", selector="one", factor=8)
    assert mean(whole) == pytest.approx(80, rel=0.01)


def test_a_fan_out_fails_when_too_few_can_come() -> None:
    simulated = one(web={"error_p": 1}, fan_out={"n": 5, "wait": "k", "k": 3, "partial_ok_ms": 500})
    summary = seen(simulated)
    assert set(summary["client"]["failed"]) == {"error"} and summary["client"]["ok"] == 0


def test_the_hedge_goes_to_another_replica() -> None:
    """One of two is slow; the other has the hedge, so nobody waits for the slow one."""
    simulated = one({"rate_rps": 7}, {"replicas": 2, "service_time_ms": 10}, hedge={"after_ms": 30})
    inject(simulated, "slow", "web", selector="one", factor=100)
    summary = seen(simulated)
    assert summary["client"]["latency_ms"]["max"] == 40
    assert summary["links"]["l"]["hedges"] > 30


def test_a_hedge_waits_for_the_other_when_one_fails() -> None:
    simulated = one(web={"service_time_ms": 50, "error_p": 0.5}, hedge={"after_ms": 20})
    failed = sum(seen(simulated, 200)["client"]["failed"].values())
    assert failed / 2000 == pytest.approx(0.25, abs=0.04)


# -- batch ---------------------------------------------------------------------------------------------
def test_a_full_batch_goes_at_once_and_its_answer_is_everybodys() -> None:
    """Twelve at once in fours: three calls of 50 ms for all of them."""
    simulated = one({"rate_rps": 1}, fan_out={"n": 12}, batch={"max": 4, "linger_ms": 30})
    summary = seen(simulated)
    assert summary["client"]["latency_ms"]["max"] == 50
    assert summary["nodes"]["web"]["arrivals"] == 3 * summary["client"]["offered"]


def test_a_batch_that_stays_small_goes_after_its_time() -> None:
    """A call each 10 ms: the first waits 25 ms, two more join it; the last of three waited 5 ms."""
    summary = seen(one({"rate_rps": 100}, batch={"max": 50, "linger_ms": 25}), 30)
    assert summary["client"]["offered"] / summary["links"]["l"]["batches"] == pytest.approx(3, rel=0.01)
    assert summary["client"]["latency_ms"]["mean"] == pytest.approx(50 + (25 + 15 + 5) / 3, rel=0.01)


def test_a_failed_batch_fails_for_all() -> None:
    summary = seen(one({"rate_rps": 1}, {"error_p": 1}, fan_out={"n": 8}, batch={"max": 4}, fallback={}))
    assert summary["links"]["l"]["fallbacks"] == summary["client"]["ok"]
    summary = seen(one({"rate_rps": 100}, {"error_p": 1}, batch={"max": 2}))
    assert set(summary["client"]["failed"]) == {"error"} and summary["client"]["ok"] == 0


def test_a_batch_is_as_large_as_all_its_calls() -> None:
    users = {"rate_rps": 1, "object_kb": 10, "read_share": 0}
    setup = one(users, {"service_time_ms": 0}, mb_s=10, fan_out={"n": 8}, batch={"max": 8})
    assert mean(setup) == pytest.approx(8, rel=1e-6)


def test_more_batches_than_slots_go_alone() -> None:
    summary = seen(one({"rate_rps": 1}, fan_out={"n": 300}, batch={"max": 2}))
    assert summary["client"]["latency_ms"]["max"] == 50
    assert summary["nodes"]["web"]["arrivals"] / summary["client"]["offered"] == 64 + (300 - 2 * 64)


# -- idempotency ---------------------------------------------------------------------------------------
def orders(loss: float = 0.01, rate: float = 500, **options: Any) -> Simulation:
    """Payments over a link that loses messages; whoever hears nothing asks again."""
    retry = {"max": 3, "backoff": "none"}
    return one(
        {"rate_rps": rate, "read_share": 0}, {"service_time_ms": 1}, timeout_ms=20, loss_p=loss, retry=retry, **options
    )


@pytest.mark.parametrize("loss", [0.01, 0.05, 0.2])
def test_a_repeat_after_a_lost_answer_is_done_twice_unless_it_has_a_key(loss: float) -> None:
    """All executions but the first of each order: four tries at most, each reaches and each is answered with 1 - loss."""
    summary = seen(orders(loss, idempotency={"key": False}), 100)
    links, heard = summary["links"]["l"], (1 - loss) ** 2
    executions = (1 - loss) * (1 - (1 - heard) ** 4) / heard
    expected = executions - (1 - loss**4)
    assert links["duplicates"] / summary["client"]["offered"] == pytest.approx(expected, rel=0.1)
    keyed = seen(orders(loss, idempotency={}), 100)["links"]["l"]
    assert keyed["duplicates"] == 0
    assert keyed["deduplicated"] == pytest.approx(links["duplicates"], rel=0.15)


def test_a_key_that_is_kept_too_short_helps_nobody() -> None:
    links = seen(orders(0.05, idempotency={"store_ttl_s": 0.01}), 50)["links"]["l"]
    assert links["duplicates"] > 300 and links["deduplicated"] == 0


def test_a_repeat_of_what_goes_on_still_is_turned_away() -> None:
    """The work takes longer than the caller's patience: the repeat is answered aborted, and the work is done once."""
    retry = {"max": 1, "backoff": "const", "base_ms": 60, "jitter": "none", "on": ["timeout"]}
    simulated = one({"read_share": 0}, timeout_ms=20, retry=retry, idempotency={})
    summary = seen(simulated)
    assert summary["links"]["l"]["deduplicated"] == 99 and summary["links"]["l"]["duplicates"] == 0
    quick = one({"read_share": 0}, timeout_ms=20, retry=retry | {"base_ms": 1}, idempotency={})
    summary = seen(quick)
    assert set(summary["client"]["failed"]) == {"aborted"}
    assert summary["nodes"]["web"]["completions"] == 99


def test_a_failed_write_may_be_repeated_and_reads_need_no_key() -> None:
    retry = {"max": 5, "backoff": "none"}
    summary = seen(
        one({"read_share": 0, "rate_rps": 100}, {"error_p": 0.5, "service_time_ms": 1}, retry=retry, idempotency={})
    )
    links = summary["links"]["l"]
    assert links["duplicates"] == links["deduplicated"] == 0 and links["retries"] > 500
    reads = seen(
        orders(0.2, idempotency={}) if False else one({"read_share": 1}, timeout_ms=20, retry=retry, idempotency={})
    )
    assert reads["links"]["l"]["deduplicated"] == 0


def test_leaves_of_a_fan_out_are_no_repeats() -> None:
    links = seen(one({"read_share": 0}, fan_out={"n": 4}, idempotency={}))["links"]["l"]
    assert links["duplicates"] == links["deduplicated"] == 0 and links["ok"] >= 396


# -- fallback, mirror, fire and forget, mesh -------------------------------------------------------------
@pytest.mark.parametrize(("kind", "took"), [("default", 7), ("drop_feature", 0)])
def test_a_fallback_is_an_answer_of_lower_quality(kind: str, took: float) -> None:
    fallback = {"kind": kind, "cost_ms": 7, "quality": 0.4}
    summary = seen(one(web={"error_p": 1, "service_time_ms": 3}, fallback=fallback))
    assert summary["client"]["failed"] == {}
    assert summary["client"]["latency_ms"]["mean"] == 3 + took
    assert (summary["links"]["l"]["fallbacks"], summary["links"]["l"]["quality"]) == (99, 0.4)


def test_a_stale_answer_needs_an_earlier_good_one() -> None:
    simulated = one(web={"error_p": 1}, fallback={"kind": "stale"})
    assert seen(simulated)["client"]["failed"] == {"error": 99}
    simulated = one(fallback={"kind": "stale"})
    seen(simulated)
    inject(simulated, "error", "web", p=1)
    assert seen(simulated)["client"]["failed"] == {}


def test_who_forgets_does_not_wait_and_the_work_is_done() -> None:
    summary = seen(one(mode="fire_and_forget", timeout_ms=1000))
    assert summary["client"]["latency_ms"]["max"] == 0 and summary["client"]["ok"] == 100
    assert summary["nodes"]["web"]["arrivals"] == 100
    lossy = seen(one(mode="fire_and_forget", web={"error_p": 1}))
    assert lossy["client"]["failed"] == {} and lossy["links"]["l"]["failed"]["error"] >= 99


@pytest.mark.parametrize("share", [0, 0.3, 1])
def test_a_mirror_gets_copies_and_nobody_waits_for_it(share: float) -> None:
    nodes = [
        node("users", "client", rate_rps=200), node("web", "service", service_time_ms=2, workers=100),
        node("shadow", "service", service_time_ms=500, workers=1000, error_p=0.5),
    ]  # fmt: skip
    links = [link("l", "users", "web", rtt_ms=0), link("m", "users", "shadow", mirror={"share": share})]
    summary = seen(simulation(nodes, links), 50)
    assert summary["client"]["failed"] == {}
    assert summary["nodes"]["web"]["arrivals"] == summary["client"]["offered"]
    assert summary["client"]["latency_ms"]["max"] < 100
    assert summary["nodes"]["shadow"]["arrivals"] / summary["client"]["offered"] == pytest.approx(share, abs=0.015)


def test_a_balancer_mirrors_and_chooses_among_the_others() -> None:
    nodes = [
        node("users", "client", rate_rps=200), node("lb", "load_balancer"), node("web", "service", replicas=2),
        node("shadow", "service", service_time_ms=500, workers=1000, error_p=0.5),
    ]  # fmt: skip
    links = [link("l", "users", "lb"), link("a", "lb", "web"), link("m", "lb", "shadow", mirror={})]
    summary = seen(simulation(nodes, links), 20)
    assert summary["client"]["failed"] == {}
    for target in ("web", "shadow"):
        assert summary["nodes"][target]["arrivals"] == pytest.approx(summary["client"]["offered"], abs=2)


def test_a_mesh_adds_what_its_documentation_says() -> None:
    plain = seen(one({"rate_rps": 1000}), 100)["client"]["latency_ms"]["p90"]
    meshed = seen(one({"rate_rps": 1000}, mesh={}), 100)["client"]["latency_ms"]["p90"]
    assert meshed - plain == pytest.approx(2.65, rel=0.1)


def test_all_options_at_once_keep_the_books() -> None:
    options: dict[str, Any] = {
        "timeout_ms": 60, "loss_p": 0.05, "rtt_ms": 2, "retry": {"max": 2, "base_ms": 5}, "circuit_breaker": {"open_s": 0.2},
        "hedge": {"max": 2}, "pool": {"max_conns": 8, "acquire_timeout_ms": 20}, "protocol": {"tls": "tls13"}, "mesh": {},
        "fan_out": {"n": 3, "wait": "k", "k": 2, "partial_ok_ms": 80}, "mb_s": 5, "payload": {}, "fallback": {},
    }  # fmt: skip
    simulated = one(
        {"rate_rps": 200, "arrival": "poisson"}, {"replicas": 3, "workers": 4, "service_time_ms": 10}, **options
    )
    for _ in range(20):
        simulated.advance(simulated.now_ns + NS // 7)
        audit(simulated)
    summary = simulated.summary()
    assert summary["client"]["failed"] == {}
    assert all(summary["links"]["l"][name] > 0 for name in ("hedges", "handshakes", "fallbacks", "retries", "bytes"))
