"""Idempotency: a repeated write is told by the number of its request, and answered without being done again (Stripe 2017).

The target keeps what it has begun and what it has done in tables of the node, shared by its replicas, for the last 65,536
numbers. A link with the option brings its record: whether it sends a key, how long a key is kept, and what happened.
"""

from __future__ import annotations

from zlib import crc32

from components.program.assembler import (
    ARRIVAL_LINK,
    REQUEST,
    WRITE,
    Assembler,
    Field,
    Item,
    Label,
    Own,
    Reg,
    Shared,
    Value,
)
from components.program.op import REASON, Op
from components.program.request import SIZE_BITS
from components.program.units import identity, seconds

ENTRIES = 1 << 16
LOCK_NS = seconds(10)
"""A begun write whose process died stays claimed for so long; its repeats are answered `aborted` until then."""
LINK_SHIFT = 34  # the link's own number lies above the request's


def record(asm: Assembler, link: str, params: dict[str, object]) -> str:
    """The caller's record of the option; lanes point at it."""
    name = f"once:{link}"
    start = {
        "KEY": int(bool(params["key"])),
        "TTL": seconds(float(str(params["store_ttl_s"]))),
        "LINK": crc32(link.encode()) & 0x7FFF,
    }
    asm.items.setdefault(name, Item(name, "once", init=start, shared=True))
    return name


class Idempotency:
    """What the target does when a call comes in, and before every answer. It only looks at calls whose lane has a record."""

    def __init__(self, asm: Assembler) -> None:
        self.asm = asm
        self.claims = asm.shared_table("once_claims", ENTRIES)  # number * 2, and 1 more when it is done
        self.until = asm.shared_table("once_until", ENTRIES)
        self.done = asm.shared_table("once_done", ENTRIES)  # for ever: was it done before?
        self.base, self.id, self.slot, self.seen = (asm.word(f"once_{name}") for name in ("base", "id", "slot", "seen"))
        asm.at_entry.append(self.arrive)
        asm.at_answer.append(self.leave)

    def find(self, other: Label) -> None:
        """Where the request's entries are. On to `other` when it has none. Words serve as registers: nothing blocks."""
        asm = self.asm
        asm.emit(Op.LDX, self.base, ARRIVAL_LINK, Field("lane", "ONCE"))
        asm.branch(other, self.base, "==", 0)
        asm.branch(other, WRITE, "==", 0)
        asm.emit(Op.SHR, self.id, REQUEST, SIZE_BITS)
        asm.branch(other, self.id, "==", 0)
        asm.emit(Op.LDX, self.slot, self.base, Field("once", "LINK"))
        asm.emit(Op.SHL, self.slot, self.slot, LINK_SHIFT)
        asm.add(self.id, self.id, self.slot)
        asm.emit(Op.MOD, self.slot, self.id, ENTRIES)
        asm.emit(Op.SHL, self.id, self.id, 1)

    def arrive(self) -> None:
        asm, go, fresh, answer, busy = self.asm, *(self.asm.label() for _ in range(4))
        self.find(go)
        with asm.local() as until, asm.local() as now:
            asm.emit(Op.LDX, until, self.until, self.slot)
            asm.now(now)
            asm.branch(fresh, until, "<=", now)
        asm.emit(Op.LDX, self.seen, self.claims, self.slot)
        with asm.local() as keyed:
            asm.emit(Op.LDX, keyed, self.base, Field("once", "KEY"))
            asm.branch(go, keyed, "==", 0)
        if "idempotent" in asm.params:  # the target may not heed keys
            asm.branch(go, asm.live("idempotent", identity), "==", 0)
        asm.branch(busy, self.seen, "==", self.id)
        asm.add(self.id, self.id, 1)
        asm.branch(answer, self.seen, "==", self.id)
        asm.emit(Op.SUB, self.id, self.id, 1)
        asm.place(fresh)
        self.claim(self.id, LOCK_NS)
        asm.jump(go)
        asm.place(busy)
        asm.blame("aborted")
        asm.emit_plain(Op.REPLY, REASON["aborted"])
        asm.place(answer)
        self.count("DEDUPLICATED")
        asm.emit_plain(Op.REPLY, 0)
        asm.place(go)

    def claim(self, id: Value, ns: Value) -> None:
        asm = self.asm
        asm.emit(Op.STX, id, self.claims, self.slot)
        asm.now(self.seen, ns)
        asm.emit(Op.STX, self.seen, self.until, self.slot)

    def leave(self, status: Value) -> None:
        asm, over, good, first = self.asm, *(self.asm.label() for _ in range(3))
        if isinstance(status, Reg | Own | Shared):
            asm.branch(good, status, "==", 0)
        elif status == 0:
            asm.jump(good)
        self.find(over)
        asm.emit(Op.LDX, self.seen, self.claims, self.slot)
        asm.branch(over, self.seen, "!=", self.id)
        asm.emit(Op.STX, 0, self.until, self.slot)
        asm.jump(over)
        asm.place(good)
        self.find(over)
        asm.emit(Op.LDX, self.seen, self.done, self.slot)
        asm.branch(first, self.seen, "!=", self.id)
        self.count("DUPLICATES")
        asm.place(first)
        asm.emit(Op.STX, self.id, self.done, self.slot)
        asm.add(self.id, self.id, 1)
        asm.emit(Op.LDX, self.base, self.base, Field("once", "TTL"))
        self.claim(self.id, self.base)
        asm.place(over)

    def count(self, name: str) -> None:
        asm, field = self.asm, Field("once", name)
        asm.emit(Op.LDX, self.seen, self.base, field)
        asm.bump(self.seen)
        asm.emit(Op.STX, self.seen, self.base, field)
