"""The oracle's own chance: words, laws and HASH in plain Python, from their descriptions and sources.

SplitMix64 (Steele, Lea, Flood 2014); the normal quantile of Wichura (1988, AS 241). IEEE-754 doubles and no libm.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, MutableSequence, Sequence
from decimal import Decimal, getcontext

from worker.engine.layout import DIST_WORDS, Dist, Law

getcontext().prec = 50
ALL = (1 << 64) - 1
GOLDEN, FIRST, SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
SALT = 0xD6E8FEB86659FD93
LONGEST = 2.0**40
INVERSE = [float(1 / (1 + Decimal(2 * i + 1) / 256)) for i in range(128)]
BASE = [float(-Decimal(inverse).ln()) for inverse in INVERSE]
LN2_HIGH = float.fromhex("0x1.62e42fefa3800p-1")
LN2_LOW = float(Decimal(2).ln() - Decimal(LN2_HIGH))
POWERS = [float(Decimal(2) ** (Decimal(i) / 64)) for i in range(64)]
STEPS = float(64 / Decimal(2).ln())
STEP_HIGH = float.fromhex("0x1.62e42fef00000p-7")
STEP_LOW = float(Decimal(2).ln() / 64 - Decimal(STEP_HIGH))

# AS 241, highest power first: central, middle and far region, numerator and denominator
CENTRAL = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
     1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
     687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
MIDDLE = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
FAR = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


def word(streams: MutableSequence[int], stream: int) -> int:
    """Next 64 random bits of a stream."""
    state = streams[stream] = (streams[stream] + GOLDEN) & ALL
    z = ((state ^ (state >> 30)) * FIRST) & ALL
    z = ((z ^ (z >> 27)) * SECOND) & ALL
    return z ^ (z >> 31)


def below(bits: int, n: int) -> int:
    if n < 1:
        return 0
    return (bits >> 32) * n >> 32 if n < 1 << 32 else (bits >> 1) % n


def mix(a: int, salt: int) -> int:
    """HASH."""
    z = ((a + GOLDEN) & ALL) ^ ((salt & ALL) * SALT & ALL)
    z = ((z ^ (z >> 32)) * SALT) & ALL
    z = ((z ^ (z >> 29)) * GOLDEN) & ALL
    return (z ^ (z >> 32)) >> 1


def unit(bits: int) -> float:
    """In (0, 1]."""
    return ((bits >> 11) + 1) * 2.0**-53


def ln(x: float) -> float:
    """A table of 128 steps of the mantissa, and six terms of the series."""
    (bits,) = struct.unpack("<q", struct.pack("<d", x))
    n = float((bits >> 52) - 1023)
    slot = (bits >> 45) & 127
    (mantissa,) = struct.unpack("<d", struct.pack("<q", (bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000))
    r = mantissa * INVERSE[slot] - 1.0
    square = r * r
    tail = square * (-0.5 + r * (0.3333333333333333 - 0.25 * r) + square * (r * (0.2 - r * 0.16666666666666666)))
    return n * LN2_HIGH + (BASE[slot] + (r + (tail + n * LN2_LOW)))


def exp(x: float) -> float:
    n = math.floor(x * STEPS + 0.5)
    r = (x - n * STEP_HIGH) - n * STEP_LOW
    p = r + r * r * (0.5 + r * (0.16666666666666666 + r * (0.041666666666666664 + r * 0.008333333333333333)))
    base = POWERS[n & 63]
    return (base + base * p) * 2.0 ** (n >> 6)


def ratio(region: tuple[Sequence[float], Sequence[float]], r: float) -> tuple[float, float]:
    sums = []
    for coefficients in region:
        value = coefficients[0]
        for coefficient in coefficients[1:]:
            value = value * r + coefficient
        sums.append(value)
    return sums[0], sums[1]


def normal(u: float) -> float:
    q = u - 0.5
    if abs(q) <= 0.425:
        above, under = ratio(CENTRAL, 0.180625 - q * q)
        return q * above / under
    r = math.sqrt(-ln(max(u if q < 0 else 1.0 - u, 1e-300)))
    above, under = ratio(MIDDLE, r - 1.6) if r <= 5.0 else ratio(FAR, r - 5.0)
    return -(above / under) if q < 0 else above / under


def whole(x: float) -> int:
    return int(min(max(x, 0.0), LONGEST))


def sample(laws: Sequence[float], streams: MutableSequence[int], law: int) -> int:
    """A draw of a law, ns."""
    at = law * DIST_WORDS
    kind, stream, a, b, c = (laws[at + word] for word in (Dist.KIND, Dist.STREAM, Dist.A, Dist.B, Dist.C))
    if kind == Law.CONST:
        return whole(a)
    u = unit(word(streams, int(stream)))
    draws: dict[int, Callable[[], float]] = {
        Law.EXP: lambda: -ln(u) * a,
        Law.LOGNORMAL: lambda: exp(min(a + b * normal(min(u, 1.0 - 2.0**-53)), 690.0)),
        Law.UNIFORM: lambda: a + (b - a) * u,
        Law.PARETO: lambda: a * exp(min(-ln(u) / b, 690.0)),
        Law.BIMODAL_EXP: lambda: (b if u <= c else a) * -ln(unit(word(streams, int(stream)))),
        Law.BIMODAL_CONST: lambda: b if u <= c else a,
    }
    return whole(draws[int(kind)]())
