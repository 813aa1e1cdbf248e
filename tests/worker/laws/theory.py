"""Closed forms that the simulator is held against. Times in the unit of the service time; never used by the engine."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

from scipy import sparse


def erlang_b(servers: int, load: float) -> float:
    """Share of arrivals lost with no queue (Erlang 1917)."""
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Share of arrivals that wait (Erlang 1917)."""
    blocked, use = erlang_b(servers, load), load / servers
    return blocked / (1 - use * (1 - blocked))


def mmc_sojourn(servers: int, rate: float, service: float) -> float:
    """Mean time in M/M/c."""
    load = rate * service
    return service + erlang_c(servers, load) * service / (servers - load)


def mm1_quantile(rate: float, service: float, q: float) -> float:
    """The sojourn in M/M/1 is exponential."""
    return -math.log(1 - q) / (1 / service - rate)


def mm1k_loss(room: int, use: float) -> float:
    """Share lost when `room` requests fit, the one in service included."""
    if use == 1:
        return 1 / (room + 1)
    return (1 - use) * use**room / (1 - use ** (room + 1))


def pollaczek_khinchine(rate: float, service: float, cv: float) -> float:
    """Mean time in M/G/1."""
    use = rate * service
    return service + use * service * (1 + cv**2) / (2 * (1 - use))


def priority_wait(rates: Sequence[float], service: float, level: int) -> float:
    """Mean wait of class `level` in M/M/1, the lowest served first, nobody interrupted (Cobham 1954)."""
    use = [rate * service for rate in rates]
    before, through = sum(use[:level]), sum(use[: level + 1])
    return sum(use) * service / ((1 - before) * (1 - through))


def bisect(f: Callable[[float], float], low: float, high: float) -> float:
    """Root of a falling function."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) > 0 else (low, middle)
    return (low + high) / 2


def round_robin_sojourn(servers: int, use: float) -> float:
    """Each server sees Erlang-n gaps: E_n/M/1, mean service 1 (GI/M/1)."""
    n = servers
    sigma = bisect(lambda s: (n * use / (n * use + 1 - s)) ** n - s, 1e-12, 1 - 1e-9)
    return 1 / (1 - sigma)


def power_of_two_sojourn(use: float) -> float:
    """Two random choices of infinitely many servers, mean service 1 (Mitzenmacher 2001)."""
    return sum(use ** (2**i - 2) for i in range(1, 12))


def shortest_queue_sojourn(servers: int, choices: int, use: float, most: int) -> float:
    """Mean time when each joins the shortest of `choices` different random queues, mean service 1: the chain of the sorted
    queue lengths, each cut off at `most`, solved for its balance. `choices` = `servers`: the shortest of all."""
    states = list(itertools.combinations_with_replacement(range(most + 1), servers))
    number = {state: place for place, state in enumerate(states)}
    pairs = math.comb(servers, choices)
    joins = [math.comb(servers - 1 - place, choices - 1) / pairs for place in range(servers)]
    rows, columns, rates = [], [], []
    for state in states:
        moves = [(place, 1, use * servers * joins[place]) for place in range(servers) if state[place] < most]
        moves += [(place, -1, 1.0) for place in range(servers) if state[place] > 0]
        for place, step, rate in moves:
            changed = tuple(sorted((*state[:place], state[place] + step, *state[place + 1 :])))
            rows += [number[changed], number[state]]
            columns += [number[state], number[state]]
            rates += [rate, -rate]
    balance = sparse.csc_matrix((rates, (rows, columns)), shape=(len(states),) * 2).tolil()
    balance[0, :] = 1.0  # one equation too many; they add up to 1 instead
    shares = sparse.linalg.spsolve(balance.tocsc(), [1.0] + [0.0] * (len(states) - 1))
    inside = sum(float(share) * sum(state) for share, state in zip(shares, states, strict=True))
    return inside / (use * servers)


def zipf(keys: int, alpha: float) -> list[float]:
    weights = [k**-alpha for k in range(1, keys + 1)]
    total = math.fsum(weights)
    return [w / total for w in weights]


def lru_hit_ratio(keys: int, alpha: float, capacity: int) -> float:
    """Che's approximation under independent references (Che, Tung, Wang 2002; Fricker, Robert, Roberts 2012)."""
    shares = zipf(keys, alpha)

    def room(t: float) -> float:
        return capacity - math.fsum(-math.expm1(-p * t) for p in shares)

    low, high = 0.0, 1.0
    while room(high) > 0:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if room(middle) > 0 else (low, middle)
    return math.fsum(p * -math.expm1(-p * low) for p in shares)


