"""What the oracle's ops do with words alone: operands, data, chance, stations and caches."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from components.program.op import EVICTION
from tests.worker.engine.oracle_cache import HeldKeys
from tests.worker.engine.oracle_chance import below, mix, sample, word
from worker.engine.layout import LINE, REGISTERS, Cache, Node, Station, Token

CONTROL = LINE - REGISTERS


@dataclass(eq=False)
class Activation:
    """`waits` = what it is parked in: "call", "await" or the address of a queue. `child` None = lost."""

    line: int
    pc: int
    node: int
    parent: Activation | None = None
    parent_life: int = 0
    life: int = 0
    t0: int = 0
    arrived: int = 0
    waited: int = 0
    link: int = 0
    tag: int = -1
    status: int = 0
    registers: list[int] = field(default_factory=lambda: [0] * REGISTERS)
    inbox: deque[Activation] = field(default_factory=deque)
    waits: Any = None
    child: Activation | None = None
    timers: int = 0
    deadline: int = 0
    since: int = 0  # when it began to wait
    coming_back: bool = False
    level: int = 0
    lane: int = 0  # of the call it waits for
    left: int | None = None  # ns that it has to go when its node goes on; a source's, when there is a rate again

    def is_request(self) -> bool:
        """Came over a lane, or a client's own."""
        return self.link != 0

    def orphan(self) -> bool:
        return self.parent is None or self.parent.life != self.parent_life


