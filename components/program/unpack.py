"""The target's half of the work on bytes: reading the request and writing the answer, while it holds its slot."""

from __future__ import annotations

from components.program.assembler import ARRIVAL_LINK, WRITE, Assembler, Field, Item, Own, Reg
from components.program.op import Op
from components.program.request import object_bytes


def record(asm: Assembler, link: str, ns_per_kb: int, there: int, back: int) -> str:
    """The caller's record of what a call over the link carries, in bytes (-1 = the object, where it goes)."""
    name = f"unpack:{link}"
    start = {"NS_PER_KB": ns_per_kb, "THERE": there, "BACK": back}
    asm.items.setdefault(name, Item(name, "unpack", init=start, shared=True))
    return name


def unpack(asm: Assembler) -> None:
    """Work on what this call carries, if its link says so."""
    if not asm.around.unpacks:
        return
    plain = asm.label()
    with asm.local() as base, asm.local() as size:
        asm.emit(Op.LDX, base, ARRIVAL_LINK, Field("lane", "UNPACKS"))
        asm.branch(plain, base, "==", 0)
        asm.move(size, 0)
        add_size(asm, base, size, "THERE", writes=1)
        add_size(asm, base, size, "BACK", writes=0)
        asm.emit(Op.LDX, base, base, Field("unpack", "NS_PER_KB"))
        asm.emit(Op.MUL, size, size, base)
        asm.emit(Op.DIV, size, size, 1000)
        asm.emit(Op.MUL, size, size, Own("header", "SLOW"))
        asm.emit(Op.SHR, size, size, 10)
        asm.emit(Op.SLEEP, size)
        asm.place(plain)


def add_size(asm: Assembler, base: Reg, size: Reg, way: str, writes: int) -> None:
    other, known = asm.label(), asm.label()
    with asm.local() as part:
        asm.emit(Op.LDX, part, base, Field("unpack", way))
        asm.branch(known, part, ">=", 0)
        asm.branch(other, WRITE, "!=", writes)
        object_bytes(asm, part)
        asm.place(known)
        asm.add(size, size, part)
        asm.place(other)
