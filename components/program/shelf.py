"""What a cache keeps: keys under a policy of eviction, the end of each one's time, and its version.

Times to live are those of Redis: a key that is too old stays in its place until somebody asks for it or it is pushed out.
"""

from __future__ import annotations

from dataclasses import replace

from components.program.assembler import KEY, VERSION, Assembler, Label, Own, Shared
from components.program.op import Op
from components.program.units import probability, seconds

NEVER = 1 << 60  # ns; later than any run


class Shelf:
    """Reads `ttl_s` and `ttl_jitter`. `cap` = its capacity, or the parameter that says it; `eviction` = a policy, or ttl_only.

    `shared`: one for all replicas of the node, and no crash of a replica touches it.
    """

    def __init__(self, asm: Assembler, cap: str | int, eviction: str, name: str = "", *, shared: bool = False) -> None:
        self.asm, self.only_time = asm, eviction == "ttl_only"
        self.keys = asm.cache(f"{name}keys", cap, "fifo" if self.only_time else eviction, shared=shared)
        table = asm.shared_table if shared else asm.table
        self.expires: Own | Shared = table(f"{name}expires", asm.around.keys_n)
        self.versions: Own | Shared = table(f"{name}versions", asm.around.keys_n)

    def look(self, missing: Label, too_old: Label) -> None:
        """Go on if the key is here and its time is not over."""
        asm = self.asm
        asm.emit(Op.CGET, self.keys, KEY, missing)
        with asm.local() as until, asm.local() as now:
            asm.emit(Op.LDX, until, self.expires, KEY)
            asm.now(now)
            asm.branch(too_old, until, "<=", now)

    def take(self) -> None:
        """The version to answer with."""
        if self.asm.around.truth:
            self.asm.emit(Op.LDX, VERSION, self.versions, KEY)

    def keep(self) -> None:
        """Put the key here with the version in VERSION; the word EVICTED tells who had to go."""
        asm, full = self.asm, None
        if self.only_time:
            full = asm.label()
            self.make_room(full)
        asm.emit(Op.CPUT, self.keys, KEY)
        self.stamp()
        if full is not None:
            asm.place(full)

    def make_room(self, full: Label) -> None:
        """ttl_only: the oldest key goes if its time is over; else there is no room for a new one."""
        asm, room = self.asm, self.asm.label()
        asm.branch(room, self.field("LEN"), "<", self.field("CAP"))
        with asm.local() as until, asm.local() as now:
            here = asm.label()
            asm.emit(Op.CGET, self.keys, KEY, here)
            asm.jump(room)
            asm.place(here)
            asm.emit(Op.LDX, until, self.expires, self.field("TAIL"))
            asm.now(now)
            asm.branch(full, until, ">", now)
        asm.emit(Op.CDEL, self.keys, self.field("TAIL"))
        asm.place(room)

    def field(self, name: str) -> Own | Shared:
        """A word of the record of the keys."""
        return replace(self.keys, field=name)

    def keep_if_newer(self) -> None:
        """Keep it, unless a newer version has been here since it was read."""
        asm, old = self.asm, self.asm.label()
        with asm.local() as known:
            asm.emit(Op.LDX, known, self.versions, KEY)
            asm.branch(old, VERSION, "<", known)
        self.keep()
        asm.place(old)

    def stamp(self) -> None:
        """When the key's time is over, and its version."""
        asm = self.asm
        ttl, share = asm.live("ttl_s", seconds), asm.live("ttl_jitter", probability)
        never = asm.label()
        with asm.local() as until, asm.local() as extra:
            asm.move(until, NEVER)
            asm.branch(never, ttl, "<", 0)
            asm.emit(Op.SHR, extra, ttl, 16)
            asm.emit(Op.MUL, extra, extra, share)
            asm.emit(Op.SHR, extra, extra, 16)
            asm.emit(Op.RAND, extra, extra, asm.stream("ttl"))
            asm.now(until, ttl)
            asm.add(until, until, extra)
            asm.place(never)
            asm.emit(Op.STX, until, self.expires, KEY)
        asm.emit(Op.STX, VERSION, self.versions, KEY)

    def drop(self) -> None:
        """Forget the key, which has the version in VERSION now, or a newer one."""
        asm = self.asm
        asm.emit(Op.CDEL, self.keys, KEY)
        with asm.local() as known:
            asm.emit(Op.LDX, known, self.versions, KEY)
            asm.emit(Op.MAX, known, known, VERSION)
            asm.emit(Op.STX, known, self.versions, KEY)
