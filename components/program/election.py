"""Raft elections: time-outs, votes, pre-votes, and what a winner does first (Ongaro 2014, 3.4, 3.6.1, 9.6)."""

from __future__ import annotations

from components.program.assembler import AUX, KEY, USER, VALUE, VERSION, Label, Own, Value
from components.program.op import Op
from components.program.raft import CANDIDATE, LEADER, NO_OP, NOBODY, Member
from components.program.replication import Replication

NS_PER_MS = 1_000_000
GRANTED = 1


class Election:
    def __init__(self, member: Member, replication: Replication) -> None:
        self.member, self.replication, self.asm = member, replication, member.asm
        asm = self.asm
        self.votes, self.voters = asm.word("votes"), asm.word("voters")
        self.asked = asm.word("prevote_term")  # the term that a pre-vote is about; 0 = none

    # -- the clock ------------------------------------------------------------------------------------
    def write_daemon(self) -> None:
        """Wakes at the time-out, or a heartbeat ahead: a time-out that is drawn anew is never nearer."""
        asm, member = self.asm, self.member
        with asm.daemon():
            member.boot()
            with asm.forever(), asm.local() as left:
                asm.now(left)
                asm.emit(Op.SUB, left, member.deadline, left)
                with asm.when(left, "<=", 0):
                    self.time_out()
                    asm.now(left)
                    asm.emit(Op.SUB, left, member.deadline, left)
                asm.emit(Op.MIN, left, left, self.replication.every)
                asm.emit(Op.MAX, left, left, 1)
                asm.emit(Op.SLEEP, left)

    def time_out(self) -> None:
        asm, member = self.asm, self.member
        over, leads = asm.label(), asm.label()
        asm.branch(leads, member.role, "==", LEADER)
        with asm.when(member.role, "==", CANDIDATE):
            self.count_split()
        asm.move(member.leader, NOBODY)
        if member.prevote:
            self.ask_first()
        else:
            member.redraw()
            self.stand()
        asm.jump(over)
        asm.place(leads)
        self.look_around()
        asm.place(over)

    def count_split(self) -> None:
        """My election is over without a winner; each such term counts once."""
        asm, member, over = self.asm, self.member, self.asm.label()
        asm.branch(over, member.led_term, ">=", member.term)
        asm.branch(over, member.split_term, ">=", member.term)
        asm.move(member.split_term, member.term)
        asm.bump(member.splits)
        asm.place(over)

    def look_around(self) -> None:
        """A leader that no majority has answered for the longest time-out gives up: others may lead by now."""
        asm, member = self.asm, self.member
        since, limit = asm.scratch("contact"), asm.scratch("contact_limit")
        asm.now(limit)
        member.majority_of(since, member.echo, limit)
        asm.emit(Op.SUB, limit, limit, member.high)
        with asm.when(since, "<", limit):
            member.step_down()
            asm.move(member.leader, NOBODY)
        asm.now(member.deadline, member.low)

    # -- standing -------------------------------------------------------------------------------------
    def ask_first(self) -> None:
        """Would you vote for me? Nothing changes by it, so a member that was cut off disturbs nobody when it is back.

        Who heard the leader a little later than I did says no: ask again after a heartbeat or two, not a whole time-out.
        """
        asm, member, wait = self.asm, self.member, self.asm.scratch("prevote_wait")
        asm.emit(Op.RAND, wait, self.replication.every, asm.stream("prevote"))
        asm.add(wait, wait, self.replication.every)
        asm.now(member.deadline, wait)
        asm.add(self.asked, member.term, 1)
        asm.move(self.votes, 1)
        self.only_me()
        self.describe(self.asked)
        self.send_all("prevote")

    def stand(self) -> None:
        """The next term, my own vote, on disk; then ask for the others'."""
        asm, member = self.asm, self.member
        gone = asm.label()
        asm.move(self.asked, 0)
        asm.bump(member.term)
        asm.move(member.voted, member.me)
        asm.move(member.role, CANDIDATE)
        asm.move(member.leader, NOBODY)
        asm.move(self.votes, 1)
        self.only_me()
        with asm.when(member.term, ">", member.top_term):
            asm.move(member.top_term, member.term)
            asm.bump(member.elections)
        asm.move(VALUE, member.term)
        member.flush()
        asm.branch(gone, member.term, "!=", VALUE)
        asm.branch(gone, member.role, "!=", CANDIDATE)
        self.describe(member.term)
        self.send_all("vote")
        asm.place(gone)

    def only_me(self) -> None:
        self.asm.emit(Op.SHL, self.voters, 1, self.member.me)

    def describe(self, term: Value) -> None:
        """The message: a term, who I am, and how far my log goes."""
        asm, member, last = self.asm, self.member, self.asm.scratch("last_term")
        member.term_of(last, member.last)
        asm.move(VALUE, term)
        asm.move(USER, member.me)
        asm.move(KEY, member.last)
        asm.move(VERSION, last)

    def send_all(self, wire: str) -> None:
        for other in range(self.member.count):
            with self.member.each_other(other):
                self.asm.emit(Op.SEND, self.member.lane(wire, other))

    # -- doors ------------------------------------------------------------------------------------------
    def write_doors(self) -> None:
        if self.member.prevote:
            with self.asm.entry("prevote"):
                self.on_prevote()
            with self.asm.entry("prevoted"):
                self.on_prevoted()
        with self.asm.entry("vote"):
            self.on_vote()
        with self.asm.entry("voted"):
            self.on_voted()

    def behind(self, to: Label) -> None:
        """Go to `to` if the log in the message is less up to date than mine."""
        asm, member, mine, fine = self.asm, self.member, self.asm.scratch("last_term"), self.asm.label()
        member.term_of(mine, member.last)
        asm.branch(to, VERSION, "<", mine)
        asm.branch(fine, VERSION, ">", mine)
        asm.branch(to, KEY, "<", member.last)
        asm.place(fine)

    def led(self, to: Label) -> None:
        """Go to `to` while there is a leader: one that I heard within the shortest time-out, or I."""
        asm, member, since = self.asm, self.member, self.asm.scratch("since_heard")
        asm.branch(to, member.role, "==", LEADER)
        asm.now(since)
        asm.emit(Op.SUB, since, since, member.heard)
        asm.branch(to, since, "<", member.low)

    def on_prevote(self) -> None:
        asm, member, no, answer = self.asm, self.member, self.asm.label(), self.asm.label()
        asm.branch(no, VALUE, "<=", member.term)
        self.behind(no)
        self.led(no)
        asm.move(AUX, GRANTED)
        asm.jump(answer)
        asm.place(no)
        asm.move(AUX, 0)
        asm.place(answer)
        asm.move(KEY, member.term)
        member.answer("prevoted")

    def on_prevoted(self) -> None:
        """KEY = the term of who answers, AUX = yes or no."""
        asm, member, over = self.asm, self.member, self.asm.label()
        member.later_term(KEY)
        asm.branch(over, VALUE, "!=", self.asked)
        asm.branch(over, AUX, "==", 0)
        asm.branch(over, member.role, "==", LEADER)
        self.count_vote(over)
        member.redraw()
        self.stand()
        asm.place(over)
        asm.emit(Op.END)

    def count_vote(self, over: Label) -> None:
        """One more voter; on to what follows when it makes the majority, once."""
        asm, bit, had = self.asm, self.asm.scratch("voter"), self.asm.scratch("had_voter")
        asm.emit(Op.SHL, bit, 1, USER)
        asm.emit(Op.AND, had, self.voters, bit)
        asm.branch(over, had, "!=", 0)
        asm.emit(Op.OR, self.voters, self.voters, bit)
        asm.bump(self.votes)
        asm.branch(over, self.votes, "!=", self.member.majority)

    def on_vote(self) -> None:
        asm, member, no, gone = self.asm, self.member, self.asm.label(), self.asm.label()
        if member.prevote or member.reads == "leader_lease":
            self.led(gone)  # a lease holds only if nobody votes while it lasts
        member.later_term(VALUE)
        asm.branch(no, VALUE, "<", member.term)
        self.behind(no)
        with asm.when(member.voted, "!=", USER):
            asm.branch(no, member.voted, "!=", NOBODY)
        asm.move(member.voted, USER)
        member.redraw()
        member.flush()
        asm.move(AUX, GRANTED)
        member.answer("voted")
        asm.place(no)
        asm.move(AUX, 0)
        asm.move(VALUE, member.term)
        member.answer("voted")
        asm.place(gone)
        asm.emit(Op.END)

    def on_voted(self) -> None:
        asm, member, over = self.asm, self.member, self.asm.label()
        member.later_term(VALUE)
        asm.branch(over, member.role, "!=", CANDIDATE)
        asm.branch(over, VALUE, "!=", member.term)
        asm.branch(over, AUX, "==", 0)
        self.count_vote(over)
        self.win()
        asm.place(over)
        asm.emit(Op.END)

    # -- the winner ---------------------------------------------------------------------------------------
    def win(self) -> None:
        """Lead: an entry of the own term, and word to everybody at once."""
        asm, member = self.asm, self.member
        asm.move(member.role, LEADER)
        asm.move(member.leader, member.me)
        self.count_change()
        for other in range(member.count):
            asm.add(Own("next", "", other), member.last, 1)
            asm.move(Own("match", "", other), 0)
            asm.now(Own("echo", "", other))
        asm.now(member.deadline, member.low)
        asm.add(member.first_own, member.last, 1)
        member.append_own(NO_OP)
        asm.notify(member.work, -1)
        asm.emit(Op.SPAWN, self.replication.heartbeats)

    def count_change(self) -> None:
        """For how long there was no leader, and whether this one lacks an entry that was acknowledged."""
        asm, member, gap = self.asm, self.member, self.asm.scratch("gap")
        asm.bump(member.changes)
        asm.move(member.led_term, member.term)
        asm.now(gap)
        asm.emit(Op.SUB, gap, gap, member.led_at)
        asm.emit(Op.DIV, gap, gap, NS_PER_MS)
        asm.add(member.outage, member.outage, gap)
        asm.now(member.led_at)
        asm.move(member.won_at, member.led_at)
        asm.emit(Op.SUB, gap, member.acked, member.last)
        asm.emit(Op.MAX, gap, gap, 0)
        asm.add(member.lost, member.lost, gap)
        with asm.when(gap, ">", 0):
            asm.move(member.acked, member.last)
