"""Start values that an edit changes, in a node that goes on: new pieces of state, new capacities, new time-outs."""

from __future__ import annotations

from components.program import Assembler, Item
from worker.engine.image import fill_item, words_of_region
from worker.engine.layout import LINE, Cache, Station, Timers, Token
from worker.engine.machine import Machine
from worker.engine.place import RECORDS, PlacedNode, size_of
from worker.engine.timeouts import stand_on_agenda, waiting


class Reset:
    """`had` = the program that ran until now; `before` = the same with its parameters as they are now; `fresh` = blocks
    that have their start values."""

    def __init__(
        self, machine: Machine, placed: PlacedNode, had: Assembler, before: Assembler, fresh: set[int]
    ) -> None:
        self.machine, self.placed, self.had, self.before, self.fresh = machine, placed, had, before, fresh

    def run(self) -> None:
        for item in self.placed.asm.items.values():
            if item.record == "lane":
                continue
            for copy, address in self.copies(item):
                if not self.is_known(item):
                    fill_item(self.machine.arena, self.placed, item, address, copy)
                else:
                    self.change(item, address, copy)

    def copies(self, item: Item) -> list[tuple[int, int]]:
        """(copy, address) of the item where it was before the edit."""
        if item.shared:
            return [(0, self.placed.shared[item.name])]
        blocks = enumerate(self.placed.replicas)
        return [(copy, block + self.placed.own[item.name]) for copy, block in blocks if block not in self.fresh]

    def is_known(self, item: Item) -> bool:
        was = self.had.items.get(item.name)
        return was is not None and was.record == item.record and was.shared == item.shared

    def change(self, item: Item, address: int, copy: int) -> None:
        arena, was = self.machine.arena, self.before.items.get(item.name, item)
        grown = self.had.items[item.name].size
        if item.record == "word" and item.size > grown:
            arena[address + grown : address + size_of(item)] = item.init.get("", 0)
        if item.each and (copy >= len(was.each) or item.each[copy] != was.each[copy]):
            arena[address] = item.each[copy]
        changed = {name: value for name, value in item.init.items() if was.init.get(name) != value}
        match item.record:
            case "table" if item.values and item.values != was.values:
                at, _ = self.placed.regions[item.name][copy]
                arena[at : at + len(item.values)] = item.values
            case "word" if changed:
                arena[address : address + item.size] = changed[""]
            case "station" if changed:
                self.machine.settle(address)
                for name, value in changed.items():
                    arena[address + Station[name]] = value
                self.machine.kick(address)
            case "timers" if "DURATION" in changed:
                self.set_duration(address, changed["DURATION"])
            case "cache" if changed:
                if "POLICY" in changed:
                    self.machine.cache_flush(address)
                    arena[address + Cache.POLICY] = changed["POLICY"]
                self.machine.cache_resize(address, changed.get("CAP", int(arena[address + Cache.CAP])))
            case record if changed and record not in ("table", "queue", "timers", "word"):
                for name, value in changed.items():
                    arena[address + RECORDS[record][name]] = value

    def set_duration(self, timers: int, duration: int) -> None:
        """Who waits goes on waiting from where it began."""
        arena = self.machine.arena
        before = int(arena[timers + Timers.DURATION])
        arena[timers + Timers.DURATION] = duration
        if before >= 0 and duration >= 0 and arena[timers + Timers.HEAD] >= 0:
            for token in waiting(self.machine, timers):
                arena[token * LINE + Token.DEADLINE] += duration - before
            stand_on_agenda(self.machine, timers)


def grown_regions(placed: PlacedNode) -> list[tuple[Item, int]]:
    """(item, copy) of tables that are smaller than the new program wants."""
    return [
        (item, copy)
        for item in placed.asm.items.values()
        if item.record in ("table", "cache")
        for copy, (_, words) in enumerate(placed.regions[item.name])
        if words < words_of_region(item)
    ]
