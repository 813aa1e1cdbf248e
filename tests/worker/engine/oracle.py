"""The machine once more, in plain Python and objects, from the table of ops alone: slow, short, and nothing shared.

It imports nothing of the kernel: its chance is oracle_chance, what commands do to it is oracle_commands. Lines are
numbered as the table of lines would be, since ids decide between two events of the same nanosecond.
"""

from __future__ import annotations

import heapq
from array import array
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from components.program import REASON, Op
from tests.worker.engine.oracle_cache import HeldKeys
from tests.worker.engine.oracle_chance import ln, sample, unit
from tests.worker.engine.oracle_ops import Activation, Ops
from worker.engine.layout import LINE, Link, Node, Queue, Timers, Totals

START_LINES = 256
FARTHEST = 1 << 40  # ns that a message may travel
DURATION = Link.TIMERS + Timers.DURATION


class Oracle(Ops):
    """`tables` = what a design compiles to; it has as many lines as the machine would, and never grows."""

    def __init__(self, tables: Any, lines: int = START_LINES) -> None:
        self.memory = array("q", tables.static.tobytes())
        self.program = tables.program.reshape(-1, 6).tolist()
        self.laws, self.streams = array("d", tables.dists.tobytes()), array("Q", tables.streams.tobytes())
        self.zipf = tables.zipf.tolist()
        self.seen: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
        first = len(self.memory) // LINE
        self.free = list(range(first + lines - 1, first - 1, -1))
        self.alive: dict[int, Activation] = {}
        self.now, self.live = 0, 0
        self.agenda: list[tuple[int, int, Any]] = []
        self.ready: deque[Activation] = deque()
        self.queues: dict[int, list[Activation]] = defaultdict(list)
        self.caches: dict[int, HeldKeys] = {}
        self.lists: dict[int, list[Activation]] = defaultdict(list)
        self.lines: dict[int, int] = {}
        self.armed: set[int] = set()
        self.ops: dict[int, Callable[..., Any]] = {
            int(op): getattr(self, f"op_{op.name.lower()}") for op in list(Op)[: Op.DELIVER]
        }
        for pc, node, at in tables.starts:
            self.push(at, self.take(pc, node, t0=at, arrived=at, tag=0))

    # -- events ---------------------------------------------------------------------------------------
    def take(self, pc: int, node: int, **values: Any) -> Activation:
        self.live += 1
        taken = Activation(self.free.pop(), pc, node, **values)
        self.alive[taken.line] = taken
        return taken

    def release(self, activation: Activation) -> None:
        for reply in activation.inbox:
            self.release(reply)
        activation.life += 1
        self.free.append(activation.line)
        del self.alive[activation.line]
        self.live -= 1

    def push(self, at: int, what: Activation | int) -> None:
        heapq.heappush(self.agenda, (at, what.line if isinstance(what, Activation) else self.lines[what], what))

    def advance(self, until: int) -> None:
        while True:
            if self.ready:
                what = self.ready.popleft()
                (self.deliver if what.coming_back else self.run)(what)
            elif self.agenda and self.agenda[0][0] <= until:
                self.now, _, what = heapq.heappop(self.agenda)
                if isinstance(what, int):
                    self.fire(what)
                elif what.coming_back:
                    self.deliver(what)
                else:
                    self.run(what)
            else:
                self.now = until
                return

    def run(self, activation: Activation) -> None:
        """Until an op says where it goes on, or that it does not (False)."""
        if self.memory[activation.node + Node.PAUSED]:
            self.hold(activation.node, activation)
            return
        while True:
            op, *operands = self.program[activation.pc]
            activation.pc += 1
            if self.ops[op](activation, *operands) is False:
                return

    def hold(self, node: int, what: Activation) -> None:
        """The node stands still; what would run now runs when it goes on."""
        what.since = self.now
        self.queues[node + Node.HOLD_HEAD].append(what)
        self.memory[node + Node.HOLD_LEN] += 1

    def observe(self, hist: int, ns: int, weight: int = 1) -> None:
        count, total, most = self.seen[hist]
        self.seen[hist] = [count + weight, total + ns * weight, max(most, ns)]

    # -- calls ----------------------------------------------------------------------------------------
    def delay(self, link: int, base: Link, jitter: Link) -> int:
        mean = self.memory[link + jitter]
        extra = min(-ln(unit(self.bits(self.memory[link + Link.STREAM]))) * mean, 1e12) if mean > 0 else 0
        return min(self.memory[link + base] + int(extra), FARTHEST)

    def lost(self, link: int, chance: Link) -> bool:
        p = self.memory[link + chance]
        return p > 0 and self.bits(self.memory[link + Link.STREAM]) >> 32 < p

    def launch(self, me: Activation, link: int, parent: Activation | None, tag: int) -> Activation | None:
        self.memory[link + Link.CALLS] += 1
        child = self.take(
            self.memory[link + Link.TARGET_PC], self.memory[link + Link.TARGET_SELF], tag=tag, link=link, t0=self.now
        )
        delay = self.delay(link, Link.OUT, Link.OUT_JITTER)
        child.arrived, child.parent, child.parent_life = self.now + delay, parent, parent.life if parent else 0
        child.registers[:8] = me.registers[:8]
        if self.lost(link, Link.OUT_LOSS):
            if self.lose(link, child):
                return None
            delay += self.memory[link + Link.BACK]
        self.memory[link + Link.NETWORK] += delay
        self.push(self.now + delay, child)
        return child

    def lose(self, link: int, child: Activation) -> bool:
        self.memory[link + Link.LOST] += 1
        if child.parent is None or self.memory[link + DURATION] >= 0:
            self.vanish(child)
            return True
        self.memory[self.memory[link + Link.TARGET_SELF] + Node.ORIGINS + REASON["lost"]] += 1
        child.coming_back, child.status = True, REASON["lost"]
        return False

    def vanish(self, child: Activation) -> None:
        if child.parent is not None and child.tag >= 0:
            self.open(child.link, -1)
        elif child.parent is not None and not child.orphan():
            child.parent.child = None
        self.release(child)

    def op_call(self, me: Activation, link: int, *_: int) -> bool:
        at = self.place(me, link)
        self.memory[at + Link.OUTSTANDING] += 1
        me.waits, me.pc, me.since, me.lane = "call", me.pc - 1, self.now, at
        me.child = self.launch(me, at, me, -1)
        self.arm(me, at + Link.TIMERS)
        return False

    def op_acall(self, me: Activation, link: int, tag: int, *_: int) -> None:
        self.memory[self.place(me, link) + Link.OUTSTANDING] += 1
        self.launch(me, self.place(me, link), me, self.get(me, tag))

    def op_send(self, me: Activation, link: int, *_: int) -> None:
        self.launch(me, self.place(me, link), None, -1)

    def op_spawn(self, me: Activation, at: int, *_: int) -> None:
        child = self.take(at, me.node, registers=list(me.registers), t0=self.now, arrived=self.now, tag=0)
        self.ready.append(child)

    def op_fork(self, me: Activation, at: int, tag: int, *_: int) -> None:
        self.op_spawn(me, at)
        child = self.ready[-1]
        child.parent, child.parent_life, child.tag = me, me.life, self.get(me, tag)

    def open(self, link: int, change: int) -> None:
        """Calls in progress on a link; a fork travels over none."""
        if link:
            self.memory[link + Link.OUTSTANDING] += change

    def op_reply(self, me: Activation, status: int, *_: int) -> bool:
        self.answer(me, self.get(me, status))
        return False

    def op_respond(self, me: Activation, status: int, *_: int) -> None:
        if me.link <= 0:
            return
        messenger = self.take(-1, me.node, t0=me.t0, arrived=me.arrived, waited=me.waited, link=me.link, tag=me.tag)
        messenger.registers, messenger.parent, messenger.parent_life = list(me.registers), me.parent, me.parent_life
        if me.parent is not None and me.tag < 0 and not me.orphan():
            me.parent.child = messenger
        me.parent, me.link = None, 0
        self.answer(messenger, self.get(me, status))

    def answer(self, me: Activation, status: int) -> None:
        me.status = status
        if me.link <= 0 and (me.parent is None or me.orphan()):
            self.release(me)
            return
        if me.link <= 0:
            self.turn_back(me)
            self.ready.append(me)
            return
        self.memory[me.link + Link.SOJOURN] += self.now - me.arrived
        counted = not self.memory[me.link + Link.QUIET]
        if counted:
            self.memory[me.node + (Node.FAILED if status else Node.DONE)] += 1
        if counted and not status:
            hist = self.memory[me.node + Node.HIST]
            self.observe(hist, self.now - me.arrived)
            self.observe(hist + 1, max(0, self.now - me.arrived - me.waited))
        if me.parent is None:
            self.release(me)
        elif me.orphan():
            self.late(me)
        else:
            delay = self.delay(me.link, Link.BACK, Link.BACK_JITTER)
            if not (self.lost(me.link, Link.BACK_LOSS) and self.lose(me.link, me)):
                self.memory[me.link + Link.NETWORK] += delay
                self.turn_back(me)
                self.push(self.now + delay, me)

    def turn_back(self, me: Activation) -> None:
        me.coming_back, me.child = True, None
        me.life += 1
        while me.inbox:
            self.release(me.inbox.popleft())

    def late(self, me: Activation) -> None:
        if me.link:
            self.memory[me.link + Link.LATE] += 1
        if me.tag >= 0:
            self.open(me.link, -1)
        self.release(me)

    def deliver(self, child: Activation) -> None:
        parent = child.parent
        if parent is None or child.orphan():
            self.late(child)
            return
        if self.memory[parent.node + Node.PAUSED]:
            self.hold(parent.node, child)
            return
        self.open(child.link, -1)
        if not child.link:
            pass
        elif child.status:
            self.memory[self.memory[child.link + Link.FAILED] + child.status] += 1
        else:
            self.memory[child.link + Link.OK] += 1
            self.observe(self.memory[child.link + Link.HIST], self.now - child.t0)
        if child.tag >= 0 and parent.waits != "await":
            parent.inbox.append(child)
            return
        if child.tag >= 0:
            self.spend(parent, Node.AWAITING, self.now - parent.since)
            parent.waited += self.now - parent.since
        self.unpark(parent)
        if child.tag >= 0:
            self.put(parent, self.program[parent.pc][1], self.read(parent, child))
            parent.pc += 1
        else:
            parent.waited += self.now - child.t0
            self.memory[child.link + Link.WAITED] += self.now - child.t0 if parent.is_request() else 0
            self.read(parent, child)
            self.go_on(parent)
        self.run(parent)

    def read(self, me: Activation, child: Activation) -> int:
        me.status = child.status
        if not child.status:
            me.registers[:4] = child.registers[:4]
        self.release(child)
        return child.tag

    def go_on(self, me: Activation) -> None:
        target = self.program[me.pc][2]
        me.pc = target if me.status and target >= 0 else me.pc + 1

    def op_await(self, me: Activation, d: int, _: int, timers: int, *__: int) -> bool | None:
        if me.inbox:
            self.put(me, d, self.read(me, me.inbox.popleft()))
            return None
        me.waits, me.pc, me.since = "await", me.pc - 1, self.now
        self.arm(me, self.place(me, timers))
        return False

    def op_forget(self, me: Activation, *_: int) -> None:
        me.life += 1
        while me.inbox:
            self.release(me.inbox.popleft())

    def op_end(self, me: Activation, *_: int) -> bool:
        if me.link > 0:
            self.memory[me.link + Link.SOJOURN] += self.now - me.arrived
        self.vanish(me)
        return False

    def op_begin(self, me: Activation, totals: int, *_: int) -> None:
        self.memory[self.place(me, totals) + Totals.OFFERED] += 1
        me.link = me.link or -1

    def op_count(self, me: Activation, totals: int, *_: int) -> None:
        at = self.place(me, totals)
        self.memory[at + Totals.SPENT] += self.now - me.t0
        me.link = max(0, me.link)
        if me.status:
            self.memory[at + Totals.FAILED + me.status] += 1
        else:
            self.memory[at + Totals.OK] += 1
            self.observe(self.memory[at + Totals.HIST], self.now - me.t0)

    # -- time and queues ------------------------------------------------------------------------------
    def arm(self, me: Activation, timers: int) -> None:
        if timers <= 0 or self.memory[timers + Timers.DURATION] < 0:
            return
        me.timers, me.deadline = timers, self.now + self.memory[timers + Timers.DURATION]
        self.lists[timers].append(me)
        if timers not in self.armed:
            self.armed.add(timers)
            if timers not in self.lines:
                self.lines[timers] = self.free.pop()
                self.live += 1
            self.push(me.deadline, timers)

    def unpark(self, me: Activation) -> None:
        if me.timers:
            self.lists[me.timers].remove(me)
        if isinstance(me.waits, int):
            self.queues[me.waits].remove(me)
            self.memory[me.waits + Queue.LEN] -= 1
        me.waits, me.child, me.timers = None, None, 0

    def fire(self, timers: int) -> None:
        self.armed.discard(timers)
        while self.lists[timers] and self.lists[timers][0].deadline <= self.now:
            self.expire(self.lists[timers][0])
        if self.lists[timers]:
            self.armed.add(timers)
            self.push(self.lists[timers][0].deadline, timers)

    def expire(self, me: Activation) -> None:
        link, child, called = me.timers - Link.TIMERS, me.child, me.waits == "call"
        took = self.now - me.since
        if me.waits == "await":
            me.waited += took
        if not called:
            self.spend(me, Node.AWAITING if me.waits == "await" else Node.WAITING, took)
        self.unpark(me)
        me.status = REASON["timeout"]
        if called:
            self.memory[link + Link.TIMEOUTS] += 1
            self.memory[link + Link.OUTSTANDING] -= 1
            self.memory[self.memory[link + Link.FAILED] + me.status] += 1
            me.waited += took
            self.memory[link + Link.WAITED] += took if me.is_request() else 0
            me.life += 1
            if child is None:
                self.memory[self.memory[link + Link.TARGET_SELF] + Node.ORIGINS + REASON["lost"]] += 1
            else:
                while child.waits == "call" and child.child is not None:
                    child = child.child
                self.memory[child.node + Node.ORIGINS + me.status] += 1
        self.go_on(me)
        self.ready.append(me)

    def op_serve(self, me: Activation, law: int, *_: int) -> bool:
        work = sample(self.laws, self.streams, law)
        held = work * self.memory[me.node + Node.SLOW] >> 10
        self.spend(me, Node.WORK, work)
        self.spend(me, Node.SERVING, held)
        self.push(self.now + held, me)
        return False

    def op_sleep(self, me: Activation, ns: int, *_: int) -> bool:
        self.spend(me, Node.SLEEPING, max(0, self.get(me, ns)))
        self.push(self.now + max(0, self.get(me, ns)), me)
        return False

    def op_wait(self, me: Activation, queue: int, _: int, timers: int, *__: int) -> bool:
        me.waits, me.pc, me.since = self.place(me, queue), me.pc - 1, self.now
        self.queues[me.waits].append(me)
        self.memory[me.waits + Queue.LEN] += 1
        self.arm(me, self.place(me, timers))
        return False

    def notify(self, at: int, count: int) -> None:
        for waiter in self.queues[at][: len(self.queues[at]) if count < 0 else count]:
            self.spend(waiter, Node.WAITING, self.now - waiter.since)
            self.unpark(waiter)
            waiter.status, waiter.pc = 0, waiter.pc + 1
            self.ready.append(waiter)

    # -- measurement, sources -------------------------------------------------------------------------
    def op_source(self, me: Activation, at: int, law: int, *_: int) -> bool:
        if me.tag:
            self.op_spawn(me, at)
        me.tag, me.pc = 1, me.pc - 1
        self.push(self.now + sample(self.laws, self.streams, law), me)
        return False
