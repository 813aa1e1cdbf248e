"""Random words and exact laws: one word per draw, inverse functions made of IEEE-exact operations only.

No libm: + - * / and sqrt are the same bits on every machine, math.log is not.
"""

from __future__ import annotations

from decimal import Decimal, getcontext

import numpy as np
from numba import njit

from worker.engine.layout import DIST_WORDS, Dist, Law

getcontext().prec = 50
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX1, MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
U27, U30, U31, U11, U32 = (np.uint64(n) for n in (27, 30, 31, 11, 32))
UNIT = 2.0**-53
LONGEST = 2.0**40  # ns a single draw may last: 18 minutes

_steps = [Decimal(1) + (Decimal(2 * i + 1) / Decimal(256)) for i in range(128)]
LN_INVERSE = np.array([float(1 / c) for c in _steps])
LN_BASE = np.array([float(-(Decimal(float(1 / c))).ln()) for c in _steps])
LN2_HIGH = float.fromhex("0x1.62e42fefa3800p-1")
LN2_LOW = float(Decimal(2).ln() - Decimal(LN2_HIGH))
EXP_TABLE = np.array([float(Decimal(2) ** (Decimal(i) / 64)) for i in range(64)])
EXP_STEPS = float(Decimal(64) / Decimal(2).ln())
EXP_HIGH = float.fromhex("0x1.62e42fef00000p-7")
EXP_LOW = float(Decimal(2).ln() / 64 - Decimal(EXP_HIGH))

KIND, STREAM, A, B, C = (int(word) for word in (Dist.KIND, Dist.STREAM, Dist.A, Dist.B, Dist.C))
CONST, EXP, LOGNORMAL, UNIFORM = int(Law.CONST), int(Law.EXP), int(Law.LOGNORMAL), int(Law.UNIFORM)
PARETO, BIMODAL_EXP, BIMODAL_CONST = int(Law.PARETO), int(Law.BIMODAL_EXP), int(Law.BIMODAL_CONST)


@njit(forceinline=True, _nrt=False)
def word(rng, stream):  # type: ignore[no-untyped-def]
    """Next 64 random bits of a stream (SplitMix64; Steele, Lea, Flood 2014)."""
    state = rng[np.uint64(stream)] + GOLDEN
    rng[np.uint64(stream)] = state
    z = (state ^ (state >> U30)) * MIX1
    z = (z ^ (z >> U27)) * MIX2
    return z ^ (z >> U31)


@njit(forceinline=True, _nrt=False)
def unit(bits):  # type: ignore[no-untyped-def]
    """A number in (0, 1] of 53 bits."""
    return np.float64(np.int64(bits >> U11) + np.int64(1)) * UNIT


@njit(forceinline=True, _nrt=False)
def ln(x):  # type: ignore[no-untyped-def]
    """Natural logarithm of a normal x > 0, to about one unit in the last place."""
    bits = np.float64(x).view(np.int64)
    exponent = (bits >> np.int64(52)) - np.int64(1023)
    slot = (bits >> np.int64(45)) & np.int64(127)
    mantissa = np.int64((bits & np.int64(0x000FFFFFFFFFFFFF)) | np.int64(0x3FF0000000000000)).view(np.float64)
    r = mantissa * LN_INVERSE[np.uint64(slot)] - 1.0
    square = r * r
    tail = square * (-0.5 + r * (0.3333333333333333 - 0.25 * r) + square * (r * (0.2 - r * 0.16666666666666666)))
    n = np.float64(exponent)
    return n * LN2_HIGH + (LN_BASE[np.uint64(slot)] + (r + (tail + n * LN2_LOW)))


@njit(forceinline=True, _nrt=False)
def exp(x):  # type: ignore[no-untyped-def]
    """e^x for |x| < 700."""
    n = np.int64(np.floor(x * EXP_STEPS + 0.5))
    r = (x - np.float64(n) * EXP_HIGH) - np.float64(n) * EXP_LOW
    p = r + r * r * (0.5 + r * (0.16666666666666666 + r * (0.041666666666666664 + r * 0.008333333333333333)))
    scale = np.int64(((n >> np.int64(6)) + np.int64(1023)) << np.int64(52)).view(np.float64)
    base = EXP_TABLE[np.uint64(n & np.int64(63))]
    return (base + base * p) * scale


@njit(_nrt=False)
def normal(u):  # type: ignore[no-untyped-def]
    """Standard normal quantile of u in (0, 1) (Wichura 1988, AS 241, PPND16)."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return (
            q
            * (
                ((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
                + 133.14166789178437745) * r + 3.387132872796366608
            )
            / (
                ((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
                + 42.313330701600911252) * r + 1.0
            )
        )  # fmt: skip
    r = u if q < 0 else 1.0 - u
    r = np.sqrt(-ln(max(r, 1e-300)))
    if r <= 5.0:
        r -= 1.6
        value = (
            ((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
            + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
            + 4.6303378461565452959) * r + 1.42343711074968357734
        ) / (
            ((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
            + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
            + 2.05319162663775882187) * r + 1.0
        )  # fmt: skip
    else:
        r -= 5.0
        value = (
            ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
            + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
            + 5.4637849111641143699) * r + 6.6579046435011037772
        ) / (
            ((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
            + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
            + 0.59983220655588793769) * r + 1.0
        )  # fmt: skip
    return -value if q < 0 else value


@njit(forceinline=True, _nrt=False)
def whole(x):  # type: ignore[no-untyped-def]
    """x as ns, kept between 0 and the longest draw."""
    return np.int64(min(max(x, 0.0), LONGEST))


@njit(_nrt=False)
def rarer(kind, u, a, b, c, rng, stream):  # type: ignore[no-untyped-def]
    """The laws that are not worth a place in the fast path."""
    if kind == LOGNORMAL:
        return exp(min(a + b * normal(min(u, 1.0 - UNIT)), 690.0))
    if kind == UNIFORM:
        return a + (b - a) * u
    if kind == PARETO:
        return a * exp(min(-ln(u) / b, 690.0))
    if kind == BIMODAL_EXP:
        return (b if u <= c else a) * -ln(unit(word(rng, stream)))
    return b if u <= c else a


@njit(forceinline=True, _nrt=False)
def sample(dists, rng, law):  # type: ignore[no-untyped-def]
    """A draw of a law, ns."""
    at = law * DIST_WORDS
    kind = np.int64(dists[np.uint64(at)])
    a = dists[np.uint64(at + A)]
    if kind == CONST:
        return whole(a)
    stream = np.int64(dists[np.uint64(at + STREAM)])
    u = unit(word(rng, stream))
    if kind == EXP:
        return whole(-ln(u) * a)
    return whole(rarer(kind, u, a, dists[np.uint64(at + B)], dists[np.uint64(at + C)], rng, stream))


@njit(forceinline=True, _nrt=False)
def below(bits, n):  # type: ignore[no-untyped-def]
    """An integer in 0..n-1 from 64 random bits; 0 if n < 1."""
    if n < 1:
        return np.int64(0)
    if n < np.int64(4294967296):
        return np.int64(((bits >> U32) * np.uint64(n)) >> U32)
    return np.int64((bits >> np.uint64(1)) % np.uint64(n))
