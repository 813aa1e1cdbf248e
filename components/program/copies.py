"""What a replica stores of each key, and how two different copies become one: by time, by version vector, by merging.

A copy travels in VALUE, AUX and VERSION. VERSION numbers the writes of a key in the order in which their coordinators took
them: what clocks that agree would say. It decides in `Lww`; elsewhere it is the highest number inside.
"""

from __future__ import annotations

from components.program.assembler import AUX, KEY, VALUE, VERSION, Assembler, Offset, Own, Value
from components.program.op import Op

HALF, ENTRY = 31, (1 << 31) - 1  # bits of an entry; two of them in a word
SIBLINGS, MOST_SIBLINGS = 7, 127
MOST_VECTOR = 4  # replicas whose entries fit a message
CONTENT = (VALUE, AUX)


class Copies:
    """Base: the stored tables. `content` words of each key besides its version; they outlive a crash, as disks do."""

    content = 1

    def __init__(self, asm: Assembler, copies: int) -> None:
        self.asm, self.copies = asm, copies
        self.made = asm.shared_table("made", asm.around.keys_n)
        self.versions = asm.table("versions", asm.around.keys_n, keep=True)
        self.tables = [asm.table(f"content{n}", asm.around.keys_n, keep=True) for n in range(self.content)]

    # -- loading and storing ----------------------------------------------------------------------
    def load(self) -> None:
        """My copy of KEY into the message."""
        self.asm.emit(Op.LDX, VERSION, self.versions, KEY)
        for register, table in zip(CONTENT, self.tables, strict=False):
            self.asm.emit(Op.LDX, register, table, KEY)

    def store(self) -> None:
        """The message into my copy of KEY."""
        self.asm.emit(Op.STX, VERSION, self.versions, KEY)
        for register, table in zip(CONTENT, self.tables, strict=False):
            self.asm.emit(Op.STX, register, table, KEY)

    def peek(self, to: Value, block: Value, table: Own) -> None:
        """to = a word of the copy of KEY at the replica of that address. Only to know what its client would have read."""
        self.asm.emit(Op.LDX, to, block, Offset(table.name))
        self.asm.emit(Op.LDX, to, to, KEY)

    def number(self) -> None:
        """VERSION = the number of a new write of KEY."""
        asm = self.asm
        asm.emit(Op.LDX, VERSION, self.made, KEY)
        asm.bump(VERSION)
        asm.emit(Op.STX, VERSION, self.made, KEY)

    def fingerprint(self, to: Value, key: Value) -> None:
        """to = a hash of my copy of `key`."""
        asm, word = self.asm, self.asm.scratch("print")
        asm.emit(Op.LDX, to, self.versions, key)
        asm.emit(Op.HASH, to, to, key)
        for table in self.tables:
            asm.emit(Op.LDX, word, table, key)
            asm.emit(Op.HASH, to, to, word)

    # -- what the kinds of copies do --------------------------------------------------------------
    def know_nothing(self) -> None:
        """A writer begins to read, before it writes."""
        raise NotImplementedError

    def know(self, block: Value) -> None:
        """Take in what it read at that replica."""
        raise NotImplementedError

    def write(self, place: Value) -> None:
        """The message becomes a new write of KEY, taken at `place` in its preference list."""
        raise NotImplementedError

    def absorb(self) -> None:
        """Merge the message into my copy of KEY."""
        raise NotImplementedError

    def gather(self, best: list[Value]) -> None:
        """Merge the message into `best`: words of content, then the version."""
        raise NotImplementedError


class Lww(Copies):
    """Last write wins. The content is the number of writes that went into the value: each adds one to what its writer read."""

    def know_nothing(self) -> None:
        self.asm.move(VALUE, 0)
        self.asm.move(VERSION, -1)

    def know(self, block: Value) -> None:
        asm, seen, added = self.asm, self.asm.scratch("seen"), self.asm.scratch("added")
        older = asm.label()
        self.peek(seen, block, self.versions)
        asm.branch(older, seen, "<=", VERSION)
        self.peek(added, block, self.tables[0])
        asm.move(VERSION, seen)
        asm.move(VALUE, added)
        asm.place(older)

    def write(self, place: Value) -> None:
        self.asm.bump(VALUE)
        self.number()

    def absorb(self) -> None:
        asm, older, mine = self.asm, self.asm.label(), self.asm.scratch("mine")
        asm.emit(Op.LDX, mine, self.versions, KEY)
        asm.branch(older, VERSION, "<=", mine)
        self.store()
        asm.place(older)

    def gather(self, best: list[Value]) -> None:
        asm, older = self.asm, self.asm.label()
        asm.branch(older, VERSION, "<=", best[-1])
        asm.move(best[0], VALUE)
        asm.move(best[-1], VERSION)
        asm.place(older)


