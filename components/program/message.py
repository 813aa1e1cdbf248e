"""The name of a message: what a queue or log makes of the number in REQUEST, so that repeats and order can be told.

REQUEST keeps the size of the object in its low bits (program/request.py). Above it stand the message's place in its queue's
order, in 26 bits, and five bits of the queue's own.
"""

from __future__ import annotations

from zlib import crc32

from components.program.assembler import Assembler
from components.program.op import Op
from components.program.request import MOST_BYTES, NUMBER_BITS, SIZE_BITS
from components.program.symbols import REQUEST, Reg, Value

PLACE_BITS = 26
OWN_BITS = NUMBER_BITS - PLACE_BITS


def name_message(asm: Assembler, place: Value, spare: Reg) -> None:
    """REQUEST = the name of the message at that place of this node's order."""
    own = crc32(asm.around.id.encode()) & ((1 << OWN_BITS) - 1)
    asm.emit(Op.AND, spare, place, (1 << PLACE_BITS) - 1)
    asm.add(spare, spare, own << PLACE_BITS)
    asm.emit(Op.SHL, spare, spare, SIZE_BITS)
    asm.emit(Op.AND, REQUEST, REQUEST, MOST_BYTES)
    asm.add(REQUEST, REQUEST, spare)


def name_of(asm: Assembler, to: Reg) -> None:
    """to = the name; 0 where the request is no message and has no number."""
    asm.emit(Op.SHR, to, REQUEST, SIZE_BITS)
    asm.emit(Op.AND, to, to, (1 << NUMBER_BITS) - 1)


def place_of(asm: Assembler, to: Reg) -> None:
    """to = the message's place in its queue's order."""
    asm.emit(Op.SHR, to, REQUEST, SIZE_BITS)
    asm.emit(Op.AND, to, to, (1 << PLACE_BITS) - 1)
