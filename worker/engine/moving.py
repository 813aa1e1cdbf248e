"""State moves to another address: the words, and everything that points at them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from worker.engine.code import ADDRESS, OFFSET, Kinds
from worker.engine.kernel.state import IN_QUEUE, NAP_PC
from worker.engine.layout import LINE, REGISTERS, Token
from worker.engine.machine import Machine

Move = tuple[int, int, int]  # from, to, words


class Map:
    """Old addresses to new ones; what does not move stays."""

    def __init__(self, moves: Iterable[Move]) -> None:
        self.moves = sorted(moves)
        self.starts = np.array([start for start, _, _ in self.moves] or [0], np.int64)
        self.ends = np.array([start + words for start, _, words in self.moves] or [0], np.int64)
        self.shifts = np.array([to - start for start, to, _ in self.moves] or [0], np.int64)

    def __call__(self, addresses: np.ndarray) -> np.ndarray:
        place = np.maximum(np.searchsorted(self.starts, addresses, "right") - 1, 0)
        inside = (addresses >= self.starts[place]) & (addresses < self.ends[place])
        moved: np.ndarray = np.where(inside, addresses + self.shifts[place], addresses)
        return moved

    def one(self, address: int) -> int:
        return int(self(np.array([address], np.int64))[0])


def carry(arrays: Sequence[np.ndarray], moves: Iterable[Move]) -> None:
    """Copy the words; the places where they were become zero."""
    for start, to, words in moves:
        for array in arrays:
            array[to : to + words] = array[start : start + words]
            array[start : start + words] = 0


def point(machine: Machine, moved: Map, kinds: Mapping[int, Mapping[int, Kinds]]) -> None:
    """Whatever an activation keeps of the addresses. `kinds`: block -> instruction -> what its registers hold."""
    if not moved.moves:
        return
    view, lines = machine.arena.reshape(-1, LINE), machine.lines()
    if kinds:
        registers(machine, moved, kinds)
    view[lines, Token.SELF] = moved(view[lines, Token.SELF])
    for word in (Token.LINK, Token.PARKED):
        found = view[lines, word]
        view[lines, word] = np.where(found > 0, moved(found), found)
    queue = int(IN_QUEUE) - view[lines, Token.CHILD]
    view[lines, Token.CHILD] = np.where(queue >= 0, int(IN_QUEUE) - moved(queue), view[lines, Token.CHILD])


def registers(machine: Machine, moved: Map, kinds: Mapping[int, Mapping[int, Kinds]]) -> None:
    """Registers that hold an address, or how far one is from SELF."""
    arena = machine.arena
    for token in machine.lines().tolist():
        at = token * LINE
        block = int(arena[at + Token.SELF])
        if block not in kinds:
            continue
        for number, kind in enumerate(kinds[block].get(standing_at(arena, token), ())):
            word = at + LINE - REGISTERS + number
            if kind == ADDRESS:
                arena[word] = moved.one(int(arena[word]))
            elif kind == OFFSET:
                arena[word] = moved.one(block + int(arena[word])) - moved.one(block)


def standing_at(arena: np.ndarray, token: int) -> int:
    """The instruction at which an activation stands."""
    pc = int(arena[token * LINE + Token.PC])
    return int(arena[token * LINE + Token.TIMER_PREV]) if pc == int(NAP_PC) else pc
