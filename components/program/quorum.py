"""Quorums: a coordinator sends to all replicas of a key and answers when enough of them have (Gifford 1979; Dynamo, 2007).

The handlers keep their state in registers between answers, and in words of the node between two blocking ops.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from components.program.assembler import (
    AUX,
    KEY,
    NOWHERE,
    SELF,
    STATUS,
    USER,
    VALUE,
    VERSION,
    WRITE,
    Assembler,
    Own,
    Reg,
    Value,
)
from components.program.copies import COPIES, Copies, Vector
from components.program.hints import Hints
from components.program.lanes import LANE_SHIFT, block_of, lane_address, my_number, next_answer, wire_lanes
from components.program.op import REASON, Op
from components.program.ring import Ring
from components.program.suspects import Suspects
from components.program.truth import SINCE, VERSIONS, Staleness
from components.program.units import ms
from components.program.work import answer_and_go_on

ANSWERED = 64  # more answers than there are replicas: the client has been told that it failed
DIFFER = 1 << 8  # in the word of who answered: their copies were not the same


class Quorum:
    """Reads n, r, w, vnodes, conflict, read_repair, hinted_handoff, timeout_ms of the node's parameters."""

    def __init__(self, asm: Assembler) -> None:
        self.asm, params = asm, asm.params
        self.n, self.r, self.w = params["n"], params["r"], params["w"]
        self.everybody = (1 << self.n) - 1
        self.ring = Ring(asm, params["vnodes"], self.n)
        self.copies: Copies = COPIES[params["conflict"]](asm, self.n)
        self.puts, _ = wire_lanes(asm, "put")
        self.gets, _ = wire_lanes(asm, "get")
        self.patience = asm.timers("patience", ms(params["timeout_ms"]))
        self.suspects = Suspects(asm)
        self.hints = Hints(asm, self.suspects, self.puts, self.patience) if params["hinted_handoff"] else None
        self.stale = Staleness(asm)
        self.behind, self.lost = asm.counter("stale_versions"), asm.counter("lost_updates")
        self.siblings, self.repairs = asm.counter("siblings"), asm.counter("repairs")
        self.winners = asm.shared_table("winners", asm.around.keys_n)
        self.me, self.row, self.place = asm.scratch("me"), asm.scratch("row"), asm.scratch("my_place")

    # -- who ----------------------------------------------------------------------------------------
    def find_place(self) -> None:
        """my_place = where this replica stands in the preference list of KEY, or -1."""
        my_number(self.asm, self.me, self.puts, self.ring.nodes)
        self.ring.row(self.row)
        self.ring.my_place(self.place, self.me, self.row)

    def members(self) -> Iterator[tuple[int, Own]]:
        """(place, word with the node) of all in the preference list of KEY; the code in between must not block."""
        row, node = self.asm.scratch("member_row"), self.asm.scratch("member")
        self.ring.row(row)
        for place in range(self.n):
            self.ring.owner(node, row, place)
            yield place, node

    def demand(self, wanted: int) -> None:
        """Fail at once if fewer than `wanted` replicas of KEY are believed to be there."""
        asm, enough = self.asm, self.asm.label()
        live, away = asm.scratch("live"), asm.scratch("away")
        asm.branch(enough, self.suspects.bits, "==", 0)
        asm.move(live, self.n)
        for _, node in self.members():
            self.suspects.suspected(away, node)
            asm.emit(Op.SUB, live, live, away)
        asm.branch(enough, live, ">=", wanted)
        asm.fail("error")
        asm.place(enough)

    # -- a write ------------------------------------------------------------------------------------
    def write(self) -> None:
        """The coordinator's side of a write, up to its end."""
        asm = self.asm
        self.demand(self.w)
        self.read_before()
        self.copies.write(self.place)
        asm.move(USER, SELF)
        over, silent = asm.label(), asm.label()
        who, bit, answered = asm.scratch("who"), asm.scratch("bit"), asm.scratch("answered")
        with asm.local() as acks, asm.local() as heard:
            asm.move(acks, 0)
            asm.move(heard, 0)
            self.ask(self.puts, heard, hint=True)
            with asm.repeat_while(heard, "!=", self.everybody):
                next_answer(asm, who, silent, self.patience)
                refused, following = asm.label(), asm.label()
                asm.emit(Op.SHL, bit, 1, who)
                asm.emit(Op.OR, heard, heard, bit)
                asm.branch(refused, STATUS, "!=", 0)
                asm.bump(acks)
                with asm.when(acks, "==", self.w):
                    self.commit()
                    answer_and_go_on(asm)
                asm.jump(following)
                asm.place(refused)
                self.missed(who, hint=True)
                self.fail_if_hopeless(acks, heard, answered)
                asm.place(following)
            asm.jump(over)
            asm.place(silent)
            asm.emit(Op.FORGET)
            self.suspect_missing(heard, hint=True)
            with asm.when(acks, "<", self.w):
                self.give_up(REASON["timeout"])
            asm.place(over)
        asm.emit(Op.END)

    def read_before(self) -> None:
        """What the writing client read: `r` of the replicas that are there, from a random one on. It took no time here."""
        asm, block, node = self.asm, self.asm.scratch("block"), self.asm.scratch("known_node")
        start, away, left, row = (asm.scratch(name) for name in ("known_at", "away", "known_left", "member_row"))
        self.ring.row(row)
        self.copies.know_nothing()
        asm.emit(Op.RAND, start, self.n, asm.stream("read_before"))
        asm.move(left, self.r)
        for _ in range(self.n):
            following = asm.label()
            asm.bump(start)
            asm.emit(Op.MOD, start, start, self.n)
            asm.branch(following, left, "==", 0)
            self.ring.owner(node, row, start)
            self.suspects.suspected(away, node)
            asm.branch(following, away, "!=", 0)
            block_of(asm, block, self.puts, node)
            self.copies.know(block)
            asm.emit(Op.SUB, left, left, 1)
            asm.place(following)

    def ask(self, lanes: Own, heard: Reg, *, hint: bool) -> None:
        """Send to all of the list who are not suspected; the others count as heard."""
        asm, away = self.asm, self.asm.scratch("away")
        for place, node in self.members():
            go, following = asm.label(), asm.label()
            self.suspects.suspected(away, node)
            asm.branch(go, away, "==", 0)
            asm.emit(Op.OR, heard, heard, 1 << place)
            if hint and self.hints:
                self.hints.keep(node)
            asm.jump(following)
            asm.place(go)
            asm.emit(Op.ACALL, self.lane(lanes, place, node), place)
            asm.place(following)

    def lane(self, lanes: Own, place: int, node: Own) -> Value:
        """The lane to a member. The register WRITE is free: replicas do not look at it."""
        if self.ring.whole:
            return Own(lanes.name, "", place << LANE_SHIFT)
        lane_address(self.asm, WRITE, lanes, node)
        return WRITE

    def commit(self) -> None:
        """Enough replicas have it: the truth moves on, and what the newest value does not hold is counted."""
        asm, newest, held = self.asm, self.asm.scratch("newest"), self.asm.scratch("held")
        older, over = asm.label(), asm.label()
        asm.emit(Op.LDX, newest, VERSIONS, KEY)
        asm.branch(older, VERSION, "<", newest)
        asm.emit(Op.STX, VERSION, VERSIONS, KEY)
        asm.now(newest)
        asm.emit(Op.STX, newest, SINCE, KEY)
        if not isinstance(self.copies, Vector):
            asm.emit(Op.LDX, held, self.winners, KEY)
            asm.emit(Op.STX, VALUE, self.winners, KEY)
            asm.emit(Op.SUB, held, VALUE, held)
            asm.emit(Op.SUB, held, 1, held)
            asm.add(self.lost, self.lost, held)
            asm.jump(over)
            asm.place(older)
            asm.bump(self.lost)
            asm.place(over)
        else:
            asm.place(older)

    def missed(self, who: Value, *, hint: bool) -> None:
        """A replica refused. A write for it is kept."""
        node, row = self.asm.scratch("missed"), self.asm.scratch("member_row")
        self.ring.row(row)
        self.ring.owner(node, row, who)
        self.suspects.suspect_if_down(node)
        if hint and self.hints:
            self.hints.keep(node)

    def suspect_missing(self, heard: Reg, *, hint: bool) -> None:
        """Whoever has not answered in time is suspected, and gets a write later."""
        asm = self.asm
        for place, node in self.members():
            following, bit = asm.label(), asm.scratch("bit")
            asm.emit(Op.AND, bit, heard, 1 << place)
            asm.branch(following, bit, "!=", 0)
            self.suspects.suspect(node)
            if hint and self.hints:
                self.hints.keep(node)
            asm.place(following)

    def fail_if_hopeless(self, acks: Reg, heard: Reg, left: Own, wanted: int | None = None) -> None:
        """Tell the client when those who are still to answer cannot be enough."""
        asm, over, bit = self.asm, self.asm.label(), self.asm.scratch("bit")
        wanted = self.w if wanted is None else wanted
        asm.branch(over, acks, ">=", wanted)
        asm.move(left, acks)
        for place in range(self.n):
            asm.emit(Op.SHR, bit, heard, place)
            asm.emit(Op.AND, bit, bit, 1)
            asm.emit(Op.SUB, left, left, bit)
        asm.add(left, left, self.n)
        asm.branch(over, left, ">=", wanted)
        asm.emit(Op.RESPOND, STATUS)
        asm.move(acks, ANSWERED)
        asm.place(over)

    def give_up(self, status: int) -> None:
        self.asm.bump(Own("header", "ORIGINS", status))
        self.asm.emit(Op.RESPOND, status)

    # -- a read -------------------------------------------------------------------------------------
    def read(self) -> None:
        """The coordinator's side of a read, up to its end."""
        asm = self.asm
        self.demand(self.r)
        asm.move(USER, SELF)
        done, silent = asm.label(), asm.label()
        who, bit, left = asm.scratch("who"), asm.scratch("bit"), asm.scratch("answered")
        content = self.copies.content
        with asm.local() as heard, self.best(content) as best:
            with asm.local() as must, asm.local() as acks:
                asm.emit(Op.LDX, must, VERSIONS, KEY)
                for register in (*best, acks, heard):
                    asm.move(register, 0)
                self.ask(self.gets, heard, hint=False)
                asm.emit(Op.AND, left, heard, self.everybody)
                with asm.repeat_while(left, "!=", self.everybody):
                    next_answer(asm, who, silent, self.patience)
                    refused, following = asm.label(), asm.label()
                    asm.emit(Op.SHL, bit, 1, who)
                    asm.emit(Op.OR, heard, heard, bit)
                    asm.branch(refused, STATUS, "!=", 0)
                    asm.bump(acks)
                    self.compare(best, acks, heard)
                    with asm.when(acks, "==", self.r):
                        self.tell(best, must)
                    asm.jump(following)
                    asm.place(refused)
                    self.missed(who, hint=False)
                    self.fail_if_hopeless(acks, heard, left, self.r)
                    asm.place(following)
                    asm.emit(Op.AND, left, heard, self.everybody)
                asm.jump(done)
                asm.place(silent)
                asm.emit(Op.FORGET)
                self.suspect_missing(heard, hint=False)
                with asm.when(acks, "<", self.r):
                    self.give_up(REASON["timeout"])
                asm.place(done)
            self.repair(best, heard)
        asm.emit(Op.END)

    @contextmanager
    def best(self, content: int) -> Iterator[list[Value]]:
        """Registers for the best copy so far: its content and its version."""
        with self.asm.local() as first, self.asm.local() as version:
            if content == 1:
                yield [first, version]
            else:
                with self.asm.local() as second:
                    yield [first, second, version]

    def compare(self, best: list[Value], acks: Reg, heard: Reg) -> None:
        """The first answer is the best; each further one is merged in, and told apart."""
        asm, later, differ, over = self.asm, self.asm.label(), self.asm.label(), self.asm.label()
        registers = [VALUE, AUX, VERSION] if len(best) == 3 else [VALUE, VERSION]
        asm.branch(later, acks, ">", 1)
        for word, register in zip(best, registers, strict=True):
            asm.move(word, register)
        asm.jump(over)
        asm.place(later)
        for word, register in zip(best, registers, strict=True):
            asm.branch(differ, word, "!=", register)
        asm.jump(over)
        asm.place(differ)
        asm.emit(Op.OR, heard, heard, DIFFER)
        self.copies.gather(best)
        asm.place(over)

    def to_message(self, best: list[Value]) -> None:
        registers = [VALUE, AUX, VERSION] if len(best) == 3 else [VALUE, VERSION]
        for register, word in zip(registers, best, strict=True):
            self.asm.move(register, word)

    def tell(self, best: list[Value], must: Reg) -> None:
        """Answer with the best of the first r; it is stale if a newer write was committed when the read began."""
        asm = self.asm
        self.to_message(best)
        if isinstance(self.copies, Vector) and self.asm.params["conflict"] == "vector_clock":
            standing = asm.scratch("standing")
            self.copies.standing(standing)
            asm.emit(Op.MAX, standing, standing, 1)
            asm.add(self.siblings, self.siblings, standing)
            asm.emit(Op.SUB, self.siblings, self.siblings, 1)
        fresh = asm.label()
        asm.branch(fresh, VERSION, ">=", must)
        behind = asm.scratch("behind")
        asm.emit(Op.SUB, behind, must, VERSION)
        asm.add(self.behind, self.behind, behind)
        self.stale.count()
        asm.place(fresh)
        answer_and_go_on(asm)

    def repair(self, best: list[Value], heard: Reg) -> None:
        """Read repair: the merged copy to everybody who is there, if the answers differed."""
        if not self.asm.params["read_repair"]:
            return
        asm, same, away = self.asm, self.asm.label(), self.asm.scratch("away")
        asm.branch(same, heard, "<", DIFFER)
        asm.bump(self.repairs)
        self.to_message(best)
        asm.move(USER, SELF)
        for place, node in self.members():
            following = asm.label()
            self.suspects.suspected(away, node)
            asm.branch(following, away, "!=", 0)
            asm.emit(Op.SEND, self.lane(self.puts, place, node))
            asm.place(following)
        asm.place(same)

    # -- not in the list ----------------------------------------------------------------------------
    def forward(self, lanes: Own) -> None:
        """Hand the request to a coordinator of the key's list; the next one if that is away."""
        asm, node, away, at = self.asm, *(self.asm.scratch(name) for name in ("to_node", "away", "to_place"))
        row = asm.scratch("member_row")
        with asm.local() as place, asm.local() as tries:
            asm.emit(Op.RAND, place, self.n, asm.stream("forward"))
            asm.move(tries, 0)
            with asm.repeat_while(tries, "<", self.n):
                following, told = asm.label(), asm.label()
                asm.bump(tries)
                asm.add(at, place, tries)
                asm.emit(Op.MOD, at, at, self.n)
                self.ring.row(row)
                self.ring.owner(node, row, at)
                self.suspects.suspected(away, node)
                asm.branch(following, away, "!=", 0)
                with asm.local() as lane, asm.local() as to:
                    asm.move(to, node)
                    lane_address(asm, lane, lanes, to)
                    asm.emit(Op.CALL, lane, NOWHERE)
                    asm.branch(told, STATUS, "==", 0)
                    with asm.when(STATUS, "==", REASON["timeout"]):
                        self.suspects.suspect(to)
                    self.suspects.suspect_if_down(to)
                    asm.branch(following, STATUS, "==", REASON["node_down"])
                asm.place(told)
                asm.reply(STATUS)
                asm.place(following)
        asm.fail("error")

    def request(self) -> None:
        """What a client's request does: coordinate it here, or hand it on."""
        asm, elsewhere, write = self.asm, self.asm.label(), self.asm.label()
        self.find_place()
        if not self.ring.whole:
            asm.branch(elsewhere, self.place, "<", 0)
        asm.branch(write, WRITE, "!=", 0)
        self.read()
        asm.place(write)
        self.write()
        if not self.ring.whole:
            asm.place(elsewhere)
            self.forward(wire_lanes(asm, "forward")[0])
