"""Bloom filters: real bits, several hashes (Bloom 1970). A no is sure; a yes is wrong for a share of the absent keys."""

from __future__ import annotations

from components.program.assembler import KEY, Assembler, Label, Value
from components.program.op import Op

WORD_BITS, WORD_SHIFT = 32, 5


class Bloom:
    """Filters side by side in one table; `words` of each. How many bits of a filter count is said at each use."""

    def __init__(self, asm: Assembler, filters: int, bits: int, hashes: int) -> None:
        self.asm, self.hashes = asm, hashes
        self.words = bits // WORD_BITS + 1
        self.table = asm.table("bloom", filters * self.words, keep=True)

    def clear(self, number: int) -> None:
        asm, at, last = self.asm, self.asm.scratch("bloom_clear"), (number + 1) * self.words
        asm.move(at, number * self.words)
        with asm.repeat_while(at, "<", last):
            asm.emit(Op.STX, 0, self.table, at)
            asm.bump(at)

    def place(self, at: Value, bit: Value, number: int, bits: Value, key: Value, salt: int) -> None:
        """at = index of the word, bit = the bit in it."""
        asm = self.asm
        asm.emit(Op.HASH, bit, key, salt + 101)
        asm.emit(Op.MOD, bit, bit, bits)
        asm.emit(Op.SHR, at, bit, WORD_SHIFT)
        asm.add(at, at, number * self.words)
        asm.emit(Op.AND, bit, bit, WORD_BITS - 1)

    def add(self, number: int, bits: Value, key: Value) -> None:
        asm, at, bit, word = self.asm, *(self.asm.scratch(f"bloom_{name}") for name in ("at", "bit", "word"))
        for salt in range(self.hashes):
            self.place(at, bit, number, bits, key, salt)
            asm.emit(Op.SHL, bit, 1, bit)
            asm.emit(Op.LDX, word, self.table, at)
            asm.emit(Op.OR, word, word, bit)
            asm.emit(Op.STX, word, self.table, at)

    def absent(self, number: int, bits: Value, to: Label, key: Value = KEY) -> None:
        """Go to `to` if the filter is sure that it has never seen the key."""
        asm, at, bit, word = self.asm, *(self.asm.scratch(f"bloom_{name}") for name in ("at", "bit", "word"))
        asm.branch(to, bits, "==", 0)
        for salt in range(self.hashes):
            self.place(at, bit, number, bits, key, salt)
            asm.emit(Op.LDX, word, self.table, at)
            asm.emit(Op.SHR, word, word, bit)
            asm.emit(Op.AND, word, word, 1)
            asm.branch(to, word, "==", 0)
