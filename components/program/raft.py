"""Raft: what a member keeps, and the parts that elections, replication and clients share (Ongaro, Ousterhout 2014; thesis 2014).

Messages are one-way: VALUE = term, USER = who sent it, KEY = an index, VERSION and AUX what the sort of message says. The content
of entries is read from the sender's log when the message arrives; an entry of a later term there means that the sender has
overwritten what it sent, and the message counts as lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from components.program.assembler import SELF, USER, Assembler, Offset, Own, Value
from components.program.lanes import LANE_SHIFT, block_of, my_number, wire_lanes
from components.program.laws import constant_law
from components.program.op import Op
from components.program.truth import SINCE, VERSIONS
from components.program.units import ms

FOLLOWER, CANDIDATE, LEADER = range(3)
NOBODY = -1
NO_OP = -1  # the key of the entry that a leader begins its term with
LOG = 1 << 14  # entries that a member still has; who needs older ones gets everything at once


class Member:
    """Reads nodes, election_ms, heartbeat_ms, fsync_ms, batch, prevote, reads. Needs the wires of `WIRES`."""

    def __init__(self, asm: Assembler) -> None:
        self.asm, params = asm, asm.params
        self.count = params["nodes"]
        self.majority = self.count // 2 + 1
        self.prevote, self.reads = params["prevote"], params["reads"]
        self.term, self.voted = asm.word("current_term", keep=True), asm.word("voted", NOBODY, keep=True)
        self.durable = asm.word("durable", keep=True)  # the last entry on disk; a crash loses those behind it
        self.terms = asm.table("log_terms", LOG, keep=True)
        self.keys = asm.table("log_keys", LOG, keep=True)
        self.applied, self.values = asm.word("applied", keep=True), asm.table("values", asm.around.keys_n, keep=True)
        self.last, self.commit = asm.word("last"), asm.word("commit")
        self.role, self.leader = asm.word("role"), asm.word("leader", NOBODY)
        self.deadline, self.heard = asm.word("deadline"), asm.word("heard")
        self.me = asm.word("number", keep=True)
        self.low, self.high = asm.live("election_ms.low", ms), asm.live("election_ms.high", ms)
        self.committed, self.work, self.confirmed = asm.queue("committed"), asm.queue("work"), asm.queue("confirmed")
        self.first_own = asm.word("first_own")  # the entry that the leader's term began with
        self.match, self.next = asm.word("match", size=self.count), asm.word("next", size=self.count)
        self.echo = asm.word("echo", size=self.count)  # when the newest message was sent that the member has answered
        self.disk = asm.station("disk", 1)
        self.fsync = asm.law(constant_law("fsync", "fsync_ms", 1e6))
        self.lanes = {name: wire_lanes(asm, name)[0] for name in WIRES}
        self.elections, self.changes = asm.counter("elections"), asm.counter("leader_changes")
        self.splits, self.outage = asm.counter("split_votes"), asm.counter("unavailable_ms")
        self.top_term, self.led_at = asm.total("term"), asm.total("led_at")
        self.led_term, self.split_term, self.lost = (
            asm.total("led_term"),
            asm.total("split_term"),
            asm.counter("lost_acks"),
        )
        self.acked, self.won_at = asm.total("acked"), asm.total("won_at")

    # -- small things -------------------------------------------------------------------------------
    def boot(self) -> None:
        """A member starts: what was not on disk is gone."""
        asm = self.asm
        my_number(asm, self.me, self.lanes["append"], self.count)
        asm.move(self.last, self.durable)
        asm.move(self.commit, self.applied)
        asm.now(self.heard)
        self.redraw()

    def redraw(self) -> None:
        """A new election time-out, from now."""
        asm, span = self.asm, self.asm.scratch("span")
        asm.emit(Op.SUB, span, self.high, self.low)
        asm.bump(span)
        asm.emit(Op.RAND, span, span, asm.stream("election"))
        asm.now(self.deadline, self.low)
        asm.add(self.deadline, self.deadline, span)

    def term_of(self, to: Value, index: Value) -> None:
        """to = term of my entry at that index; 0 at 0."""
        asm = self.asm
        asm.emit(Op.AND, to, index, LOG - 1)
        asm.emit(Op.LDX, to, self.terms, to)

    def later_term(self, term: Value) -> None:
        """Somebody is in a later term: follow."""
        asm = self.asm
        with asm.when(term, ">", self.term):
            asm.move(self.term, term)
            asm.move(self.voted, NOBODY)
            self.step_down()
            asm.move(self.leader, NOBODY)

    def step_down(self) -> None:
        """Whoever waits for a leader here goes on looking."""
        asm, over = self.asm, self.asm.label()
        asm.branch(over, self.role, "!=", LEADER)
        self.redraw()
        asm.move(self.role, FOLLOWER)
        asm.notify(self.committed, -1)
        asm.notify(self.confirmed, -1)
        asm.place(over)
        asm.move(self.role, FOLLOWER)

    def flush(self) -> None:
        """Wait until the disk has what was changed."""
        self.asm.acquire(self.disk)
        self.asm.serve(self.fsync)
        self.asm.release(self.disk)

    @contextmanager
    def each_other(self, member: int) -> Iterator[None]:
        """The code for a member who is not I."""
        with self.asm.when(self.me, "!=", member):
            yield

    def lane(self, name: str, member: int) -> Own:
        return Own(self.lanes[name].name, "", member << LANE_SHIFT)

    def lane_to_sender(self, name: str, at: Value) -> None:
        """at = address of the lane to whoever sent the message."""
        asm = self.asm
        asm.emit(Op.SHL, at, USER, LANE_SHIFT)
        asm.add(at, at, SELF)
        asm.add(at, at, Offset(self.lanes[name].name))

    def answer(self, name: str) -> None:
        """Send the message back to whoever sent this one, in my name."""
        with self.asm.local() as lane:
            self.lane_to_sender(name, lane)
            self.asm.move(USER, self.me)
            self.asm.emit(Op.SEND, lane)
        self.asm.emit(Op.END)

    def put(self, value: Value, words: Own, member: Value) -> None:
        """words[member] = value."""
        asm, at = self.asm, self.asm.scratch("put_at")
        asm.add(at, member, Offset(words.name))
        asm.emit(Op.STX, value, SELF, at)

    def get(self, to: Value, words: Own, member: Value) -> None:
        asm, at = self.asm, self.asm.scratch("put_at")
        asm.add(at, member, Offset(words.name))
        asm.emit(Op.LDX, to, SELF, at)

    def majority_of(self, to: Value, words: Own, mine: Value) -> None:
        """to = the highest number that a majority has reached; `mine` is put in for me."""
        asm, votes, one, other = self.asm, *(self.asm.scratch(f"majority_{name}") for name in ("votes", "one", "other"))
        self.put(mine, words, self.me)
        asm.move(to, 0)
        for candidate in range(self.count):
            asm.move(one, Own(words.name, "", candidate))
            asm.move(votes, 0)
            for voter in range(self.count):
                lower = asm.label()
                asm.branch(lower, Own(words.name, "", voter), "<", one)
                asm.bump(votes)
                asm.place(lower)
            asm.emit(Op.MOV, other, one)
            with asm.when(votes, ">=", self.majority):
                asm.emit(Op.MAX, to, to, other)

    def append_own(self, key: Value) -> None:
        """An entry of my term at the end of my log."""
        asm, at = self.asm, self.asm.scratch("entry_at")
        asm.bump(self.last)
        asm.emit(Op.AND, at, self.last, LOG - 1)
        asm.emit(Op.STX, self.term, self.terms, at)
        asm.emit(Op.STX, key, self.keys, at)

    def apply(self, *, leading: bool) -> None:
        """Carry out what is committed. The leader's commit is the truth."""
        asm, at, key = self.asm, self.asm.scratch("entry_at"), self.asm.scratch("entry_key")
        known, now = asm.scratch("known"), asm.scratch("apply_now")
        with asm.repeat_while(self.applied, "<", self.commit):
            nothing = asm.label()
            asm.bump(self.applied)
            asm.emit(Op.AND, at, self.applied, LOG - 1)
            asm.emit(Op.LDX, key, self.keys, at)
            asm.branch(nothing, key, "<", 0)
            asm.emit(Op.STX, self.applied, self.values, key)
            if leading and asm.around.truth:
                asm.emit(Op.LDX, known, VERSIONS, key)
                asm.branch(nothing, known, ">=", self.applied)
                asm.emit(Op.STX, self.applied, VERSIONS, key)
                asm.now(now)
                asm.emit(Op.STX, now, SINCE, key)
            asm.place(nothing)

    def block_of_sender(self, to: Value) -> None:
        block_of(self.asm, to, self.lanes["append"], USER)


WIRES = ("prevote", "prevoted", "vote", "voted", "append", "appended", "copy")
"""Messages, each with a door of its name."""
