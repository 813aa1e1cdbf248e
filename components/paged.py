"""Parameters of a database whose rows are in pages on a disk: components/program/pages.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from components.base import Flag, Group, Id, Integer, Number, Pointer, Proof, Rows
from components.program.pages import MOST_PAGES, Shape
from components.work import Worker

PAGED = {"storage": "disk", "rows": 20_000, "buffer_pool_gb": 0.001}
ASKED = PAGED | {"query": {}}


class Paged(Worker):
    """Statements read and change pages, in memory or on a disk."""

    proofs: ClassVar[tuple[Proof, ...]] = (
        Proof("storage", "disk", "nodes.disk.counters.fsyncs", "up"),
        Proof("rows", 200, "nodes.me.counters.page_reads", "down", PAGED),
        Proof("row_bytes", 2000, "nodes.me.counters.page_misses", "up", PAGED),
        Proof("page_kb", 64, "nodes.disk.counters.kb", "up", PAGED),
        Proof("btree_fanout", 10, "nodes.me.counters.page_reads", "up", PAGED),
        Proof("buffer_pool_gb", 1, "nodes.me.counters.page_misses", "down", PAGED),
        Proof("indexes", [{"column": "column"}], "nodes.me.counters.page_writes", "up", PAGED),
        Proof("partitions", 100, "nodes.me.counters.page_reads", "down", PAGED | {"btree_fanout": 10}),
        Proof("query.one_partition", True, "nodes.me.counters.page_reads", "down", ASKED | {"partitions": 10}),
        Proof("query", {}, "nodes.me.counters.scans", "up", PAGED),
        Proof("query.share", 0.2, "nodes.me.counters.scans", "down", ASKED),
        Proof("query.column", "other", "nodes.me.counters.scans", "up", ASKED | {"indexes": [{"column": "column"}]}),
        Proof("query.selectivity", 0.5, "nodes.me.counters.scans", "up", ASKED | {"indexes": [{"column": "column"}]}),
    )  # fmt: skip

    storage = Pointer(
        kinds=("disk",), live=False, help="The disk under it: flushes, pages and backups share it; null = none."
    )
    rows = Integer(
        default=None, nullable=True, minimum=1, maximum=1_000_000_000, log=True, live=False,
        help="Rows of the table. Statements then read and change pages, in memory or on the disk; null = no pages.",
    )  # fmt: skip
    row_bytes = Integer(default=200, minimum=1, maximum=100_000, log=True, live=False, help="Size of a row in bytes.")
    page_kb = Integer(default=8, minimum=1, maximum=1024, log=True, live=False, unit="kb", help="Size of a page.")
    btree_fanout = Integer(
        default=300,
        minimum=2,
        maximum=10_000,
        log=True,
        live=False,
        label="B-tree fan-out",
        help="Entries in a page of an index.",
    )
    buffer_pool_gb = Number(
        default=8.0,
        minimum=0.0001,
        maximum=10_000,
        log=True,
        live=False,
        unit="gb",
        help="Memory for pages; the oldest go first.",
    )
    partitions = Integer(
        default=1, minimum=1, maximum=1000, log=True, live=False,
        help="Ranges of rows, such as months, each with trees of its own: lower trees, and queries may need one range alone.",
    )  # fmt: skip
    indexes = Rows(
        most=10, required=("column",), unique="column", help="Further indexes. Every write changes each of them.",
        fields={
            "column": Id(default="column", help="What it is sorted by."),
            "covering": Flag(default=False, help="It holds all that the query wants: rows need not be read."),
        },
    )  # fmt: skip
    query = Group(
        help="Reads that look for a value of a column instead of the primary key: by an index if that costs less than "
        "reading everything.",
        fields={
            "share": Number(default=1.0, maximum=1, help="Share of the reads."),
            "column": Id(default="column", live=False, help="The column that is asked for."),
            "one_partition": Flag(default=False, help="It names the partition: the others are left out."),
            "selectivity": Number(default=0.0001, maximum=1, log=True, live=False, help="Share of the rows that match."),
        },
    )  # fmt: skip

    def check_pages(self, params: Mapping[str, Any]) -> Iterable[tuple[str, Any, str]]:
        if params["rows"] is not None:
            if params["storage"] is None:
                yield "rows", params["rows"], "must have a disk for its pages: set storage"
            elif (pages := Shape(params).pages) > MOST_PAGES:
                yield "rows", params["rows"], f"must fit in {MOST_PAGES} pages with its indexes: they are {pages}"
        elif params["query"] is not None:
            yield "query", params["query"], "must have rows to look for"

    @classmethod
    def sees_keys(cls, params: Mapping[str, Any]) -> bool:
        return params["rows"] is not None
