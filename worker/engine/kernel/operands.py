"""Operands: where their words are, reading and writing them; and the two ops that scan tables."""

from __future__ import annotations

import numpy as np
from numba import njit

from components.program.op import Op
from worker.engine.kernel.state import R0

SEARCH = int(Op.SEARCH)
ADD, SUB, MUL, DIV, MOD, MIN, MAX, AND, OR, SHL = (int(op) for op in list(Op)[1:11])
U32, MIX_A, MIX_B = np.uint64(32), np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)


@njit(forceinline=True, _nrt=False)
def address(at, me, operand):  # type: ignore[no-untyped-def]
    """Of a plain operand's word; 0, a word that is always 0, for an immediate. Selects, not jumps: nothing to predict."""
    mode, offset = operand & 3, operand >> 2
    base = at + R0 if mode == 0 else np.int64(0)
    base = me if mode == 1 else base
    return np.int64(0) if mode == 3 else base + offset


@njit(forceinline=True, _nrt=False)
def read(m, at, me, operand):  # type: ignore[no-untyped-def]
    """The value of a plain operand."""
    found = m[np.uint64(address(at, me, operand))]
    return operand >> 2 if operand & 3 == 3 else found


@njit(forceinline=True, _nrt=False)
def write(m, at, me, operand, value):  # type: ignore[no-untyped-def]
    m[np.uint64(address(at, me, operand))] = value


@njit(forceinline=True, _nrt=False)
def place(m, at, me, operand):  # type: ignore[no-untyped-def]
    """The address of an object operand."""
    mode, offset = operand & 3, operand >> 2
    if mode == 0:
        return m[np.uint64(at + R0 + offset)]
    if mode == 1:
        return me + offset
    return offset


@njit(forceinline=True, _nrt=False)
def compute(op, x, y):  # type: ignore[no-untyped-def]
    """x op y of the data ops."""
    if op == ADD:
        return x + y
    if op == SUB:
        return x - y
    if op == MUL:
        return x * y
    if op == DIV:
        return x // y if y != 0 else np.int64(0)
    if op == MOD:
        return x % y if y != 0 else np.int64(0)
    if op == MIN:
        return min(x, y)
    if op == MAX:
        return max(x, y)
    if op == AND:
        return x & y
    if op == OR:
        return x | y
    if op == SHL:
        return x << (y & 63)
    return x >> (y & 63)


@njit(forceinline=True, _nrt=False)
def mix(a, salt):  # type: ignore[no-untyped-def]
    """63 well-mixed bits of two numbers."""
    z = (np.uint64(a) + MIX_A) ^ (np.uint64(salt) * MIX_B)
    z = (z ^ (z >> U32)) * MIX_B
    z = (z ^ (z >> np.uint64(29))) * MIX_A
    return np.int64((z ^ (z >> U32)) >> np.uint64(1))


@njit(_nrt=False)
def search(m, op, at, me, d, b, c, e):  # type: ignore[no-untyped-def]
    """SEARCH: upper bound in a sorted table. LEAST: index of the smallest, the scan starting at d mod n."""
    base, n = read(m, at, me, b), read(m, at, me, c)
    if op == SEARCH:
        wanted, low, high = read(m, at, me, e), np.int64(0), n
        while low < high:
            middle = (low + high) >> np.int64(1)
            if m[np.uint64(base + middle)] > wanted:
                high = middle
            else:
                low = middle + 1
        return low
    if n < 1:
        return np.int64(0)
    stride, slot = read(m, at, me, e), read(m, at, me, d) % n
    best = slot
    for _ in range(n):
        if m[np.uint64(base + slot * stride)] < m[np.uint64(base + best * stride)]:
            best = slot
        slot = slot + 1 if slot + 1 < n else np.int64(0)
    return best
