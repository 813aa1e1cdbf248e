"""Deployer: brings a new version to the replicas of another node."""

from __future__ import annotations

from typing import Any, ClassVar

from components.base import Choice, Component, Group, Integer, Metric, Number, Pointer, Proof, View
from components.program import Assembler, seconds
from components.rollout import is_worse, planned

ALL_THE_WAY: dict[str, Any] = {"auto_rollback": None}


class Deployer(Component):
    """Brings a new version to the replicas of another node, and takes it back when it is worse.

    Each new replica is ready before the old one goes, so that no capacity is missing. What is compared is the share of errors
    of new and old replicas over the same time, as in canary analysis (Google SRE workbook, 2018, chapter 16).
    """

    kind, label, icon = "deployer", "Deployer", "versions"
    metrics = (
        Metric("new_replicas", "replicas that run the new version", gauge=True),
        Metric("bad_requests", "requests that replicas of the new version failed"),
        Metric("rollbacks", "times that the new version was taken back"),
    )
    faults: ClassVar[tuple[str, ...]] = ()
    sends, receives = (0, 0), False
    facts = ("strategy",)
    knobs = ("strategy", "error_p")
    control_every = "check_s"

    of = Pointer(kinds=("service", "worker"), live=False, help="The node that gets a new version; null = none.")
    start_s = Number(default=60.0, maximum=31_536_000, unit="s", log=True, live=False, help="When it begins.")
    strategy = Choice(
        default="canary", choices=("canary", "rolling", "blue_green"),
        help="A small share first, growing; so many replicas at a time; or all at once.",
    )  # fmt: skip
    canary_percent = Number(
        default=5.0, minimum=0.1, maximum=100, help="Percent of the replicas at first; canary only."
    )
    canary_growth = Number(default=5.0, minimum=1.1, maximum=100, help="Times as many in the next step; canary only.")
    max_surge = Integer(default=1, minimum=1, maximum=50, help="Replicas that change in one step; rolling only.")
    bake_s = Number(
        default=300.0, minimum=0.1, maximum=86_400, unit="s", log=True, help="Time from a step to the next."
    )
    error_p = Number(default=0.2, maximum=1, label="Errors", help="Share of the requests that the new version fails.")
    latency_factor = Number(
        default=1.0, minimum=0.01, maximum=1000, log=True, help="Service time of the new version, times the old one's."
    )
    check_s = Number(default=5.0, minimum=0.1, maximum=3600, unit="s", log=True, help="Time between two looks at it.")
    auto_rollback = Group(
        default={}, help="Take the new version back when it fails more often than the old one; null = never.",
        fields={
            "max_error_delta": Number(default=0.05, maximum=1, help="So much more of the requests may fail."),
            "min_requests": Integer(default=50, minimum=1, maximum=1_000_000, log=True, help="Nobody judges by fewer."),
        },
    )  # fmt: skip
    rollback_s = Number(default=30.0, maximum=86_400, unit="s", help="How long it takes to put the old version back.")

    proofs = (
        Proof("of", None, "client.failed.*", "down"),
        Proof("start_s", 8, "client.failed.*", "down"),
        Proof("strategy", "blue_green", "client.failed.*", "up", ALL_THE_WAY),
        Proof("canary_percent", 50, "client.failed.*", "up", ALL_THE_WAY),
        Proof("canary_growth", 10, "client.failed.*", "up", ALL_THE_WAY),
        Proof("max_surge", 5, "client.failed.*", "up", ALL_THE_WAY | {"strategy": "rolling"}),
        Proof("bake_s", 0.5, "client.failed.*", "up", ALL_THE_WAY),
        Proof("error_p", 0.9, "client.failed.*", "up", ALL_THE_WAY),
        Proof("latency_factor", 20, "client.latency_ms.mean", "up", ALL_THE_WAY),
        Proof("check_s", 3, "client.failed.*", "change"),
        Proof("auto_rollback", None, "client.failed.*", "up"),
        Proof("auto_rollback.max_error_delta", 0.9, "client.failed.*", "up"),
        Proof("auto_rollback.min_requests", 10, "client.failed.*", "down"),
        Proof("rollback_s", 4, "client.failed.*", "up"),
    )

    @classmethod
    def example(cls) -> dict[str, Any]:
        """Ten replicas and a bad version, with short steps."""
        own = {"of": "next", "start_s": 2, "canary_percent": 10, "canary_growth": 2, "bake_s": 2, "check_s": 0.5}
        me = {"id": "me", "kind": "deployer", "params": own | {"rollback_s": 1, "error_p": 0.5}}
        users = {"id": "users", "kind": "client", "params": {"rate_rps": 200}}
        nodes = [users, {"id": "next", "kind": "service", "params": {"replicas": 10}}, me]
        return {"format": 1, "nodes": nodes, "links": [{"id": "in", "source": "users", "target": "next"}]}

    def program(self, asm: Assembler) -> None:
        for name in ("new_replicas", "bad_requests", "rollbacks"):
            asm.total(name)

    # -- the loop -------------------------------------------------------------------------------------
    def control(self, view: View, now: int) -> None:
        """Look at what runs, take it back or go on."""
        of, memory, params = view.params["of"], view.memory, view.params
        start = seconds(params["start_s"])
        if of is None or memory.get("over") or now < start:
            return
        count = memory.setdefault("count", 0)
        self.look(view, of, count)
        if "back" not in memory and params["auto_rollback"] and is_worse(memory, params["auto_rollback"]):
            memory["back"] = now + seconds(params["rollback_s"])
            view.event("rollback", of=of, replicas=count)
            view.write("rollbacks", view.word("rollbacks") + 1)
            view.again(params["rollback_s"])
        if now >= memory.get("back", now + 1):
            for replica in range(count):
                view.release(of, replica, 0.0, 1.0)
            view.write("new_replicas", 0)
            memory["over"] = True
            return
        wanted = (
            count
            if "back" in memory
            else max(count, planned(view.params, view.replicas(of), (now - start) // seconds(params["bake_s"])))
        )
        if wanted != count:
            view.event("deployed", of=of, replicas=wanted)
            memory |= {"count": wanted, "seen": None}
            self.look(view, of, wanted)
        for replica in range(wanted):
            view.release(of, replica, params["error_p"], params["latency_factor"])
        view.write("new_replicas", wanted)

    def look(self, view: View, of: str, count: int) -> None:
        """memory: requests and failures of new and old replicas, since the last step and in all."""
        memory = view.memory
        rows = [
            [view.read(of, name, replica) for name in ("completions", "failed")] for replica in range(view.replicas(of))
        ]
        first = memory.get("seen") or rows
        memory["seen"] = first
        grown = [[now - then for now, then in zip(*pair, strict=True)] for pair in zip(rows, first, strict=False)]
        memory["new"], memory["old"] = (
            [sum(column) for column in zip(*part, strict=True)] or [0, 0] for part in (grown[:count], grown[count:])
        )
        last = memory.get("last") or rows
        bad = sum(now[1] - then[1] for now, then in zip(rows[:count], last, strict=False))
        view.write("bad_requests", view.word("bad_requests") + max(0, bad))
        memory["last"] = rows
