"""The truth: which version of each key was committed last, and when. It counts what is stale; no program may act on it.

A kind with `keeps_truth` commits writes and answers with the version of the key in VERSION. A kind with `reads_truth`
holds copies, and asks on every answer from a copy whether the committed version is a newer one. One table for each group
of stores whose keys are the same: two words a key, next to nothing in time.
"""

from __future__ import annotations

from components.program.assembler import KEY, VERSION, Assembler, Index, Reg, Shared, Value
from components.program.op import Op

VERSIONS, SINCE = Index("truth", "versions"), Index("truth", "since")
NS_PER_MS = 1_000_000


def current(asm: Assembler, to: Value = VERSION, key: Value = KEY) -> None:
    """to = the committed version of the key: for the store itself, which has it."""
    if asm.around.truth:
        asm.emit(Op.LDX, to, VERSIONS, key)
    else:
        asm.move(to, 0)


def commit(asm: Assembler, key: Value = KEY) -> None:
    """A write of the key is committed now; VERSION = its number: 1, 2, 3 …"""
    if not asm.around.truth:
        return
    asm.emit(Op.LDX, VERSION, VERSIONS, key)
    asm.bump(VERSION)
    asm.emit(Op.STX, VERSION, VERSIONS, key)
    with asm.local() as now:
        asm.now(now)
        asm.emit(Op.STX, now, SINCE, key)


class Staleness:
    """Counters of what a kind answers from copies: stale_reads, stale_ms (the sum of their ages), stale_most_ms.

    The age of a stale answer = how long the newest version has been committed.
    """

    def __init__(self, asm: Assembler) -> None:
        self.asm = asm
        self.reads, self.ms = asm.counter("stale_reads"), asm.counter("stale_ms")
        self.most: Shared = asm.total("stale_most_ms")

    def observe(self, version: Reg, key: Value = KEY) -> None:
        """An answer with this version of the key is about to go out."""
        asm = self.asm
        if not asm.around.truth:
            return
        with asm.local() as newest:
            asm.emit(Op.LDX, newest, VERSIONS, key)
            fresh = asm.label()
            asm.branch(fresh, newest, "<=", version)
            self.count(key)
            asm.place(fresh)

    def count(self, key: Value = KEY) -> None:
        """A stale answer of the key. Touches no register."""
        asm, age, since = self.asm, self.asm.scratch("stale_age"), self.asm.scratch("stale_since")
        asm.bump(self.reads)
        if not asm.around.truth:
            return
        asm.now(age)
        asm.emit(Op.LDX, since, SINCE, key)
        asm.emit(Op.SUB, age, age, since)
        asm.emit(Op.DIV, age, age, NS_PER_MS)
        asm.add(self.ms, self.ms, age)
        asm.emit(Op.MAX, self.most, self.most, age)
