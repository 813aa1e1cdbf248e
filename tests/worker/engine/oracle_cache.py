"""The caches of the oracle: four policies on a plain list and a dict, from their descriptions alone."""

from __future__ import annotations

from collections.abc import Callable

MINUTE_NS = 60_000_000_000
Draw = Callable[[int], int]


class HeldKeys:
    """The keys in a cache. lru, fifo: the next to go first; random, lfu: in the order of an array that closes its gaps."""

    def __init__(self, policy: str, draw: Draw, now: Callable[[], int]) -> None:
        self.policy, self.draw, self.now = policy, draw, now
        self.order: list[int] = []
        self.uses: dict[int, tuple[int, int]] = {}  # lfu: counter, minute of the last use

    def __contains__(self, key: int) -> bool:
        return key in self.order

    def __len__(self) -> int:
        return len(self.order)

    def touch(self, key: int) -> bool:
        if key not in self.order:
            return False
        if self.policy == "lru":
            self.order.remove(key)
            self.order.append(key)
        if self.policy == "lfu":
            count = self.counted(key)
            if count < 255 and self.draw(max(0, count - 5) * 10 + 1) == 0:
                count += 1
            self.uses[key] = count, self.now() // MINUTE_NS
        return True

    def counted(self, key: int) -> int:
        count, minute = self.uses[key]
        return max(0, count - (self.now() // MINUTE_NS - minute))

    def remove(self, key: int) -> None:
        if key not in self.order:
            return
        if self.policy in ("lru", "fifo"):
            self.order.remove(key)
        else:
            place, last = self.order.index(key), self.order.pop()
            if last != key:
                self.order[place] = last

    def next_out(self) -> int:
        if self.policy in ("lru", "fifo"):
            return self.order[0]
        drawn = [self.order[self.draw(len(self.order))] for _ in range(5 if self.policy == "lfu" else 1)]
        return min(drawn, key=self.counted) if self.policy == "lfu" else drawn[0]

    def shrink(self, room: int) -> list[int]:
        """Who had to go."""
        out = []
        while len(self.order) > room:
            out.append(self.next_out())
            self.remove(out[-1])
        return out

    def add(self, key: int, room: int) -> list[int]:
        """Insert or touch; returns who had to go."""
        if room < 1 or self.touch(key):
            return []
        out = self.shrink(room - 1)
        self.order.append(key)
        self.uses[key] = 5, self.now() // MINUTE_NS
        return out
