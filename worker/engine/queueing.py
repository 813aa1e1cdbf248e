"""Formulas of queues, for `expected` alone: the data plane never asks one."""

from __future__ import annotations


def erlang_b(servers: int, load: float) -> float:
    """Share of arrivals lost where nobody can wait (Erlang 1917)."""
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Share of arrivals that wait (Erlang 1917). `load` < `servers`."""
    blocked, use = erlang_b(servers, load), load / servers
    return blocked / (1 - use * (1 - blocked))


def mm1k_loss(room: int, use: float) -> float:
    """Share lost where `room` fit, the one in service included."""
    if use == 1:
        return 1 / (room + 1)
    return (1 - use) * use**room / (1 - use ** (room + 1))


def pollaczek_khinchine(rate: float, service: float, cv: float) -> float:
    """Mean time in M/G/1 (Pollaczek 1930, Khinchine 1932)."""
    use = rate * service
    return service + use * service * (1 + cv**2) / (2 * (1 - use))
