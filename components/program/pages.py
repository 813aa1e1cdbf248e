"""Pages: a table and its B+trees on a disk, and the pool of pages in memory in front of it.

A tree of fan-out B over N rows has as many levels as B must be multiplied with itself to reach N; a lookup reads one page of
each level, root first, and then the page of the row. A page that is not in the pool is read from the disk, and one that was
changed is written when it must leave, or by the checkpoint. Long scans pass the pool by, in runs of RUN pages, as PostgreSQL's
do (ring buffers of bulk reads, 1 MB of read-ahead here).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.program.assembler import KEY, Assembler, Item, Label, Own, Reg
from components.program.op import EVICTION, Op
from components.program.storage import Storage
from components.program.units import probability

RUN = 128  # pages of a scan that are read at once
DIRTY_RING = 1 << 16  # changed pages that a checkpoint remembers; the others are written when they leave
RANDOM_COST = 4  # a page read out of order costs as much as so many in order (PostgreSQL's random_page_cost)
MOST_PAGES = 4_000_000


class Shape:
    """How many pages there are, and which is which: the rows first, then each tree from its leaves to its root."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.rows, self.fanout = params["rows"], params["btree_fanout"]
        self.per_page = max(1, round(params["page_kb"] * 1000 / params["row_bytes"]))
        self.table = -(-self.rows // self.per_page)
        part = -(-self.rows // params["partitions"])
        self.part = -(-self.table // params["partitions"])  # pages of the rows of one partition
        self.trees: list[list[tuple[int, int]]] = []  # per tree, root first: (first page, rows under a page)
        self.pages = self.table
        for _ in range(1 + len(params["indexes"])):
            levels, under = [], self.fanout
            while True:
                under = min(under, part)
                levels.append((self.pages, under))
                self.pages += -(-self.rows // under)
                if under == part:
                    break
                under *= self.fanout
            self.trees.append(levels[::-1])
        self.frames = int(params["buffer_pool_gb"] * 1e6 / params["page_kb"])

    @property
    def height(self) -> int:
        return len(self.trees[0])

    def index_of(self, params: Mapping[str, Any]) -> int | None:
        """The tree that the planner takes for the query; None = it reads the whole table."""
        query = params["query"]
        matches = query["selectivity"] * self.rows
        everything = self.part if query["one_partition"] else self.table
        for number, index in enumerate(params["indexes"], 1):
            if index["column"] == query["column"]:
                fetched = 0 if index["covering"] else min(matches, everything)
                cost = RANDOM_COST * (self.height - 1 + fetched) + max(1, matches / self.fanout)
                return number if cost < everything else None
        return None


class Pages:
    """Reads rows, row_bytes, page_kb, btree_fanout, buffer_pool_gb, partitions, indexes, query."""

    def __init__(self, asm: Assembler, storage: Storage, failed: Label) -> None:
        self.asm, self.storage, self.failed, self.shape = asm, storage, failed, Shape(asm.params)
        self.kb = round(asm.params["page_kb"])
        start = {"CAP": max(1, self.shape.frames), "POLICY": EVICTION["lru"]}
        asm.items["pool"] = Item("pool", "cache", self.shape.pages, start, keep=False, stream="pool:eviction")
        asm.stream("pool:eviction")
        self.pool = Own("pool")
        self.dirty = asm.table("page_dirty", self.shape.pages, keep=True)
        self.ring = asm.table("page_ring", DIRTY_RING, keep=True)
        self.changed, self.cleaned = asm.counter("pages_changed"), asm.counter("pages_cleaned")
        self.reads, self.misses, self.writes, self.scans = (
            asm.counter(name) for name in ("page_reads", "page_misses", "page_writes", "scans")
        )

    # -- one page -------------------------------------------------------------------------------------
    def touch(self, page: Reg, *, change: bool = False) -> None:
        """Have the page in the pool, and perhaps change it."""
        asm, here, missing = self.asm, self.asm.label(), self.asm.label()
        asm.bump(self.reads)
        asm.emit(Op.CGET, self.pool, page, missing)
        asm.jump(here)
        asm.place(missing)
        asm.bump(self.misses)
        self.storage.move(self.kb, self.failed)
        self.put(page)
        asm.place(here)
        if change:
            self.change(page)

    def put(self, page: Reg) -> None:
        """A page that was read takes the place of the one that was unused for longest; that one is written if it was changed."""
        asm = self.asm
        asm.emit(Op.CPUT, self.pool, page)
        with asm.local() as out, asm.local() as was:
            clean = asm.label()
            asm.move(out, Own("pool", "EVICTED"))
            asm.branch(clean, out, "<", 0)
            asm.emit(Op.LDX, was, self.dirty, out)
            asm.branch(clean, was, "==", 0)
            asm.emit(Op.STX, 0, self.dirty, out)
            self.storage.move(self.kb, self.failed)
            asm.place(clean)

    def change(self, page: Reg) -> None:
        asm, done = self.asm, self.asm.label()
        asm.bump(self.writes)
        with asm.local() as was:
            asm.emit(Op.LDX, was, self.dirty, page)
            asm.branch(done, was, "!=", 0)
            asm.emit(Op.STX, 1, self.dirty, page)
            asm.emit(Op.SUB, was, self.changed, self.cleaned)
            asm.branch(done, was, ">=", DIRTY_RING)
            asm.emit(Op.AND, was, self.changed, DIRTY_RING - 1)
            asm.emit(Op.STX, page, self.ring, was)
            asm.bump(self.changed)
        asm.place(done)

    # -- statements -----------------------------------------------------------------------------------
    def descend(self, tree: int, row: Reg, page: Reg, *, change: bool = False) -> None:
        """From the root to the leaf; the leaf may change."""
        levels = self.shape.trees[tree]
        for level, (first, under) in enumerate(levels):
            self.asm.emit(Op.DIV, page, row, under)
            self.asm.add(page, page, first)
            self.touch(page, change=change and level == len(levels) - 1)

    def row_page(self, row: Reg, page: Reg, *, change: bool = False) -> None:
        self.asm.emit(Op.DIV, page, row, self.shape.per_page)
        self.touch(page, change=change)

    def read(self) -> None:
        """The row of KEY by its primary key; or, for a share of the reads, a query by another column."""
        asm, over, query = self.asm, self.asm.label(), self.asm.label()
        if asm.params["query"] is not None:
            asm.emit(Op.BRP, query, asm.live("query.share", probability), asm.stream("query"))
        self.find(change=False)
        if asm.params["query"] is not None:
            asm.jump(over)
            asm.place(query)
            self.ask()
        asm.place(over)

    def write(self) -> None:
        """Change the row of KEY in its page, and its entry in every further index."""
        self.find(change=True)

    def find(self, *, change: bool) -> None:
        asm = self.asm
        with asm.local() as row, asm.local() as page:
            asm.emit(Op.HASH, row, KEY, 0)
            asm.emit(Op.MOD, row, row, self.shape.rows)
            self.descend(0, row, page)
            self.row_page(row, page, change=change)
            if change:
                for tree in range(1, len(self.shape.trees)):
                    asm.emit(Op.HASH, row, KEY, tree)
                    asm.emit(Op.MOD, row, row, self.shape.rows)
                    self.descend(tree, row, page, change=True)

    def ask(self) -> None:
        """All rows with a value of the query's column, by index or by reading everything."""
        asm, tree = self.asm, self.shape.index_of(self.asm.params)
        if tree is None:
            self.scan()
            return
        query, index = asm.params["query"], asm.params["indexes"][tree - 1]
        matches = max(1, round(query["selectivity"] * self.shape.rows))
        with asm.local() as row, asm.local() as page, asm.local() as left:
            asm.emit(Op.RAND, row, self.shape.rows, asm.stream("query"))
            self.descend(tree, row, page)
            asm.move(left, (matches - 1) // self.shape.fanout)  # further leaves, next to the first
            with asm.repeat_while(left, ">", 0):
                asm.bump(page)
                self.clamp(page, tree)
                self.touch(page)
                asm.emit(Op.SUB, left, left, 1)
            if not index["covering"]:
                asm.move(left, min(matches, self.shape.table))
                with asm.repeat_while(left, ">", 0):
                    asm.emit(Op.RAND, row, self.shape.rows, asm.stream("query"))
                    self.row_page(row, page)
                    asm.emit(Op.SUB, left, left, 1)

    def clamp(self, page: Reg, tree: int) -> None:
        """Behind the last leaf comes the first."""
        first, under = self.shape.trees[tree][-1]
        leaves = -(-self.shape.rows // under)
        with self.asm.when(page, ">=", first + leaves):
            self.asm.move(page, first)

    def scan(self) -> None:
        """Every page of the table, or of the partition that the query names: one by one if the pool has room for it, else in runs past the pool."""
        asm, shape = self.asm, self.shape
        asm.bump(self.scans)
        with asm.local() as page:
            size = shape.part if asm.params["query"]["one_partition"] else shape.table
            asm.move(page, 0)
            with asm.repeat_while(page, "<", size):
                if size <= shape.frames // 4:
                    self.touch(page)
                    asm.bump(page)
                else:
                    with asm.local() as run:
                        asm.emit(Op.SUB, run, size, page)
                        asm.emit(Op.MIN, run, run, RUN)
                        asm.add(self.reads, self.reads, run)
                        asm.add(self.misses, self.misses, run)
                        asm.emit(Op.MUL, run, run, self.kb)
                        self.storage.move(run, self.failed)
                    asm.add(page, page, RUN)

    # -- the checkpoint -------------------------------------------------------------------------------
    def clean(self) -> None:
        """Write every page that was changed before now, one after another."""
        asm = self.asm
        with asm.local() as upto, asm.local() as at, asm.local() as was:
            asm.move(upto, self.changed)
            with asm.repeat_while(self.cleaned, "<", upto):
                failed = asm.label()
                asm.emit(Op.AND, at, self.cleaned, DIRTY_RING - 1)
                asm.bump(self.cleaned)
                asm.emit(Op.LDX, at, self.ring, at)
                asm.emit(Op.LDX, was, self.dirty, at)
                asm.branch(failed, was, "==", 0)
                asm.emit(Op.STX, 0, self.dirty, at)
                self.storage.move(self.kb, failed)
                asm.place(failed)
