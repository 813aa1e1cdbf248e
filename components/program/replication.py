"""Raft replication: heartbeats, entries, acknowledgements, commits (Ongaro 2014, 3.5; batches and pipelines 10.2)."""

from __future__ import annotations

from components.program.assembler import AUX, KEY, START, USER, VALUE, VERSION, WRITE, Label, Offset, Own, Reg, Value
from components.program.op import Op
from components.program.raft import FOLLOWER, LEADER, LOG, Member
from components.program.units import ms

STRETCH = 1 << 18


class Replication:
    """append: KEY, VERSION = index and term of the entry before; AUX = index of the last one; WRITE = the leader's commit."""

    def __init__(self, member: Member) -> None:
        self.member, self.asm = member, member.asm
        self.heartbeats = self.asm.label()
        self.batch = self.asm.live("batch")
        self.every = self.asm.live("heartbeat_ms", ms)

    # -- the leader -----------------------------------------------------------------------------------
    def send(self, other: int) -> None:
        """All that this member lacks, up to a batch; with nothing new a heartbeat."""
        asm, member = self.asm, self.member
        following, old, go = Own("next", "", other), asm.label(), asm.label()
        asm.emit(Op.SUB, KEY, following, 1)
        asm.emit(Op.SUB, AUX, member.last, LOG - 64)
        asm.branch(old, KEY, "<", AUX)
        member.term_of(VERSION, KEY)
        asm.add(AUX, KEY, self.batch)
        asm.emit(Op.MIN, AUX, AUX, member.last)
        asm.add(following, AUX, 1)
        asm.move(VALUE, member.term)
        asm.move(USER, member.me)
        asm.move(WRITE, member.commit)
        asm.emit(Op.SEND, member.lane("append", other))
        asm.jump(go)
        asm.place(old)
        asm.move(VALUE, member.term)
        asm.move(USER, member.me)
        asm.emit(Op.SEND, member.lane("copy", other))
        asm.place(go)

    def send_all(self) -> None:
        for other in range(self.member.count):
            with self.member.each_other(other):
                self.send(other)

    def write_heartbeats(self) -> None:
        """As long as this term is mine."""
        asm, member, over = self.asm, self.member, self.asm.label()
        asm.place(self.heartbeats)
        with asm.local() as mine, asm.local() as pause:
            asm.move(mine, member.term)
            with asm.forever():
                asm.branch(over, member.term, "!=", mine)
                asm.branch(over, member.role, "!=", LEADER)
                self.send_all()
                asm.now(member.led_at)
                asm.move(pause, self.every)
                asm.emit(Op.SLEEP, pause)
        asm.place(over)
        asm.emit(Op.END)

    def write_daemon(self) -> None:
        """The leader's disk: entries that gathered during one flush go out together and are flushed together."""
        asm, member = self.asm, self.member
        with asm.daemon(), asm.forever(), asm.local() as upto, asm.local() as term:
            idle, over = asm.here(), asm.label()
            go, wait = asm.label(), asm.label()
            asm.branch(wait, member.role, "!=", LEADER)
            asm.branch(go, member.durable, "<", member.last)
            asm.place(wait)
            asm.wait(member.work)
            asm.jump(idle)
            asm.place(go)
            asm.add(upto, member.durable, self.batch)
            asm.emit(Op.MIN, upto, upto, member.last)
            asm.move(term, member.term)
            self.send_all()
            member.flush()
            asm.branch(over, member.term, "!=", term)
            asm.emit(Op.MAX, member.durable, member.durable, upto)
            self.advance(over)
            asm.place(over)

    def advance(self, over: Label) -> None:
        """Commit what a majority has on disk, if it is of the own term, and wake those who wait for it."""
        asm, member, to = self.asm, self.member, self.asm.scratch("advance_to")
        term, woken = asm.scratch("advance_term"), asm.scratch("woken")
        asm.branch(over, member.role, "!=", LEADER)
        member.majority_of(to, member.match, member.durable)
        asm.branch(over, to, "<=", member.commit)
        member.term_of(term, to)
        asm.branch(over, term, "!=", member.term)
        asm.emit(Op.MAX, woken, member.commit, member.first_own)
        asm.emit(Op.SUB, woken, to, woken)
        asm.move(member.commit, to)
        asm.emit(Op.MAX, member.acked, member.acked, to)
        member.apply(leading=True)
        with asm.when(woken, ">", 0):
            asm.notify(member.committed, woken)

    # -- doors ------------------------------------------------------------------------------------------
    def write_doors(self) -> None:
        with self.asm.entry("append"):
            self.on_append()
        with self.asm.entry("appended"):
            self.on_appended()
        with self.asm.entry("copy"):
            self.on_copy()

    def obey(self, stale: Label) -> None:
        """A message of the leader of the term in VALUE; an old one goes to `stale`."""
        asm, member = self.asm, self.member
        member.later_term(VALUE)
        asm.branch(stale, VALUE, "<", member.term)
        asm.move(member.role, FOLLOWER)
        asm.move(member.leader, USER)
        asm.now(member.heard)
        member.redraw()

    def on_append(self) -> None:
        asm, member = self.asm, self.member
        stale, missing, gone, answer = asm.label(), asm.label(), asm.label(), asm.label()
        mine = asm.scratch("before_term")
        self.obey(stale)
        asm.branch(missing, KEY, ">", member.last)
        member.term_of(mine, KEY)
        with asm.when(KEY, ">", member.applied):  # what is committed is the same everywhere
            asm.branch(missing, mine, "!=", VERSION)
        self.take(gone)
        asm.emit(Op.MIN, WRITE, WRITE, AUX)
        asm.emit(Op.MAX, member.commit, member.commit, WRITE)
        member.apply(leading=False)
        asm.branch(answer, AUX, "<=", member.durable)
        self.make_durable(gone)
        asm.place(answer)
        asm.move(KEY, AUX)
        asm.move(AUX, 1)
        self.reply()
        asm.place(missing)
        asm.emit(Op.SUB, KEY, KEY, 1)
        asm.emit(Op.MIN, KEY, KEY, member.last)
        asm.move(AUX, 0)
        self.reply()
        asm.place(stale)
        asm.move(AUX, 0)
        asm.move(VALUE, member.term)
        self.reply()
        asm.place(gone)
        asm.emit(Op.END)

    def reply(self) -> None:
        """VERSION = when the message was sent that this answers."""
        self.asm.move(VERSION, START)
        self.member.answer("appended")

    def take(self, gone: Label) -> None:
        """Copy the entries behind KEY up to AUX out of the sender's log; an entry of another term cuts my own log there."""
        asm, member = self.asm, self.member
        block, at, term, key, mine = (asm.scratch(f"take_{name}") for name in ("block", "at", "term", "key", "mine"))
        terms, keys, index = asm.scratch("take_terms"), asm.scratch("take_keys"), asm.scratch("take_index")
        member.block_of_sender(block)
        asm.emit(Op.LDX, terms, block, Offset("log_terms"))
        asm.emit(Op.LDX, keys, block, Offset("log_keys"))
        asm.move(index, KEY)
        with asm.repeat_while(index, "<", AUX):
            write, same = asm.label(), asm.label()
            asm.bump(index)
            asm.emit(Op.AND, at, index, LOG - 1)
            asm.emit(Op.LDX, term, terms, at)
            asm.branch(gone, term, ">", VALUE)
            asm.branch(same, index, "<=", member.applied)
            asm.branch(write, index, ">", member.last)
            asm.emit(Op.LDX, mine, member.terms, at)
            asm.branch(same, mine, "==", term)
            asm.emit(Op.SUB, mine, index, 1)
            asm.emit(Op.MIN, member.durable, member.durable, mine)
            asm.place(write)
            asm.emit(Op.LDX, key, keys, at)
            asm.emit(Op.STX, term, member.terms, at)
            asm.emit(Op.STX, key, member.keys, at)
            asm.move(member.last, index)
            asm.place(same)

    def make_durable(self, gone: Label) -> None:
        """Flush up to AUX, unless a flush that began later has done it, or the entries have been cut off since."""
        asm, member, done, term = self.asm, self.member, self.asm.label(), self.asm.scratch("durable_term")
        with asm.local() as expected:
            member.term_of(expected, AUX)
            asm.acquire(member.disk)
            with asm.when(AUX, ">", member.durable):
                asm.serve(member.fsync)
            asm.release(member.disk)
            asm.branch(done, AUX, "<=", member.durable)
            asm.branch(gone, AUX, ">", member.last)
            member.term_of(term, AUX)
            asm.branch(gone, term, "!=", expected)
            asm.move(member.durable, AUX)
        asm.place(done)

    def on_appended(self) -> None:
        """KEY = how far the member has the log, or where to try; VERSION = when the message was sent that it answers."""
        asm, member = self.asm, self.member
        over, refused, done = asm.label(), asm.label(), asm.label()
        had, following = asm.scratch("had_match"), asm.scratch("following")
        member.later_term(VALUE)
        asm.branch(over, member.role, "!=", LEADER)
        asm.branch(over, VALUE, "!=", member.term)
        member.get(had, member.echo, USER)
        asm.emit(Op.MAX, had, had, VERSION)
        member.put(had, member.echo, USER)
        asm.branch(refused, AUX, "==", 0)
        member.get(had, member.match, USER)
        asm.emit(Op.MAX, had, had, KEY)
        member.put(had, member.match, USER)
        member.get(following, member.next, USER)
        asm.add(had, had, 1)
        asm.emit(Op.MAX, following, following, had)
        member.put(following, member.next, USER)
        self.advance(done)
        asm.place(done)
        self.send_rest(following)
        self.confirm()
        asm.emit(Op.END)
        asm.place(refused)
        member.get(had, member.match, USER)
        asm.emit(Op.MAX, KEY, KEY, had)
        asm.bump(KEY)
        member.put(KEY, member.next, USER)
        self.send_to_sender()
        self.confirm()
        asm.place(over)
        asm.emit(Op.END)

    def send_rest(self, following: Value) -> None:
        """A member that lags gets its next batch as soon as it has one."""
        with self.asm.when(following, "<", self.member.durable):
            self.send_to_sender()

    def send_to_sender(self) -> None:
        asm, over, who = self.asm, self.asm.label(), self.asm.scratch("send_to")
        asm.move(who, USER)
        for other in range(self.member.count):
            following = asm.label()
            asm.branch(following, who, "!=", other)
            self.send(other)
            asm.jump(over)
            asm.place(following)
        asm.place(over)

    def confirm(self) -> None:
        """Reads that wait for a majority to have heard from me since they came, or for my first commit, look again."""
        if self.member.reads != "stale":
            self.asm.notify(self.member.confirmed, -1)

    def on_copy(self) -> None:
        """A member that needs entries that nobody has any more gets the leader's whole state (InstallSnapshot, 5)."""
        asm, member, stale, gone = self.asm, self.member, self.asm.label(), self.asm.label()
        block, role = asm.scratch("copy_block"), asm.scratch("copy_role")
        self.obey(stale)
        member.block_of_sender(block)
        asm.emit(Op.LDX, role, block, Offset("role"))
        asm.branch(gone, role, "!=", LEADER)
        with asm.local() as upto, asm.local() as index, asm.local() as word:
            asm.emit(Op.LDX, upto, block, Offset("applied"))
            asm.branch(gone, upto, "<=", member.applied)
            for name, size in (("values", asm.around.keys_n), ("log_terms", LOG), ("log_keys", LOG)):
                self.copy_table(name, size, index, word)
            asm.branch(gone, upto, "<=", member.applied)  # another copy was quicker
            for known in (member.applied, member.commit, member.last, member.durable):
                asm.move(known, upto)
        asm.move(KEY, member.last)
        asm.move(AUX, 1)
        self.reply()
        asm.place(stale)
        asm.move(AUX, 0)
        asm.move(VALUE, member.term)
        self.reply()
        asm.place(gone)
        asm.emit(Op.END)

    def copy_table(self, name: str, size: int, index: Reg, word: Reg) -> None:
        """What the sender has of a table. A long one rests now and then: an activation may not run for ever without an event."""
        asm, block, base, rest = self.asm, *(self.asm.scratch(f"copy_{what}") for what in ("block", "base", "rest"))
        asm.move(index, 0)
        with asm.repeat_while(index, "<", size):
            self.member.block_of_sender(block)
            asm.emit(Op.LDX, base, block, Offset(name))
            asm.emit(Op.LDX, word, base, index)
            asm.emit(Op.STX, word, Own(name), index)
            asm.bump(index)
            if size > STRETCH:
                asm.emit(Op.AND, rest, index, STRETCH - 1)
                with asm.when(rest, "==", 0):
                    asm.move(word, 1)
                    asm.emit(Op.SLEEP, word)
