"""The opcodes: one table. A new line here is a decision record (docs/decisions/).

An instruction is six int64: op, a, b, c, d, e. A plain operand is an address, `offset << 2 | mode`:
mode 0 a register of the running activation, 1 a word of its node (relative to SELF), 2 an absolute
word of the arena, 3 an immediate. `@x` marks an operand that names an object by the address of its
first word: mode 0 takes the address from a register, 1 is embedded in the node, 2 is absolute.
`>x` is a target: the index of an instruction, plain; -1 falls through. `#x` is a plain index.
Programs run atomically between the blocking ops (marked *).

Time is kept while it passes. A request is an activation that came over a lane, or a client's own between BEGIN and
COUNT. What it spends in SERVE (with and without the slow factor), for a slot, in SLEEP, in WAIT, in AWAIT is added to
its node's header; what it stands in CALL is added to the lane's WAITED. The lane's SOJOURN is from arrival
to REPLY, RESPOND or END; its NETWORK is the way there of every message that is not lost, and the way back of every
answer to a caller who waits.
"""

from __future__ import annotations

from enum import IntEnum


class Op(IntEnum):
    # data: d = a op b; division and remainder by zero give 0, DIV and MOD floor
    MOV = 0  # d, a
    ADD = 1  # d, a, b
    SUB = 2  # d, a, b
    MUL = 3  # d, a, b
    DIV = 4  # d, a, b
    MOD = 5  # d, a, b
    MIN = 6  # d, a, b
    MAX = 7  # d, a, b
    AND = 8  # d, a, b
    OR = 9  # d, a, b
    SHL = 10  # d, a, b
    SHR = 11  # d, a, b        arithmetic
    HASH = 12  # d, a, salt    63-bit mix of a and salt, >= 0
    LDX = 13  # d, base, index   d = M[base + index]; base and index are values
    STX = 14  # a, base, index   M[base + index] = a
    SEARCH = 15  # d, base, n, a   first i in 0..n with M[base + i] > a (n when there is none)
    LEAST = 16  # d, base, n, stride   index of the least M[base + i*stride], the scan starting at d mod n
    NOW = 17  # d, plus          d = now + plus
    # chance
    RAND = 18  # d, n, #stream   integer in 0..n-1 (0 when n < 1)
    SAMP = 19  # d, #dist        draw of a law, ns
    KEY = 20  # d, table, n, #stream   Zipf draw in 0..n-1 from the alias table at KT[table]
    # branches
    JMP = 21  # >to
    BEQ = 22  # >to, a, b
    BNE = 23  # >to, a, b
    BLT = 24  # >to, a, b
    BLE = 25  # >to, a, b
    BRP = 26  # >to, p, #stream  with probability p / 2^32; p <= 0 never draws, p >= 2^32 always
    # calls
    CALL = 27  # * @link, >err      one child on the link; parks; STATUS says how it went; r0-r3 come back when ok
    ACALL = 28  # @link, tag        a child without parking; its reply is met by AWAIT
    AWAIT = 29  # * d, >timeout, @timers   next reply of any ACALL child; d = its tag, STATUS and r0-r3 from it
    FORGET = 30  # -                 outstanding children become late
    SEND = 31  # @link              one-way message: a child that nobody waits for
    SPAWN = 32  # >at               new activation at `at`, same node, registers copied, nobody waits for it
    REPLY = 33  # status            answer and end (without a caller: end)
    RESPOND = 34  # status          answer and go on as nobody's child
    END = 35  # -                   end without an answer
    COUNT = 36  # @totals           a root request is over: result by STATUS, latency now - T0, added to SPENT
    # time and queues
    SERVE = 37  # * #dist           hold for a draw times the node's slow factor
    SLEEP = 38  # * ns              a register operand; long sleeps are napped
    ACQUIRE = 39  # * @station, >full, class   a slot, or wait for one in that class (0..3, clamped; the lowest
    #                 is served first); a full queue goes to `full`
    RELEASE = 40  # @station
    SETCAP = 41  # @station, n      change the slots and wake who fits now
    WAIT = 42  # * @queue, >timeout, @timers   park until notified; @timers -1 = for ever
    NOTIFY = 43  # @queue, n        wake the first n (-1 = all)
    # caches (who is pushed out: the record's POLICY) and measurement
    CGET = 44  # @cache, key, >miss    touch
    CPUT = 45  # @cache, key        insert or touch; the word `evicted` of the cache = key pushed out, or -1
    CDEL = 46  # @cache, key
    OBS = 47  # #hist, value, weight
    SOURCE = 48  # * >at, #dist     start an activation at `at`, then wait a draw and do it again
    FORK = 49  # >at, tag          a child at `at`, same node, registers copied; met by AWAIT, over no link, measured nowhere
    BEGIN = 50  # @totals           a root request begins, COUNT ends it: one more offered; every n-th is traced
    # internal: only the kernel makes these
    DELIVER = 51  # a reply arrives at the caller
    TIMER = 52  # the head of a timer list is due
    DEAD = 53  # the activation of a crashed node


REASONS = (
    "ok", "timeout", "queue_full", "node_down", "partitioned", "lost", "error", "limited", "shed", "expired",
    "breaker_open", "pool_timeout", "retries_exhausted", "aborted", "removed",
)  # fmt: skip
"""Outcomes in the order of their codes: what STATUS holds and what every failure counter is indexed by."""

EVICTION = {"lru": 0, "fifo": 1, "random": 2, "lfu": 3}
"""What the POLICY of a cache may be: the key unused for longest goes, the oldest, any, the least used of five drawn."""

REASON = {name: code for code, name in enumerate(REASONS)}

RETRY_CLASS = {
    "timeout": ("timeout", "lost", "pool_timeout"),
    "error": ("error", "node_down", "aborted", "removed"),
    "rejected": ("queue_full", "limited", "shed", "partitioned"),
}
"""What the words of `retry.on` stand for. breaker_open and expired are never tried again at once."""
