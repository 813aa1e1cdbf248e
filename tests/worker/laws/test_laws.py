"""Theory must lie in the interval of the simulator, at the table's parameters and at others."""

from __future__ import annotations

import pytest

from tests.worker.laws.case import Law, holds, run
from tests.worker.laws.designs import station
from tests.worker.laws.laws import LAWS


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.id)
def test_the_law_holds(law: Law) -> None:
    ok, found = holds(law)
    assert ok, f"{law.id}: theory {law.theory:.6g}, measured {found.mean:.6g} ± {found.half:.2g}"


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.id)
def test_the_interval_is_narrow_enough_to_tell_wrong_from_right(law: Law) -> None:
    _, found = holds(law)
    assert found.half <= 0.12 * abs(law.theory), f"{law.id}: ± {found.half:.3g} of {law.theory:.3g}"


@pytest.mark.parametrize(("rate", "service_ms", "servers"), [(80, 10, 1), (600, 10, 8), (150, 20, 4)])
def test_littles_law_holds_for_every_node(rate: float, service_ms: float, servers: int) -> None:
    summary = run(station(rate, service_ms, servers), 1, 500, 50)
    web = summary["nodes"]["web"]
    inside = web["queue_mean"] + web["utilisation"] * servers
    through = web["completions"] / summary["duration_s"] * web["latency_ms"]["mean"] / 1000
    assert inside == pytest.approx(through, rel=2e-3)
