"""What clients of a consensus group do: writes and reads at the leader, and the way there from any member.

A request that reaches a member looks for the leader: who is asked and does not lead says who does, as far as it knows.
"""

from __future__ import annotations

from components.program.assembler import KEY, NOWHERE, START, STATUS, VALUE, VERSION, WRITE, Index, Label, Own, Reg
from components.program.lanes import lane_address, wire_lanes
from components.program.op import Op
from components.program.raft import LEADER, NOBODY, Member
from components.program.replication import Replication
from components.program.truth import VERSIONS, Staleness
from components.program.units import ms
from components.program.work import answer, enter

NOT_HERE = -1  # in VERSION: I do not lead; VALUE = who does, or NOBODY
LOOK_NS = ms(10)  # before the next member is asked, when nobody knows


class Proposals:
    """Reads timeout_ms, reads. Needs a wire "propose"."""

    def __init__(self, member: Member, replication: Replication, slots: Own, work: Index) -> None:
        self.replication, self.round = replication, member.asm.word("read_round")
        self.member, self.asm, self.slots, self.law = member, member.asm, slots, work
        self.lanes, _ = wire_lanes(self.asm, "propose")
        self.patience = self.asm.live("timeout_ms", ms)
        self.stale = Staleness(self.asm)

    def write_doors(self) -> None:
        asm, member = self.asm, self.member
        look, lead = asm.label(), asm.label()
        with asm.local() as asked:
            """1 when another member handed it on"""
            with asm.entry():
                asm.move(asked, 0)
                if member.reads == "stale":
                    asm.branch(lead, WRITE, "!=", 0)
                    self.read_here()
                asm.jump(lead)
            with asm.entry("propose"):
                asm.move(asked, 1)
            asm.place(lead)
            self.at_leader(asked, look)
            asm.place(look)
            self.find_leader(lead, asked)

    # -- at the leader ----------------------------------------------------------------------------------
    def at_leader(self, asked: Reg, look: Label) -> None:
        """Answer here if I lead; else tell who handed it on, or go and look."""
        asm, member = self.asm, self.member
        elsewhere, read = asm.label(), asm.label()
        asm.branch(elsewhere, member.role, "!=", LEADER)
        enter(asm, self.slots)
        asm.serve(self.law)
        asm.release(self.slots)
        asm.branch(elsewhere, member.role, "!=", LEADER)
        if member.reads == "stale":  # reads do not come this far
            self.write(asked, elsewhere)
        else:
            asm.branch(read, WRITE, "==", 0)
            self.write(asked, elsewhere)
            asm.place(read)
            self.read(asked, elsewhere)
        asm.place(elsewhere)
        asm.branch(look, asked, "==", 0)
        asm.move(VALUE, member.leader)
        asm.move(VERSION, NOT_HERE)
        asm.reply()

    def done(self, asked: Reg) -> None:
        """The answer: errors are counted where the client came in."""
        asm, direct = self.asm, self.asm.label()
        asm.branch(direct, asked, "==", 0)
        asm.reply()
        asm.place(direct)
        answer(asm, None)

    def write(self, asked: Reg, elsewhere: Label) -> None:
        """Append, and answer when it is committed. A leader that is no longer one does not know what became of it."""
        asm, member = self.asm, self.member
        with asm.local() as mine, asm.local() as term:
            member.append_own(KEY)
            asm.move(mine, member.last)
            asm.move(term, member.term)
            asm.notify(member.work, -1)
            asm.wait(member.committed)
            asm.branch(elsewhere, member.commit, "<", mine)
            asm.branch(elsewhere, member.first_own, ">", mine)
            found = asm.scratch("found_term")
            member.term_of(found, mine)
            asm.branch(elsewhere, found, "!=", term)
            asm.move(VERSION, mine)
        self.done(asked)

    def read(self, asked: Reg, elsewhere: Label) -> None:
        asm, member = self.asm, self.member
        newest, limit, ready = asm.scratch("newest_contact"), asm.scratch("contact_limit"), asm.label()
        with asm.local() as since, asm.local() as term, asm.local() as must:
            asm.now(since)
            asm.move(term, member.term)
            asm.emit(Op.LDX, must, VERSIONS, KEY)
            with asm.repeat_while(member.applied, "<", member.first_own):  # what is committed is not known before
                asm.wait(member.confirmed)
                self.still_mine(term, elsewhere)
            if member.reads == "leader_lease":
                self.contact(newest, limit)
                asm.emit(Op.SUB, limit, limit, member.low)
                asm.branch(ready, newest, ">", limit)
            self.ask_for_confirmation()
            again = asm.here()
            self.contact(newest, limit)
            asm.branch(ready, newest, ">=", since)
            asm.wait(member.confirmed)
            self.still_mine(term, elsewhere)
            asm.jump(again)
            asm.place(ready)
            self.look_up(must)
        self.done(asked)

    def contact(self, newest: Own, limit: Own) -> None:
        """newest = when the latest message was sent that a majority has answered."""
        self.asm.now(limit)
        self.member.majority_of(newest, self.member.echo, limit)

    def still_mine(self, term: Reg, elsewhere: Label) -> None:
        self.asm.branch(elsewhere, self.member.term, "!=", term)
        self.asm.branch(elsewhere, self.member.role, "!=", LEADER)

    def ask_for_confirmation(self) -> None:
        """A heartbeat now; the reads of one instant share it."""
        asm, key, sent = self.asm, self.asm.scratch("read_key"), self.asm.label()
        now = asm.scratch("round_now")
        asm.now(now)
        asm.branch(sent, self.round, "==", now)
        asm.move(self.round, now)
        asm.move(key, KEY)
        self.replication.send_all()
        asm.move(KEY, key)
        asm.place(sent)

    def look_up(self, must: Reg) -> None:
        """VERSION = mine of the key; it is stale if `must`, committed when the read began, is newer."""
        asm, fresh = self.asm, self.asm.label()
        asm.emit(Op.LDX, VERSION, self.member.values, KEY)
        asm.branch(fresh, must, "<=", VERSION)
        self.stale.count()
        asm.place(fresh)

    def read_here(self) -> None:
        """stale: what this member has, without asking anybody."""
        asm = self.asm
        with asm.local() as must:
            asm.emit(Op.LDX, must, VERSIONS, KEY)
            enter(asm, self.slots)
            asm.serve(self.law)
            asm.release(self.slots)
            self.look_up(must)
        answer(asm, None)

    # -- at another member ------------------------------------------------------------------------------
    def find_leader(self, lead: Label, asked: Reg) -> None:
        """Ask whom I believe to lead, then whom they name, then one after another, as long as the request has time."""
        asm, member = self.asm, self.member
        with asm.local() as who, asm.local() as until, asm.local() as key, asm.local() as pause:
            again, unknown, ask, given_up = asm.label(), asm.label(), asm.label(), asm.label()
            asm.move(key, KEY)
            asm.add(until, START, self.patience)
            asm.move(who, member.leader)
            asm.place(again)
            asm.now(pause)
            asm.branch(given_up, pause, ">=", until)
            asm.branch(unknown, who, "<", 0)
            asm.jump(ask)
            asm.place(unknown)
            asm.move(pause, LOOK_NS)
            asm.emit(Op.SLEEP, pause)
            asm.branch(lead, member.role, "==", LEADER)
            asm.move(who, member.leader)
            asm.branch(ask, who, ">=", 0)
            asm.emit(Op.RAND, who, member.count, asm.stream("look"))
            asm.place(ask)
            asm.branch(lead, member.role, "==", LEADER)
            asm.branch(unknown, who, "==", member.me)
            lane_address(asm, pause, self.lanes, who)
            asm.move(KEY, key)
            asm.emit(Op.CALL, pause, NOWHERE)
            asm.move(who, NOBODY)
            asm.branch(again, STATUS, "!=", 0)
            told = asm.label()
            asm.branch(told, VERSION, "!=", NOT_HERE)
            asm.move(who, VALUE)
            asm.jump(again)
            asm.place(told)
            answer(asm, None)
            asm.place(given_up)
            asm.fail("timeout")