class Ops:
    memory: array[int]
    laws: array[float]
    streams: array[int]
    zipf: list[int]
    now: int
    ready: deque[Activation]
    queues: dict[int, list[Activation]]
    caches: dict[int, HeldKeys]

    # -- operands -------------------------------------------------------------------------------------
    def get(self, me: Activation, operand: int) -> int:
        offset, mode = operand >> 2, operand & 3
        if mode == 3:
            return offset
        if mode:
            return self.memory[offset + (me.node if mode == 1 else 0)]
        if offset >= 0:
            return me.registers[offset]
        parent = -1 if me.parent is None else 0
        control = {
            Token.STATUS: me.status, Token.SELF: me.node, Token.T0: me.t0, Token.PARENT: parent, Token.ARRIVED: me.arrived,
            Token.LINK: me.link,
        }  # fmt: skip
        return control[Token(offset + CONTROL)]

    def put(self, me: Activation, operand: int, value: int) -> None:
        offset, mode = operand >> 2, operand & 3
        value = (value + (1 << 63)) % (1 << 64) - (1 << 63)
        if mode:
            self.memory[offset + (me.node if mode == 1 else 0)] = value
        elif offset >= 0:
            me.registers[offset] = value
        elif offset == -1:
            me.status = value
        else:
            me.t0 = value

    def place(self, me: Activation, operand: int) -> int:
        return self.get(me, operand) if operand & 3 == 0 else (operand >> 2) + (me.node if operand & 3 == 1 else 0)

    def bits(self, stream: int) -> int:
        return word(self.streams, stream)

    # -- data, chance, branches -----------------------------------------------------------------------
    def op_mov(self, me: Activation, d: int, a: int, *_: int) -> None:
        self.put(me, d, self.get(me, a))

    def binary(self, f: Callable[[int, int], int]) -> Callable[..., None]:
        return lambda me, d, a, b, *_: self.put(me, d, f(self.get(me, a), self.get(me, b)))

    def __getattr__(self, name: str) -> Any:
        simple: dict[str, Callable[[int, int], int]] = {
            "op_add": lambda a, b: a + b, "op_sub": lambda a, b: a - b, "op_mul": lambda a, b: a * b,
            "op_div": lambda a, b: a // b if b else 0, "op_mod": lambda a, b: a % b if b else 0, "op_min": min, "op_max": max,
            "op_and": lambda a, b: a & b, "op_or": lambda a, b: a | b,
            "op_shl": lambda a, b: a << (b & 63), "op_shr": lambda a, b: a >> (b & 63), "op_hash": lambda a, b: mix(a, b),
            "op_ldx": lambda a, b: self.memory[a + b],
        }  # fmt: skip
        tests: dict[str, Callable[[int, int], bool]] = {
            "op_beq": lambda a, b: a == b, "op_bne": lambda a, b: a != b, "op_blt": lambda a, b: a < b, "op_ble": lambda a, b: a <= b,
        }  # fmt: skip
        if name in simple:
            return self.binary(simple[name])
        if name in tests:
            test = tests[name]
            return lambda me, to, a, b, *_: self.jump(me, to) if test(self.get(me, a), self.get(me, b)) else None
        raise AttributeError(name)

    def jump(self, me: Activation, to: int) -> None:
        me.pc = to

    def op_stx(self, me: Activation, a: int, base: int, index: int, *_: int) -> None:
        self.memory[self.get(me, base) + self.get(me, index)] = self.get(me, a)

    def op_search(self, me: Activation, d: int, base: int, n: int, a: int, *_: int) -> None:
        first, count, wanted = self.get(me, base), self.get(me, n), self.get(me, a)
        self.put(me, d, next((i for i in range(count) if self.memory[first + i] > wanted), count))

    def op_least(self, me: Activation, d: int, base: int, n: int, stride: int, *_: int) -> None:
        first, count, step, start = (self.get(me, x) for x in (base, n, stride, d))
        order = [(start + i) % count for i in range(count)] if count > 0 else [0]
        self.put(me, d, min(order, key=lambda i: self.memory[first + i * step]))

    def op_now(self, me: Activation, d: int, plus: int, *_: int) -> None:
        self.put(me, d, self.now + self.get(me, plus))

    def op_rand(self, me: Activation, d: int, n: int, stream: int, *_: int) -> None:
        self.put(me, d, below(self.bits(stream), self.get(me, n)))

    def op_samp(self, me: Activation, d: int, law: int, *_: int) -> None:
        self.put(me, d, sample(self.laws, self.streams, law))

    def op_key(self, me: Activation, d: int, table: int, n: int, stream: int, *_: int) -> None:
        bits = self.bits(stream)
        slot = (bits >> 32) * self.get(me, n) >> 32
        entry = self.zipf[self.get(me, table) + slot] % (1 << 64)
        self.put(me, d, slot if bits % (1 << 32) < entry >> 32 else entry % (1 << 32))

    def op_jmp(self, me: Activation, to: int, *_: int) -> None:
        me.pc = to

    def op_brp(self, me: Activation, to: int, p: int, stream: int, *_: int) -> None:
        chance = self.get(me, p)
        if chance >= 1 << 32 or (chance > 0 and self.bits(stream) >> 32 < chance):
            me.pc = to

    # -- stations and caches -------------------------------------------------------------------------
    def settle(self, at: int) -> None:
        past = self.now - self.memory[at + Station.LAST]
        self.memory[at + Station.BUSY_AREA] += past * self.memory[at + Station.BUSY]
        self.memory[at + Station.QUEUE_AREA] += past * self.memory[at + Station.LEN]
        self.memory[at + Station.LAST] = self.now

    def op_acquire(self, me: Activation, station: int, full: int, level: int, *_: int) -> bool | None:
        at = self.place(me, station)
        self.settle(at)
        self.memory[at + Station.ARRIVALS] += 1
        queue = self.queues[at]
        if self.memory[at + Station.BUSY] < self.memory[at + Station.CAP] and not queue:
            self.memory[at + Station.BUSY] += 1
        elif len(queue) >= self.memory[at + Station.QCAP]:
            self.memory[at + Station.REJECTS] += 1
            me.pc = full if full >= 0 else me.pc
        else:
            me.since = self.now
            me.level = min(3, max(0, self.get(me, level)))
            classes = [other.level for other in queue]
            before = me.level if self.memory[at + Station.LIFO] else me.level + 1
            queue.insert(sum(other < before for other in classes), me)
            self.memory[at + Station.LEN] = len(queue)
            self.memory[at + Station.QUEUE_MAX] = max(self.memory[at + Station.QUEUE_MAX], len(queue))
            return False
        return None

    def op_release(self, me: Activation, station: int, *_: int) -> None:
        at = self.place(me, station)
        self.settle(at)
        self.memory[at + Station.BUSY] -= 1
        self.memory[at + Station.DONE] += 1
        self.grant(at, 1)

    def op_setcap(self, me: Activation, station: int, n: int, *_: int) -> None:
        at = self.place(me, station)
        self.settle(at)
        self.memory[at + Station.CAP] = self.get(me, n)
        self.grant(at, 1 << 30)

    def grant(self, at: int, most: int) -> None:
        while most and self.queues[at] and self.memory[at + Station.BUSY] < self.memory[at + Station.CAP]:
            first = self.queues[at].pop(0)
            self.spend(first, Node.QUEUING, self.now - first.since)
            self.ready.append(first)
            self.memory[at + Station.LEN] -= 1
            self.memory[at + Station.BUSY] += 1
            most -= 1

    def spend(self, me: Activation, what: Node, ns: int) -> None:
        """Time of a request at its node."""
        if me.is_request():
            self.memory[me.node + what] += ns

    def held(self, at: int) -> HeldKeys:
        if at not in self.caches:
            policy = list(EVICTION)[self.memory[at + Cache.POLICY]]
            stream = self.memory[at + Cache.STREAM]
            self.caches[at] = HeldKeys(policy, lambda n: below(self.bits(stream), n), lambda: self.now)
        return self.caches[at]

    def op_cget(self, me: Activation, cache: int, key: int, miss: int, *_: int) -> None:
        at = self.place(me, cache)
        if not self.held(at).touch(self.get(me, key)):
            me.pc = miss
        self.tell(at)

    def op_cput(self, me: Activation, cache: int, key: int, *_: int) -> None:
        at = self.place(me, cache)
        out = self.held(at).add(self.get(me, key), self.memory[at + Cache.CAP])
        self.memory[at + Cache.EVICTED] = out[-1] if out else -1
        self.memory[at + Cache.EVICTIONS] += len(out)
        self.tell(at)

    def op_cdel(self, me: Activation, cache: int, key: int, *_: int) -> None:
        at = self.place(me, cache)
        self.held(at).remove(self.get(me, key))
        self.tell(at)

    def tell(self, at: int) -> None:
        """What programs may read of a cache: how many keys it holds; of a list, its newest and its oldest."""
        held = self.held(at)
        self.memory[at + Cache.LEN] = len(held)
        if held.policy in ("lru", "fifo"):
            self.memory[at + Cache.HEAD], self.memory[at + Cache.TAIL] = (
                (held.order[-1], held.order[0]) if held.order else (-1, -1)
            )

    # -- what the machine around it does ----------------------------------------------------------
    def op_obs(self, me: Activation, hist: int, value: int, weight: int, *_: int) -> None:
        self.observe(hist, self.get(me, value), self.get(me, weight))

    def op_notify(self, me: Activation, queue: int, n: int, *_: int) -> None:
        self.notify(self.place(me, queue), self.get(me, n))

    def observe(self, hist: int, ns: int, weight: int = 1) -> None:
        raise NotImplementedError

    def notify(self, at: int, count: int) -> None:
        raise NotImplementedError
