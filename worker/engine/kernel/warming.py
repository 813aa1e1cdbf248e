"""Compiling the whole kernel ahead of its first use, or reading it from the cache."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from worker.engine.alias import alias_table
from worker.engine.kernel import ops_cache
from worker.engine.kernel.heap import NEVER, SPARE, close_hole, push
from worker.engine.kernel.histogram import bucket_of, percentiles_of, quantiles_of
from worker.engine.kernel.loop import run
from worker.engine.kernel.ops_station import kick
from worker.engine.kernel.ops_sync import hold, resume_at
from worker.engine.kernel.report import areas, gather
from worker.engine.kernel.rows import CHUNKS, DIGITS, add_up, busy_permille, highest, quantiles_us, write
from worker.engine.kernel.state import (
    disarm,
    free_inbox,
    gone,
    late,
    make_ready,
    note,
    release_line,
    settle,
    since,
    take,
    unqueue,
)
from worker.engine.layout import GLOBAL_WORDS, HIST_BUCKETS, HIST_STATS, LINE, TRACE_WIDTH, Global

LINES = 128


def warm_all(progress: Callable[[str], None]) -> None:
    """Seconds the first time on a machine, a fraction of one later. `progress` hears of each stage."""
    progress("loop")
    arena, heap, ready = np.zeros(LINES * LINE, np.int64), np.full(LINES + SPARE, NEVER), np.zeros(LINES, np.int64)
    state, streams, one = np.zeros(GLOBAL_WORDS + TRACE_WIDTH, np.int64), np.ones(1, np.uint64), np.zeros(1, np.int64)
    state[Global.FREE], state[Global.LINES], state[Global.READY_MASK] = 8, LINES, LINES - 1
    hist, stats, zipf = np.zeros(2 * HIST_BUCKETS, np.int32), np.zeros(2 * HIST_STATS, np.int64), np.zeros(1, np.int64)
    zipf.flags.writeable = False
    run(arena, np.zeros(6, np.int64), heap, ready, hist, stats, streams, np.zeros(8), zipf, state, 1, 1)
    progress("commands")
    token = int(take(arena, state))
    push(heap, state, 1, token)
    close_hole(heap, state)
    for queue in (64, 96):
        arena[queue : queue + 2] = -1
    hold(arena, 64, token, 1)
    unqueue(arena, 66, token)
    disarm(arena, 96, token)
    resume_at(arena, np.zeros(6, np.int64), token * LINE)
    settle(arena, 160, 1)
    kick(arena, ready, state, 160)
    make_ready(ready, state, token)
    free_inbox(arena, state, token * LINE)
    late(arena, state, token)
    note(state, 1, token, 0, 0, 0)
    gone(arena, token)
    since(arena, token * LINE)
    release_line(arena, state, token)
    ops_cache.flush(arena, 192)
    ops_cache.resize(arena, streams, state, 192, 0)
    progress("reports")
    out = np.zeros((1, 1), np.int64)
    percentiles_of(hist, hist, one, np.zeros(1), out)
    quantiles_of(np.zeros(HIST_BUCKETS, np.int64), np.zeros(1), out[0])
    gather(arena, np.zeros(2, np.int64), one, np.zeros(1, np.int64))
    areas(arena, one, 0, 0, 0)
    add_up(arena, np.zeros(2, np.int64), one, one, np.zeros(1, np.int64))
    highest(arena, np.zeros(2, np.int64), one, one, out[0])
    busy_permille(arena, one, one, one, 0, 0, np.zeros((2, 1)), one, out[0])
    quantiles_us(hist, hist, one, np.zeros(1), np.zeros(CHUNKS, np.int64), out * 0, out[0])
    write(out[0], np.ones((1, 2), np.int64), np.zeros(DIGITS + 8, np.uint8), one)
    bucket_of(np.int64(1))
    progress("keys")
    alias_table(1, 0.0)
    progress("ready")
