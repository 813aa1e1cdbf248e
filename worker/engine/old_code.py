"""Earlier programs of a node: who is in them, what they share with the new one, and how daemons come over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from components.program import Op
from worker.engine.code import Kinds, crowd, is_source, kinds_of, loop_end, reach
from worker.engine.compiler import REMOVED_PC
from worker.engine.encode import WIDTH
from worker.engine.kernel.state import NAP_PC, release_line, unqueue
from worker.engine.layout import LINE, Link, Node, Queue, Token
from worker.engine.moving import standing_at
from worker.engine.place import PlacedNode, size_of
from worker.engine.relayout import lanes_of
from worker.engine.removal import end_timers

if TYPE_CHECKING:
    from worker.engine.translate import Translation


class OldCode:
    def __init__(self, translation: Translation) -> None:
        self.translation, self.machine = translation, translation.machine

    def kinds(self, placed: PlacedNode) -> Mapping[int, Kinds]:
        """What registers hold before each instruction of all programs of a node."""
        return {
            version.pc + at: kinds
            for version in (placed, *placed.old)
            for at, kinds in kinds_of(version.asm).items()
            if any(kinds)
        }

    # -- programs that nobody is in -----------------------------------------------------------------
    def bury(self) -> None:
        """Forget earlier programs that nobody is in any more."""
        with_old = [placed for placed in self.translation.plan.nodes.values() if placed.old]
        if not with_old:
            return
        view, lines = self.machine.arena.reshape(-1, LINE), self.machine.lines()
        pcs = view[lines, Token.PC]
        pcs = np.where(pcs == int(NAP_PC), view[lines, Token.TIMER_PREV], pcs)
        for placed in with_old:
            for version in list(placed.old):
                if not np.any((pcs >= version.pc) & (pcs < version.pc + len(version.asm.code))):
                    placed.old.remove(version)
                    self.forget(placed, version)

    def forget(self, placed: PlacedNode, version: PlacedNode) -> None:
        translation, others = self.translation, [placed, *placed.old]
        translation.ground.spare_code.give(version.pc, len(version.asm.code))
        kept = {offset for other in others for offset in lanes_of(other).values()}
        for lane, offset in lanes_of(version).items():
            if offset not in kept:
                for block in placed.replicas:
                    end_timers(self.machine, block + offset + Link.TIMERS)
                    translation.fold(block + offset, translation.lane_of(placed, block, lane))
                    self.clear(block + offset, LINE)
        known = {name for other in others for name in other.asm.items}
        for item in version.asm.items.values():
            if item.name in known or item.record == "lane":
                continue
            if item.shared:
                translation.give_back(placed.shared.pop(item.name), size_of(item))
            else:
                for block in placed.replicas:
                    at = block + version.own[item.name]
                    if item.record == "timers":
                        end_timers(self.machine, at)
                    self.clear(at, size_of(item))
            for at, words in placed.regions.pop(item.name, []):
                translation.give_back(at, words)

    def clear(self, at: int, words: int) -> None:
        for array in self.translation.arrays:
            array[at : at + words] = 0

    # -- who comes over to the new program ----------------------------------------------------------
    def pass_on(self, changed: set[str]) -> None:
        for id in sorted(changed):
            placed = self.translation.plan.nodes[id]
            self.move_arrivals(placed)
            daemons = max(len(version.asm.daemons) for version in (placed, *placed.old))
            for number in range(daemons):
                for replica, block in enumerate(placed.replicas):
                    if block not in self.translation.fresh_blocks:
                        self.move_daemons(placed, number, replica, block)
            for version in placed.old:
                for number in range(len(version.asm.daemons)):
                    self.turn_loop(placed, version, number)

    def move_arrivals(self, placed: PlacedNode) -> None:
        """Who has not begun yet comes in at the new door."""
        doors = {version.door(name): name for version in placed.old for name in version.asm.doors}
        arena = self.machine.arena
        for block in placed.replicas:
            for token in self.machine._tokens_of(block):
                at = token * LINE
                name = doors.get(int(arena[at + Token.PC]))
                if name is not None and arena[at + Token.PARKED] == -1 and arena[at + Token.LINK] > 0:
                    door = placed.door(name)
                    arena[at + Token.PC] = door if door >= 0 else REMOVED_PC

    def move_daemons(self, placed: PlacedNode, number: int, replica: int, block: int) -> None:
        """As many daemons as the new program wants: those that run come over, some end, some are new."""
        if (placed.node.id, replica) in self.translation.faults.down:
            return
        arena, mine = self.machine.arena, placed.asm.daemons
        wanted = mine[number][1] if number < len(mine) else 0
        source = number < len(mine) and is_source(placed.asm, number)
        have = 0
        for version in reversed(placed.old):
            if version.ending or number >= len(version.asm.daemons):
                continue
            if len(crowd(version.asm, number)) > 1:
                if self.stays_together(placed, version, number):
                    have += bool(self.standing(version, number, block))
                else:
                    for token in self.standing(version, number, block):
                        self.end_loop(placed, version, token)
                continue
            was_source = is_source(version.asm, number)
            for token in self.standing(version, number, block):
                comes = have < wanted and was_source == source
                have += comes
                if comes and source:
                    arena[token * LINE + Token.PC] = placed.pc + mine[number][0].at
                elif not comes and was_source:
                    self.end_source(block, token)
                elif not comes:
                    self.end_loop(placed, version, token)
        for _ in range(min(have, wanted), wanted):
            self.machine.spawn(placed.pc + mine[number][0].at, block)

    def stays_together(self, placed: PlacedNode, version: PlacedNode, number: int) -> bool:
        """Daemons that share a loop tell themselves apart by their registers: all go on in the new loop, or all begin anew."""
        here = number < len(placed.asm.daemons)
        return here and crowd(placed.asm, number) == crowd(version.asm, number)

    def standing(self, version: PlacedNode, number: int, block: int) -> list[int]:
        """The daemons of a number, in one earlier program of a replica."""
        arena = self.machine.arena
        places = {version.pc + at for at in reach(version.asm, version.asm.daemons[number][0].at)}
        return [
            token
            for token in self.machine._tokens_of(block)
            if standing_at(arena, token) in places
            and arena[token * LINE + Token.PARENT] < 0
            and arena[token * LINE + Token.LINK] <= 0
        ]

    def end_source(self, block: int, token: int) -> None:
        machine, waiting = self.machine, block + Node.HOLD_HEAD
        machine.take_off_agenda({token})
        machine._take_off_ready({token})
        held = int(machine.arena[waiting + Queue.HEAD])
        while held >= 0:
            if held == token:
                unqueue(machine.arena, waiting, token)
                break
            held = int(machine.arena[held * LINE + Token.NEXT])
        release_line(machine.arena, machine.state, token)

    def end_loop(self, placed: PlacedNode, version: PlacedNode, token: int) -> None:
        """It goes on in a copy of its program that ends where the loop would begin anew."""
        copy = next((other for other in placed.old if other.ending and other.asm is version.asm), None)
        if copy is None:
            copy = replace(version, pc=self.translation.ground.code(len(version.asm.code)), ending=True, old=[])
            placed.old.append(copy)
            self.translation.write_version(copy)
        at, shift = token * LINE, copy.pc - version.pc
        arena = self.machine.arena
        word = Token.TIMER_PREV if arena[at + Token.PC] == int(NAP_PC) else Token.PC
        arena[at + word] += shift

    def turn_loop(self, placed: PlacedNode, version: PlacedNode, number: int) -> None:
        """Where an endless loop would begin anew it begins in the new program; or the daemon ends."""
        end = loop_end(version.asm, number)
        if end < 0:
            return
        row = np.zeros(WIDTH, np.int64)
        row[0] = Op.END
        new = loop_end(placed.asm, number) if number < len(placed.asm.daemons) else -1
        alone = len(crowd(version.asm, number)) == 1
        if not version.ending and new >= 0 and (alone or self.stays_together(placed, version, number)):
            top = next(top for top, jump in placed.asm.loops if jump == new)
            row[0], row[1] = Op.JMP, placed.pc + top.at
        at = (version.pc + end) * WIDTH
        self.machine.program[at : at + WIDTH] = row
