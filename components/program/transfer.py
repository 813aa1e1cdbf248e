"""Bytes on the way: what a call carries, how long that takes on the wire, and what it costs to write and read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.program.assembler import STATUS, WRITE, Knob, Own, Reg, Shared, Value
from components.program.op import Op
from components.program.request import object_bytes
from components.program.unpack import record

if TYPE_CHECKING:
    from components.program.calls import Emit, Way

SIZE = {"json": 1000, "protobuf": 333}
"""Thousandths of the object's bytes: a small message was 75 B as JSON and 25 B as protobuf (one published benchmark, recalled)."""
CPU = {"json": 1000, "protobuf": 500}
"""Thousandths of `cpu_us`: protobuf decodes twice as fast (same benchmark)."""
GZIP_SIZE, GZIP_CPU = 300, 2000
"""gzip leaves about 30 % of text, and costs about twice the work of writing JSON (zlib level 6, proposal)."""


class Transfer:
    """A wire for each direction of the link and each caller replica: transfers stand in line, first come first served.

    A read's answer and a write's request carry the object; the other way carries nothing, unless the payload says so.
    The time-out runs from the moment the request is sent until the answer begins to arrive.
    """

    def __init__(self, way: Way, inner: Emit) -> None:
        self.way, self.asm, self.inner = way, way.asm, inner
        self.wired, payload = way.given("mb_s") is not None, way.given("payload")
        self.size, self.work = 1000, 0
        self.kb: dict[str, Shared | None] = {"kb": None, "response_kb": None}
        if payload is not None:
            gzip = payload["compression"] == "gzip"
            self.size = SIZE[payload["format"]] * (GZIP_SIZE if gzip else 1000) // 1000
            self.work = CPU[payload["format"]] + (GZIP_CPU if gzip else 0)
            self.cpu = way.option("payload.cpu_us", self.ns_per_kb)
            for name in self.kb:
                if payload[name] is not None:
                    self.kb[name] = way.option(f"payload.{name}", lambda value: round(value * 1000))
        if self.wired:
            self.pace = way.option("mb_s", lambda value: round(1e6 / value))  # ns for a kB
            self.free = {"kb": way.word("wire_out"), "response_kb": way.word("wire_back")}
        if payload is not None:
            there, back = (
                -1 if payload[name] is None else round(payload[name] * 1000) for name in ("kb", "response_kb")
            )
            record(self.asm, way.link.id, self.ns_per_kb(payload["cpu_us"]), there, back)
            self.asm.knobs.append(
                Knob(f"{way.link.id}:payload.cpu_us", "word", f"unpack:{way.link.id}", self.ns_per_kb)
            )
        self.carried = way.total("bytes")

    def ns_per_kb(self, cpu_us: float) -> int:
        return round(cpu_us * self.work)

    def __call__(self) -> None:
        asm = self.asm
        self.send("kb", carries=1)
        self.inner()
        failed = asm.label()
        asm.branch(failed, STATUS, "!=", 0)
        self.send("response_kb", carries=0)
        asm.place(failed)

    def send(self, direction: str, carries: int) -> None:
        """Write, send and read one message. `carries` = WRITE of the requests whose object goes this way."""
        asm, nothing = self.asm, self.asm.label()
        with asm.local() as size, asm.local() as ns:
            fixed = self.kb[direction]
            if fixed is not None:
                asm.move(size, fixed)
            else:
                asm.branch(nothing, WRITE, "!=", carries)
                object_bytes(asm, size)
            if self.work:
                self.compute(ns, size)
            asm.emit(Op.MUL, size, size, self.size)
            asm.emit(Op.DIV, size, size, 1000)
            asm.add(self.carried, self.carried, size)
            if self.wired:
                self.line_up(ns, size, self.free[direction])
            asm.place(nothing)

    def compute(self, ns: Reg, size: Value) -> None:
        """This end's work on the bytes; program/unpack.py is the other's."""
        asm = self.asm
        asm.emit(Op.MUL, ns, size, self.cpu)
        asm.emit(Op.DIV, ns, ns, 1000)
        asm.emit(Op.MUL, ns, ns, Own("header", "SLOW"))
        asm.emit(Op.SHR, ns, ns, 10)
        asm.emit(Op.SLEEP, ns)

    def line_up(self, ns: Reg, size: Reg, free: Own) -> None:
        asm = self.asm
        asm.now(ns)
        asm.emit(Op.MAX, free, free, ns)
        asm.emit(Op.MUL, size, size, self.pace)
        asm.emit(Op.DIV, size, size, 1000)
        asm.add(free, free, size)
        asm.emit(Op.SUB, ns, free, ns)
        asm.emit(Op.SLEEP, ns)