class Vector(Copies):
    """An entry for each replica of the list, two to a word: how many writes it took, and how many of its newest still stand.

    A dotted version vector set (Almeida et al. 2014): the values that stand are siblings, as in Dynamo (2007).
    """

    content = 2

    def entry(self, to: Value, words: list[Value], place: int) -> None:
        asm = self.asm
        asm.emit(Op.SHR, to, words[place // 2], HALF * (place % 2))
        asm.emit(Op.AND, to, to, ENTRY)

    def merge(self, mine: list[Value]) -> None:
        """mine = mine and the message together: content words, then the version."""
        asm = self.asm
        asm.emit(Op.MAX, mine[-1], mine[-1], VERSION)
        merged = [asm.scratch(f"merged{n}") for n in range(2)]
        one, other = asm.scratch("one"), asm.scratch("other")
        for word in range(2):
            asm.move(merged[word], 0)
        for place in range(self.copies):
            self.entry(one, mine[:2], place)
            self.entry(other, [VALUE, AUX], place)
            self.join(one, other)
            asm.emit(Op.SHL, one, one, HALF * (place % 2))
            asm.emit(Op.OR, merged[place // 2], merged[place // 2], one)
        for word in range(2):
            asm.move(mine[word], merged[word])

    def join(self, one: Value, other: Value) -> None:
        """one = the two entries of a replica together: the higher count, and those of its values that neither side dropped."""
        asm, high, low = self.asm, self.asm.scratch("high"), self.asm.scratch("low")
        stand, least = self.asm.scratch("stand"), self.asm.scratch("least")
        asm.emit(Op.MAX, high, one, other)
        asm.emit(Op.MIN, low, one, other)
        asm.emit(Op.AND, stand, high, MOST_SIBLINGS)
        asm.emit(Op.AND, least, low, MOST_SIBLINGS)
        asm.emit(Op.SHR, high, high, SIBLINGS)
        asm.emit(Op.SHR, low, low, SIBLINGS)
        asm.add(least, least, high)
        asm.emit(Op.SUB, least, least, low)
        asm.emit(Op.MIN, stand, stand, least)
        asm.emit(Op.SHL, one, high, SIBLINGS)
        asm.emit(Op.OR, one, one, stand)

    def absorb(self) -> None:
        mine: list[Value] = [self.asm.scratch(f"mine{n}") for n in range(3)]
        for word, table in zip(mine, [*self.tables, self.versions], strict=True):
            self.asm.emit(Op.LDX, word, table, KEY)
        self.merge(mine)
        for word, table in zip(mine, [*self.tables, self.versions], strict=True):
            self.asm.emit(Op.STX, word, table, KEY)

    def gather(self, best: list[Value]) -> None:
        self.merge(best)

    def standing(self, to: Value) -> None:
        """to = how many values the message holds."""
        asm, one = self.asm, self.asm.scratch("one")
        asm.move(to, 0)
        for place in range(self.copies):
            self.entry(one, [VALUE, AUX], place)
            asm.emit(Op.AND, one, one, MOST_SIBLINGS)
            asm.add(to, to, one)

    def know_nothing(self) -> None:
        """What the writer read is kept in three words until `write`."""
        for word in range(3):
            self.asm.move(self.asm.scratch(f"known{word}"), 0)

    def know(self, block: Value) -> None:
        known: list[Value] = [self.asm.scratch(f"known{n}") for n in range(3)]
        for register, table in zip([VALUE, AUX, VERSION], [*self.tables, self.versions], strict=True):
            self.peek(register, block, table)
        self.merge(known)

    def write(self, place: Value) -> None:
        """The values that the writer read make room for the new one; my own copy has it at once, for the count is here."""
        asm = self.asm
        known: list[Value] = [asm.scratch(f"known{n}") for n in range(2)]
        self.load()
        mine, seen, stand = asm.scratch("one"), asm.scratch("other"), asm.scratch("stand")
        words = [asm.scratch(f"merged{n}") for n in range(2)]
        for word in words:
            asm.move(word, 0)
        for entry in range(self.copies):
            self.entry(mine, [VALUE, AUX], entry)
            self.entry(seen, known, entry)
            self.succeed(mine, seen, stand, place, entry)
            asm.emit(Op.SHL, mine, mine, HALF * (entry % 2))
            asm.emit(Op.OR, words[entry // 2], words[entry // 2], mine)
        asm.move(VALUE, words[0])
        asm.move(AUX, words[1])
        self.number()
        self.store()

    def succeed(self, mine: Value, seen: Value, stand: Value, place: Value, entry: int) -> None:
        """mine = my entry without what was seen, and one more where the write is taken."""
        asm, count = self.asm, self.asm.scratch("high")
        asm.emit(Op.AND, stand, mine, MOST_SIBLINGS)
        asm.emit(Op.SHR, mine, mine, SIBLINGS)
        asm.emit(Op.SHR, seen, seen, SIBLINGS)
        asm.emit(Op.SUB, count, mine, seen)
        asm.emit(Op.MAX, count, count, 0)
        asm.emit(Op.MIN, stand, stand, count)
        asm.emit(Op.MAX, mine, mine, seen)
        with asm.when(place, "==", entry):
            asm.bump(mine)
            asm.bump(stand)
            asm.emit(Op.MIN, stand, stand, MOST_SIBLINGS)
        asm.emit(Op.SHL, mine, mine, SIBLINGS)
        asm.emit(Op.OR, mine, mine, stand)


class Crdt(Vector):
    """A counter that only grows: each replica's own count, merged by the higher one (Shapiro et al. 2011). Nothing is lost."""

    def succeed(self, mine: Value, seen: Value, stand: Value, place: Value, entry: int) -> None:
        asm = self.asm
        asm.emit(Op.MAX, mine, mine, seen)
        with asm.when(place, "==", entry):
            asm.add(mine, mine, 1 << SIBLINGS)

    def join(self, one: Value, other: Value) -> None:
        self.asm.emit(Op.MAX, one, one, other)


COPIES: dict[str, type[Copies]] = {"lww": Lww, "vector_clock": Vector, "crdt": Crdt}
