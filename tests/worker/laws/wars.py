"""WARS once more, by itself: write and read of one key drawn with numpy (Bailis et al., PVLDB 5, 2012)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]


def mixed(share: float, scale: float, shape: float, rate: float) -> Draw:
    def draw(chance: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
        pareto = scale * chance.random(size) ** (-1 / shape)
        return np.where(chance.random(size) < share, pareto, chance.exponential(1 / rate, size))

    return draw


def exponential(mean: float) -> Draw:
    return lambda chance, size: chance.exponential(mean, size) if mean else np.zeros(size)


SSD = mixed(0.9122, 0.235, 10, 1.66)
REST = mixed(0.982, 1.5, 3.8, 0.0217)
LAWS: dict[str, tuple[Draw, Draw, Draw, Draw]] = {
    "lnkd_ssd": (SSD, SSD, SSD, SSD),
    "lnkd_disk": (mixed(0.38, 1.05, 1.51, 0.183), SSD, SSD, SSD),
    "ymmr": (mixed(0.939, 3, 3.35, 0.0028), REST, REST, REST),
}


def fresh_share(
    laws: tuple[Draw, Draw, Draw, Draw], n: int, r: int, w: int, t_ms: float, trials: int = 400_000
) -> float:
    """Share of reads that begin t ms after a commit and see it."""
    chance = np.random.default_rng(7)
    size = (trials, n)
    write, ack, read, reply = (draw(chance, size) for draw in laws)
    committed = np.sort(write + ack, axis=1)[:, w - 1]
    sees = write <= (committed + t_ms)[:, None] + read
    first = np.argsort(read + reply, axis=1)[:, :r]
    return float(np.take_along_axis(sees, first, axis=1).any(axis=1).mean())


def wait_ms(n: int, wanted: int) -> float:
    """Mean of the `wanted`-th of n exponential times of mean 1."""
    return sum(1 / (n - i) for i in range(wanted))
