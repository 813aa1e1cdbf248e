"""Where every record keeps its words in the arena M (int64). Offsets come from the order of names, never by hand."""

from __future__ import annotations

from enum import IntEnum

LINE = 32  # words; an activation is one line and its id is the line's index
TOKEN_BITS = 21  # ids fit beside 42 bits of ns in a heap key
NS = 1_000_000_000
REASON_SLOTS = 16

Token = IntEnum(
    "Token",
    "PC PARENT GEN T0 ARRIVED WAITED LINK NEXT PREV TAG DEADLINE TIMER_PREV TIMER_NEXT SELF INBOX PARKED CHILD STATUS",
    start=0,
)
"""PARENT = generation << 21 | id, -1 nobody. PARKED = -1 running, 0 parked, else parked with the timer list at
that address armed. CHILD = id of the child a CALL waits for (-1 lost or none). T0 = when the call was made,
ARRIVED = when it reached the node, WAITED = ns spent waiting for callees. DEADLINE = when the timer ends; of one that
waits without a timer, since when. GEN goes up by two; its lowest bit says that the activation is traced.
LINK = 0 nobody asked for it, -1 it is a client's own request (from BEGIN to COUNT)."""

REGISTERS = LINE - len(Token)  # 14: r0-r3 message, r4-r7 context, r8-r13 local; r(-1) is STATUS
MESSAGE, CONTEXT = 4, 8  # registers below MESSAGE go down and come back; below CONTEXT go down only

Node = IntEnum(
    "Node",
    "SLOW PAUSED HOLD_HEAD HOLD_TAIL HOLD_LEN HIST DONE FAILED SERVING WORK QUEUING SLEEPING WAITING AWAITING HELD "
    "PAUSED_AT ORIGINS",
    start=0,
)
"""Header of a replica: SLOW x1024; HOLD = queue of activations kept while PAUSED; HIST = histogram of arrival to
reply, HIST + 1 of own time; DONE, FAILED = replies; ORIGINS = first of 16 words: failures that start here. SERVING to HELD =
ns that requests spent here in SERVE (WORK: the same without SLOW), for a slot, in SLEEP, in WAIT, in AWAIT, standing
still; what they spent in CALL is on the lanes. Only activations with a LINK count. PAUSED_AT = ns."""
NODE_WORDS = Node.ORIGINS + REASON_SLOTS

Station = IntEnum(
    "Station",
    "CAP BUSY QCAP LEN LIFO LAST BUSY_AREA QUEUE_AREA ARRIVALS REJECTS DONE QUEUE_MAX HEAD TAIL",
    start=0,
)
"""HEAD, TAIL are those of class 0; the pairs of the other priority classes follow. LEN is the sum over the classes."""
CLASSES = 4  # of priority
STATION_WORDS = 24

Queue = IntEnum("Queue", "HEAD TAIL LEN", start=0)
Timers = IntEnum("Timers", "DURATION HEAD TAIL ARMED TOKEN", start=0)
"""A list of equal durations, so in order of deadline. DURATION < 0 = never. TOKEN = its pseudo-activation."""

Link = IntEnum(
    "Link",
    "TARGET_PC TARGET_SELF OUT BACK OUT_JITTER BACK_JITTER OUT_LOSS BACK_LOSS STREAM HIST CALLS OK FAILED TIMEOUTS LATE "
    "OUTSTANDING LOST QUIET CARRIES ONCE UNPACKS WAITED NETWORK SOJOURN TIMERS",
    start=0,
)
"""One caller's way to one replica. OUT, BACK ns; JITTER = mean ns of an exponential on top (0 = none); LOSS of 2^32;
FAILED = address of 16 words, failed tries by reason (timeouts included); QUIET = 1 on a wire: its visits count on it, not
at the node; CARRIES = ns from the call to the deadline that it carries, less 2^56 (0 = it carries none); WAITED = ns that
requests stood in CALL; NETWORK = ns that messages travel; SOJOURN = ns from arrival to answer;
ONCE, UNPACKS = addresses of the records of idempotency and of payload, 0 = none; TIMERS = a timer list."""
LINK_WORDS = LINE

Once = IntEnum("Once", "KEY TTL DUPLICATES DEDUPLICATED LINK", start=0)
"""Of a link with idempotency: KEY 1 = repeats are not done again; TTL ns; LINK = a number of its own."""
Unpack = IntEnum("Unpack", "NS_PER_KB THERE BACK", start=0)
"""Of a link with a payload: the target's work on each kB; bytes each way, -1 = the object, if it goes that way."""

Totals = IntEnum("Totals", "HIST OFFERED OK SPENT FAILED", start=0)
"""What a client's requests came to. SPENT = ns of all that are over; FAILED = first of 16 words by reason."""
TOTALS_WORDS = Totals.FAILED + REASON_SLOTS

Cache = IntEnum("Cache", "HEAD TAIL LEN CAP BASE EVICTED EVICTIONS POLICY STREAM", start=0)
"""POLICY = one of EVICTION; BASE = address of 3 words a key (kernel/ops_cache.py); HEAD, TAIL of the lists of lru and fifo;
STREAM = where random and lfu draw."""

Dist = IntEnum("Dist", "KIND STREAM A B C D", start=0)
DIST_WORDS = 8
Law = IntEnum("Law", "CONST EXP LOGNORMAL UNIFORM PARETO BIMODAL_EXP BIMODAL_CONST", start=0)
"""A row of D (float64): CONST A ns; EXP mean A; LOGNORMAL mu A, sigma B of ln ns; UNIFORM A to B; PARETO scale A,
shape B; BIMODAL: with probability C mean (or constant) B, else A. Draws are clamped to 0..2^40 ns."""

HIST_BUCKETS = 1920  # 64 an octave over 30 octaves from 1024 ns
HistStat = IntEnum("HistStat", "COUNT SUM MAX", start=0)
HIST_STATS = 4

Global = IntEnum(
    "Global",
    "NOW EPOCH HEAP_LEN READY_HEAD READY_LEN FREE LIVE LINES EVENTS HIGH_WATER ERROR ERROR_PC HOLE READY_MASK "
    "TRACE_EVERY TRACE_LEFT TRACE_MASK TRACE_LEN",
    start=0,
)
"""TRACE_EVERY = every n-th request of clients is traced, 0 = none; TRACE_LEFT = how many until the next; the ring of
rows lies behind these words, TRACE_MASK + 1 rows; TRACE_LEN = rows written so far."""
GLOBAL_WORDS = 24

TraceRow = IntEnum("TraceRow", "WHAT AT TOKEN A B C", start=0)
TRACE_WIDTH = len(TraceRow)
Span = IntEnum(
    "Span",
    "BEGUN COUNTED CALLED ASKED SENT LOST REPLIED MET LATE EXPIRED QUEUED SERVED SLEPT WAITED RESPONDED KILLED HELD FORKED",
    start=1,
)
"""What a row of a trace says of its activation. BEGUN: A totals. COUNTED: A status. CALLED, ASKED (ACALL), SENT: A who
sent it, B lane, C when it arrives. FORKED: A who did. LOST: a message of it. REPLIED, MET: A status. EXPIRED: its time is over, A child.
QUEUED: A since, B station. SERVED, SLEPT: A ns. WAITED, HELD: A since. RESPONDED: A messenger. KILLED: A status."""
