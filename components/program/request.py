"""What rides down with a request in the register REQUEST: its number, and the size of the object that it is about.

REQUEST = number << 30 | bytes. Retries, hedges and copies have the number of their request; each leaf of a fan-out has its
own. The number is 0 where nobody tells repeats, the bytes are 0 where nobody looks at sizes. It counts up from a start that
is the client's own, in 31 bits; the two above tell up to four places of one program that call the same link.
"""

from __future__ import annotations

from zlib import crc32

from components.program.assembler import REQUEST, Assembler, Own, Reg
from components.program.laws import object_law
from components.program.op import Op

SIZE_BITS = 30
MOST_BYTES = (1 << SIZE_BITS) - 1
NUMBER_BITS, SITES = 31, 4
CLIENT_SHIFT, CLIENTS = 25, 0x3F


def begin_request(asm: Assembler) -> None:
    """At the client."""
    if asm.around.repeats:
        number = asm.word("requests", (crc32(asm.around.id.encode()) & CLIENTS) << CLIENT_SHIFT)
        asm.bump(number)
        asm.emit(Op.SHL, REQUEST, number, SIZE_BITS)
    elif asm.around.sized:
        asm.move(REQUEST, 0)
    if asm.around.sized:
        with asm.local() as size:
            asm.emit(Op.SAMP, size, asm.law(object_law()))
            asm.emit(Op.MIN, size, size, MOST_BYTES)
            asm.add(REQUEST, REQUEST, size)


def object_bytes(asm: Assembler, to: Reg) -> None:
    asm.emit(Op.AND, to, REQUEST, MOST_BYTES)


def renumber(asm: Assembler, salt: Reg) -> None:
    """A number made of the old one and `salt`; the size stays. Takes no register."""
    word = Own("renumbered") if "renumbered" in asm.items else asm.word("renumbered")
    asm.emit(Op.AND, word, REQUEST, MOST_BYTES)
    asm.emit(Op.HASH, REQUEST, REQUEST, salt)
    asm.emit(Op.SHR, REQUEST, REQUEST, SIZE_BITS + 3)
    asm.emit(Op.SHL, REQUEST, REQUEST, SIZE_BITS)
    asm.add(REQUEST, REQUEST, word)


def add_site(asm: Assembler, site: int, op: Op) -> None:
    """Add (or take off) what tells the n-th place of a program that calls a link. The number is too big for an operand."""
    word = asm.scratch("site")
    asm.emit(Op.SHL, word, site % SITES, SIZE_BITS + NUMBER_BITS)
    asm.emit(op, REQUEST, REQUEST, word)
