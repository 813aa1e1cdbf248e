"""Load balancer: spreads requests over all replicas of all its targets."""

from __future__ import annotations

from components.base import Choice, Number
from components.work import Worker


class LoadBalancer(Worker):
    """Spreads requests over all replicas of all its targets.

    Service time 0.014 ms: one core of nginx serves about 74,000 requests of 1 KB a second (NGINX tests, 2017).
    """

    kind, label, icon = "load_balancer", "Load balancer", "load-balancer"
    sends = (1, None)
    facts = ("algo",)
    knobs = ("algo",)

    service_time_ms = Number(default=0.014, maximum=60_000, unit="ms", log=True, help="Time to forward a request; any number at once.")
    service_dist = Choice(
        default="const", choices=("exp", "const", "lognormal", "bimodal"), help="How the time varies from request to request."
    )
    algo = Choice(
        default="round_robin", choices=("round_robin", "random", "least_conn", "p2c", "ip_hash"), label="Policy",
        help="In turn, at random, fewest open requests, the better of two random ones, or by sender.",
    )  # fmt: skip