def fifo_hit_ratio(keys: int, alpha: float, capacity: int) -> float:
    """FIFO and RANDOM, which are equal under independent references (Gelenbe 1973), by the characteristic time
    (Fricker, Robert, Roberts 2012)."""
    shares = zipf(keys, alpha)

    def held(t: float) -> list[float]:
        return [p * t / (1 + p * t) for p in shares]

    low, high = 0.0, 1.0
    while math.fsum(held(high)) < capacity:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if math.fsum(held(middle)) < capacity else (low, middle)
    return math.fsum(p * h for p, h in zip(shares, held(low), strict=True))


def best_hit_ratio(keys: int, alpha: float, capacity: int) -> float:
    """The most popular keys, always the same."""
    return math.fsum(zipf(keys, alpha)[:capacity])


def stale_share(writes: float, ttl: float) -> float:
    """Of the hits on a key that is kept for `ttl` s and written around the cache `writes` times a second."""
    return 1 - (1 - math.exp(-writes * ttl)) / (writes * ttl)


def stale_age(writes: float, ttl: float) -> float:
    """Seconds since the last write, summed over the stale hits, for each hit."""
    gone = math.exp(-writes * ttl)
    return (ttl * (1 + gone) - 2 * (1 - gone) / writes) / (writes * ttl)


def distinct_keys(keys: int, alpha: float, draws: float) -> float:
    """Different keys among a Poisson number of draws."""
    return math.fsum(-math.expm1(-p * draws) for p in zipf(keys, alpha))


def ttl_hit_ratio(keys: int, alpha: float, rate: float, ttl: float) -> float:
    """Time to live from the fill, no limit of room: renewal argument."""
    return math.fsum(p * (p * rate * ttl) / (1 + p * rate * ttl) for p in zipf(keys, alpha))


def tries_per_call(error_p: float, retries: int) -> float:
    """Geometric tries, cut off."""
    return (1 - error_p ** (retries + 1)) / (1 - error_p) if error_p < 1 else retries + 1


def kth_of_n(k: int, n: int) -> float:
    """Mean time until k of n exponential answers of mean 1 are there (order statistics)."""
    return sum(1 / i for i in range(n - k + 1, n + 1))


def kth_of_n_quantile(k: int, n: int, q: float) -> float:
    """The time by which, with probability q, k of n exponential answers of mean 1 are there."""

    def too_few(t: float) -> float:
        p = 1 - math.exp(-t)
        return q - sum(math.comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k, n + 1))

    return bisect(too_few, 0.0, 60.0)


def hedged_quantile(mean: float, after: float, hedges: int, q: float) -> float:
    """The first of 1 + `hedges` exponential answers, each asked for `after` later than the one before."""
    tries = 1
    while tries <= hedges and quantile_of_tries(mean, after, tries, q) > tries * after:
        tries += 1
    return quantile_of_tries(mean, after, tries, q)


def quantile_of_tries(mean: float, after: float, tries: int, q: float) -> float:
    """P(T > t) = exp(-(t + (t - after) + ...)/mean) while `tries` are under way."""
    return (after * tries * (tries - 1) / 2 - mean * math.log(1 - q)) / tries


def hedged_load(mean: float, after: float, hedges: int) -> float:
    """Tries for each call: hedge n is sent if none of the n tries before has answered."""
    return 1 + sum(math.exp(-after * n * (n + 1) / 2 / mean) for n in range(1, hedges + 1))
