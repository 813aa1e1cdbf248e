"""What the control loop of a component sees and may do. The engine gives it (worker/engine/view.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class View(Protocol):
    """One node's outlook at one moment of virtual time. Own pieces of state by default, `node` for those of another."""

    @property
    def id(self) -> str:
        """The node whose loop runs."""
        ...

    @property
    def params(self) -> Mapping[str, Any]:
        """Its parameters as they are now, filled."""
        ...

    @property
    def memory(self) -> dict[str, Any]:
        """What it remembers from turn to turn: JSON. Kept in snapshots."""
        ...

    def nodes(self, kind: str = "") -> list[str]:
        """Ids of all nodes (of a kind), in file order."""
        ...

    def targets(self, node: str = "") -> list[tuple[str, str]]:
        """(link id, node id) of the outgoing links, in file order."""
        ...

    def callers(self, node: str = "") -> list[tuple[str, str]]:
        """(link id, node id) of the incoming links, in file order."""
        ...

    def replicas(self, node: str = "") -> int: ...

    def is_up(self, node: str, replica: int) -> bool:
        """Neither crashed nor standing still."""
        ...

    def param(self, node: str, path: str) -> Any:
        """A parameter of any node or link, filled; `path` may be dotted."""
        ...

    def read(self, node: str, name: str, replica: int | None = None) -> int:
        """A counter since the start: a Metric of the kind, or arrivals, completions, rejects, failed, queue, busy (slot-ns)."""
        ...

    def read_link(self, link: str, name: str, replica: int | None = None) -> int:
        """A counter of a link since the start (calls, tries, ok, failed, timeouts …), to one replica of its target."""
        ...

    def word(self, name: str, replica: int = 0, plus: int = 0, *, node: str = "", field: str = "") -> int:
        """A word of a piece of state; the entry `plus` of a table."""
        ...

    def write(
        self, name: str, value: int, replica: int = 0, plus: int = 0, *, node: str = "", field: str = ""
    ) -> None: ...

    def notify(self, queue: str, replica: int = 0, *, node: str = "") -> None:
        """Wake all that wait in the queue."""
        ...

    def kick(self, station: str, slots: int, replica: int = 0, *, node: str = "") -> None:
        """Change the slots of a station and wake who fits."""
        ...

    def take_over(self, node: str, replica: int) -> None:
        """All links that lead to `node` lead to this replica of the own node from now on."""
        ...

    def set(self, target: str, param: str, value: Any) -> None:
        """What the command `set` does. What a run cannot change is refused with ValueError."""
        ...

    def release(self, node: str, replica: int, error_p: float, latency_factor: float) -> None:
        """The replica runs another version from now on: it fails and slows down like this, beside what it does anyway."""
        ...

    def again(self, after_s: float) -> None:
        """One more turn of this loop, beside those at its interval."""
        ...

    def chance(self, n: int) -> int:
        """A number in 0..n-1 out of this node's own stream."""
        ...

    def event(self, what: str, **detail: Any) -> None:
        """A mark on the timeline."""
        ...
