"""LSM storage: a memtable, sorted runs on levels, a Bloom filter for each run, compaction beside the requests (O'Neil et al. 1996).

What a run holds is a bit of each key. Leveled: one run a level, each level FANOUT times the one before. Tiered: TIERS runs a
level, merged into one of the next when the level is full. The memtable survives a crash: it is in the log.
"""

from __future__ import annotations

from components.program.assembler import KEY, Assembler, Label, Own, Value
from components.program.bloom import Bloom
from components.program.laws import constant_law
from components.program.op import Op

FANOUT, TIERS = 10, 4
MEMTABLE = 1  # the bit of keys in the memtable; run number r has bit r + 1
CHUNK = 256  # entries that compaction writes between two requests
STRETCH = 1 << 18
ENTRIES_A_READ = 16  # entries that compaction reads and writes in the time of one random read: it does so in sequence


class Lsm:
    """Reads lsm.memtable_keys, levels, bloom_bits, bloom_hashes, compaction, disk_ms."""

    def __init__(self, asm: Assembler) -> None:
        self.asm, options = asm, asm.params["lsm"]
        self.levels, self.tiered = options["levels"], options["compaction"] == "tiered"
        self.each = TIERS if self.tiered else 1
        self.runs = self.levels * self.each
        self.keys_n = asm.around.keys_n
        self.memtable_keys = asm.live("lsm.memtable_keys")
        self.bits_each = options["bloom_bits"]
        self.bloom = Bloom(asm, self.runs, max(1, self.bits_each * self.keys_n), options["bloom_hashes"])
        self.where = asm.table("lsm_where", self.keys_n, keep=True)
        self.fresh = asm.word("lsm_fresh", keep=True)  # keys in the memtable
        self.sizes = asm.word("lsm_sizes", size=self.runs, keep=True)
        self.bits = asm.word("lsm_bits", size=self.runs, keep=True)
        self.disk, self.work = asm.station("lsm_disk", 1), asm.queue("lsm_work")
        self.read_time = asm.law(constant_law("lsm_read", "lsm.disk_ms", 1e6))
        self.reads, self.wrong = asm.counter("disk_reads"), asm.counter("bloom_wrong")
        self.saved, self.written = asm.counter("bloom_saved"), asm.counter("compacted")

    def size(self, run: int) -> Own:
        return Own("lsm_sizes", "", run)

    def bits_of(self, run: int) -> Own:
        return Own("lsm_bits", "", run)

    # -- requests -----------------------------------------------------------------------------------
    def write(self) -> None:
        """Into the memtable; a full one is flushed beside the requests."""
        asm, where, bit, known = self.asm, self.asm.scratch("lsm_key"), self.asm.scratch("lsm_bit"), self.asm.label()
        asm.emit(Op.LDX, where, self.where, KEY)
        asm.emit(Op.AND, bit, where, MEMTABLE)
        asm.branch(known, bit, "!=", 0)
        asm.emit(Op.OR, where, where, MEMTABLE)
        asm.emit(Op.STX, where, self.where, KEY)
        asm.bump(self.fresh)
        with asm.when(self.fresh, ">=", self.memtable_keys):
            asm.notify(self.work, -1)
        asm.place(known)

    def read(self) -> None:
        """Down through the runs until one has the key: a disk read for each whose filter does not say no."""
        asm, where, bit, found = self.asm, self.asm.scratch("lsm_key"), self.asm.scratch("lsm_bit"), self.asm.label()
        asm.emit(Op.LDX, where, self.where, KEY)
        asm.emit(Op.AND, bit, where, MEMTABLE)
        asm.branch(found, bit, "!=", 0)
        for run in range(self.runs):
            following, here = asm.label(), asm.label()
            asm.branch(following, self.size(run), "==", 0)
            if self.bits_each:
                no = asm.label()
                self.bloom.absent(run, self.bits_of(run), no)
                self.read_disk()
                self.holds(bit, run, here)
                asm.bump(self.wrong)
                asm.jump(following)
                asm.place(no)
                asm.bump(self.saved)
                asm.jump(following)
            else:
                self.read_disk()
                self.holds(bit, run, here)
                asm.jump(following)
            asm.place(here)
            asm.jump(found)
            asm.place(following)
        asm.place(found)

    def holds(self, bit: Value, run: int, here: Label) -> None:
        """Go to `here` if the run has the key."""
        asm = self.asm
        asm.emit(Op.LDX, bit, self.where, KEY)
        asm.emit(Op.AND, bit, bit, 1 << (run + 1))
        asm.branch(here, bit, "!=", 0)

    def read_disk(self) -> None:
        asm = self.asm
        asm.acquire(self.disk)
        asm.serve(self.read_time)
        asm.release(self.disk)
        asm.bump(self.reads)

    # -- beside the requests --------------------------------------------------------------------------
    def write_daemon(self) -> None:
        asm = self.asm
        with asm.daemon(), asm.forever():
            with asm.repeat_while(self.fresh, "<", self.memtable_keys):
                asm.wait(self.work)
            with asm.local() as key, asm.local() as run, asm.local() as chunk, asm.local() as start:
                (self.tier if self.tiered else self.level)(key, run, chunk, start)

    def level(self, *registers: Value) -> None:
        """The memtable into the first level; a level that is too big into the next, which takes what comes."""
        asm = self.asm
        self.merge([-1, 0], 0, *registers)
        limit = asm.scratch("lsm_limit")
        for level in range(self.levels - 1):
            fits = asm.label()
            asm.emit(Op.MUL, limit, self.memtable_keys, FANOUT ** (level + 1))
            asm.branch(fits, self.size(level), "<=", limit)
            self.merge([level, level + 1], level + 1, *registers)
            asm.place(fits)

    def tier(self, *registers: Value) -> None:
        """Room first, from the last level up; then the memtable becomes a run of the first."""
        for level in reversed(range(self.levels)):
            self.make_room(level, *registers)
        self.into_free(0, [-1], *registers)

    def runs_of(self, level: int) -> list[int]:
        return [level * TIERS + number for number in range(TIERS)]

    def make_room(self, level: int, *registers: Value) -> None:
        """All runs of a full level become one of the next; of the last level one in their place."""
        asm, room, runs = self.asm, self.asm.label(), self.runs_of(level)
        for run in runs:
            asm.branch(room, self.size(run), "==", 0)
        if level == self.levels - 1:
            self.merge(runs, runs[0], *registers)
        else:
            self.into_free(level + 1, runs, *registers)
        asm.place(room)

    def into_free(self, level: int, sources: list[int], *registers: Value) -> None:
        asm, over = self.asm, self.asm.label()
        for run in self.runs_of(level):
            taken = asm.label()
            asm.branch(taken, self.size(run), "!=", 0)
            self.merge(sources, run, *registers)
            asm.jump(over)
            asm.place(taken)
        asm.place(over)

    def merge(self, sources: list[int], target: int, key: Value, run: Value, chunk: Value, start: Value) -> None:
        """All keys of the sources (-1 = the memtable) into a new run `target`, with a filter of its own size."""
        asm, mask, bit = self.asm, sum(1 << (source + 1) for source in sources), 1 << (target + 1)
        where, has = asm.scratch("lsm_merged"), asm.scratch("lsm_has")
        self.count(mask, key, run, start)
        self.pass_disk(run, chunk, start)
        self.count(mask, key, run, start)  # writes went on: a filter is made for its number of keys
        self.bloom.clear(target)
        for source in sources:
            if source >= 0:
                asm.move(self.size(source), 0)
                asm.move(self.bits_of(source), 0)
        asm.move(self.size(target), 0)
        asm.emit(Op.MUL, self.bits_of(target), run, self.bits_each)
        if -1 in sources:
            asm.move(self.fresh, 0)
        asm.move(key, 0)
        with asm.repeat_while(key, "<", self.keys_n):
            following = asm.label()
            asm.emit(Op.LDX, where, self.where, key)
            asm.emit(Op.AND, has, where, mask)
            asm.branch(following, has, "==", 0)
            asm.emit(Op.OR, where, where, mask)
            asm.emit(Op.SUB, where, where, mask)
            asm.emit(Op.OR, where, where, bit)
            asm.emit(Op.STX, where, self.where, key)
            asm.bump(self.size(target))
            if self.bits_each:
                self.bloom.add(target, self.bits_of(target), key)
            asm.place(following)
            self.on(key, start)

    def count(self, mask: int, key: Value, to: Value, pause: Value) -> None:
        """to = how many keys the sources have."""
        asm, has = self.asm, self.asm.scratch("lsm_has")
        asm.move(to, 0)
        asm.move(key, 0)
        with asm.repeat_while(key, "<", self.keys_n):
            asm.emit(Op.LDX, has, self.where, key)
            asm.emit(Op.AND, has, has, mask)
            with asm.when(has, "!=", 0):
                asm.bump(to)
            self.on(key, pause)

    def on(self, key: Value, pause: Value) -> None:
        """The next key. A long walk rests now and then: an activation may not run for ever without an event."""
        asm, rest, over = self.asm, self.asm.scratch("lsm_rest"), self.asm.label()
        asm.bump(key)
        if self.keys_n > STRETCH:
            asm.emit(Op.AND, rest, key, STRETCH - 1)
            asm.branch(over, rest, "!=", 0)
            asm.move(pause, 1)
            asm.emit(Op.SLEEP, pause)
        asm.place(over)

    def pass_disk(self, entries: Value, left: Value, share: Value) -> None:
        """Read and write that many entries, a chunk at a time, so that requests come in between."""
        asm = self.asm
        asm.add(self.written, self.written, entries)
        asm.move(left, entries)
        with asm.repeat_while(left, ">", 0):
            asm.acquire(self.disk)
            asm.emit(Op.SAMP, share, self.read_time)
            asm.emit(Op.MUL, share, share, CHUNK // ENTRIES_A_READ)
            asm.emit(Op.SLEEP, share)
            asm.release(self.disk)
            asm.emit(Op.SUB, left, left, CHUNK)
