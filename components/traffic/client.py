"""Clients: where requests come from and where their story ends."""

from __future__ import annotations

from components.base import Choice, Component, Integer, Number, Points


class Client(Component):
    """Sends requests over its links and waits for the answers.

    Keys follow a Zipf law over `keys_n` keys (YCSB's default exponent 0.99; Cooper et al. 2010).
    """

    kind, label, icon = "client", "Clients", "users"
    faults = ("spike",)
    sends, receives = (1, None), False
    facts = ("rate_rps", "read_share")
    knobs = ("rate_rps", "read_share", "keys_n", "zipf_alpha")

    rate_rps = Number(default=100.0, maximum=1e6, unit="rps", log=True, label="Rate", help="Requests per second; open arrivals only.")
    arrival = Choice(
        default="poisson", choices=("poisson", "constant", "closed"),
        help="Random gaps, equal gaps, or users who wait for each answer.",
    )  # fmt: skip
    users = Integer(default=50, minimum=1, maximum=100_000, log=True, live=False, help="People who send one request at a time; closed only.")
    think_s = Number(default=1.0, maximum=3600, unit="s", log=True, help="Mean pause of a user between requests; closed only.")
    pattern = Points(default=[], help="Factor on the rate over time; linear between the points.")
    keys_n = Integer(default=100_000, minimum=1, maximum=5_000_000, log=True, live=False, label="Keys", help="Different keys that are asked for.")
    zipf_alpha = Number(default=0.99, maximum=1.5, live=False, label="Zipf alpha", help="How uneven the keys are; 0 = all alike.")
    read_share = Number(default=0.9, maximum=1, help="Share of requests that only read.")
    tenants_n = Integer(default=10_000, minimum=1, maximum=10_000_000, log=True, live=False, label="Users or tenants", help="Different senders; ip_hash sees them.")
