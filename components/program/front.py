"""The programs of a cache in front of a target: what a read and a write do in each of its modes."""

from __future__ import annotations

from collections.abc import Callable

from components.program.assembler import KEY, STATUS, VERSION, WRITE, Assembler, Index, Own
from components.program.calls import Way, call
from components.program.lease import Lease
from components.program.op import Op
from components.program.shelf import Shelf
from components.program.truth import Staleness
from components.program.units import seconds
from components.program.work import answer, enter
from components.program.write_back import WriteBack


class Front:
    """Reads `swr_s`, `lease_s` and what Shelf reads. No link: every load succeeds at once."""

    def __init__(self, asm: Assembler, thread: Own, work: Index, shelf: Shelf, mode: str, coalesce: bool) -> None:
        self.asm, self.thread, self.work, self.shelf = asm, thread, work, shelf
        self.mode, self.coalesce, self.renews = mode, coalesce, asm.params["swr_s"] > 0
        self.hits, self.misses, self.expired = asm.counter("hits"), asm.counter("misses"), asm.counter("expired")
        self.coalesced, self.stale = asm.counter("coalesced"), Staleness(asm)
        self.way = Way(asm, asm.links[0]) if asm.links else None
        self.lease: Lease | None = None
        if self.coalesce or self.renews:
            self.lease = Lease(asm, seconds(asm.params["lease_s"]), self.coalesced, self.shelf.versions)
        self.back: WriteBack | None = None
        if self.mode == "write_back" and self.way is not None:
            self.back = WriteBack(asm, self.ask_target, self.shelf.versions, "flush_interval_s")
        else:
            asm.counter("lost_writes")

    def write(self) -> None:
        asm = self.asm
        self.missed_at, self.write_at = asm.later(self.missed), asm.later(self.change)
        with asm.entry():
            self.arrive()
            asm.serve(self.work)
            asm.branch(self.write_at, WRITE, "!=", 0)
            self.shelf.look(self.missed_at, asm.later(self.too_old))
            asm.bump(self.hits)
            self.take()
            answer(asm, self.thread)
        if self.back is not None:
            self.back.flushers()

    def arrive(self) -> None:
        """The way to a slot."""
        enter(self.asm, self.thread)

    def take(self) -> None:
        """The version of what is here; what waits to be written is newer than the target's."""
        newest = self.asm.label()
        self.shelf.take()
        if self.asm.around.truth:
            if self.back is not None:
                self.back.if_here(newest)
            self.stale.observe(VERSION)
        self.asm.place(newest)

    def ask_target(self) -> None:
        if self.way is None:
            self.asm.move(STATUS, 0)
        else:
            call(self.asm, self.way)

    def fetch_value(self) -> None:
        """Where a value that is not here comes from."""
        self.ask_target()

    # -- reads ----------------------------------------------------------------------------------------
    def too_old(self) -> None:
        asm = self.asm
        asm.bump(self.expired)
        if self.renews and self.lease is not None:
            self.renew(self.lease)
        asm.jump(self.missed_at)

    def renew(self, lease: Lease) -> None:
        """Not too old for that: answer with it, and let one request fetch it anew."""
        asm, over, held = self.asm, self.asm.label(), self.asm.label()
        with asm.local() as until, asm.local() as now:
            asm.emit(Op.LDX, until, self.shelf.expires, KEY)
            asm.add(until, until, asm.live("swr_s", seconds))
            asm.now(now)
            asm.branch(over, until, "<=", now)
        lease.take_over(held)
        asm.emit(Op.SPAWN, asm.later(lambda: self.load(lease)))
        asm.place(held)
        asm.bump(self.hits)
        self.take()
        answer(asm, self.thread)
        asm.place(over)

    def missed(self) -> None:
        asm = self.asm
        if self.back is not None:
            self.back.if_here(asm.later(self.buffered))
        asm.release(self.thread)
        lease = self.lease if self.coalesce else None
        if lease is not None:
            lease.join(self.brought)
        self.load(lease)

    def buffered(self) -> None:
        """Pushed out or too old, but not written yet."""
        self.asm.bump(self.hits)
        self.shelf.take()
        answer(self.asm, self.thread)

    def brought(self) -> None:
        """Answer with what another request brought."""
        if self.asm.around.truth:
            self.stale.observe(VERSION)
        answer(self.asm, None)

    def load(self, lease: Lease | None) -> None:
        """Ask the target, keep what it says, answer."""
        asm, aside = self.asm, self.mode == "aside"
        asm.bump(self.misses)
        self.fetch_value()
        asm.branch(asm.later(lambda: self.give_up(lease)), STATUS, "!=", 0)
        if aside:
            self.once_more(lambda: self.unkept(lease))
        if lease is not None:
            lease.end(self.keep_loaded, self.shelf.keep_if_newer)
        else:
            self.keep_loaded()
        if self.back is not None:
            self.back.save_evicted(self.shelf.field("EVICTED"))
        answer(asm, self.thread if aside else None)

    def keep_loaded(self) -> None:
        """What the cache loads itself it keeps in the order of the versions; a caller's SET comes when it comes."""
        if self.mode == "aside":
            self.shelf.keep()
        else:
            self.shelf.keep_if_newer()

    def once_more(self, refused: Callable[[], None]) -> None:
        """The caller's second command, SET or DEL. In the books both commands are one visit."""
        asm = self.asm
        for count in ("ARRIVALS", "DONE"):
            asm.emit(Op.SUB, Own("slots", count), Own("slots", count), 1)

        def no_room() -> None:
            asm.emit(Op.SUB, Own("slots", "REJECTS"), Own("slots", "REJECTS"), 1)
            asm.bump(Own("slots", "DONE"))
            refused()

        asm.acquire(self.thread, asm.later(no_room))
        asm.serve(self.work)

    def give_up(self, lease: Lease | None) -> None:
        """The load failed; whoever waits for it fails alike."""
        self.close(lease)
        self.asm.reply(STATUS)

    def unkept(self, lease: Lease | None) -> None:
        """The value came, but the cache did not take it."""
        if lease is not None:
            self.asm.emit(Op.STX, VERSION, self.shelf.versions, KEY)
        self.close(lease)
        answer(self.asm, None)

    def close(self, lease: Lease | None) -> None:
        if lease is not None:
            lease.end(lambda: None, lambda: None)

    # -- writes ---------------------------------------------------------------------------------------
    def change(self) -> None:
        asm, shelf = self.asm, self.shelf
        if self.mode == "write_back":
            self.put_off()
            return
        asm.release(self.thread)
        self.ask_target()
        asm.branch(asm.later(lambda: asm.reply(STATUS)), STATUS, "!=", 0)
        if self.mode == "aside":
            self.once_more(lambda: answer(asm, None))
            shelf.drop()
            if self.lease is not None:
                self.lease.changed()
            answer(asm, self.thread)
            return
        if self.mode == "read_through":
            shelf.drop()
        elif self.mode == "write_through":
            shelf.keep_if_newer()
        answer(asm, None)

    def put_off(self) -> None:
        """write_back: the answer does not wait for the target."""
        asm = self.asm
        asm.emit(Op.LDX, VERSION, self.shelf.versions, KEY)
        if self.back is not None:
            self.back.written()
        self.shelf.keep()
        asm.release(self.thread)
        if self.back is not None:
            self.back.save_evicted(self.shelf.field("EVICTED"))
        answer(asm, None)
