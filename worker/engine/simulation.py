"""One run of one design: the machine, its script, its faults and its frames.

Same design, seed and commands (each at its virtual time) give the same bits, however `advance` is sliced.
"""

from __future__ import annotations

import heapq
import json
from typing import Any

from components.commands import Command, parse
from components.design import runnable
from components.faults import FAULTS
from components.model import Design
from components.program import seconds
from components.targets import is_live
from worker.engine.alerts import Alerts
from worker.engine.change import Change
from worker.engine.compiler import Plan, compile_design
from worker.engine.control import Controls
from worker.engine.critical import add_up, with_path
from worker.engine.expected import add_expected
from worker.engine.explain import explain, ranking
from worker.engine.faults import Active, Faults, leak_ns, returns_after
from worker.engine.frames import Frames
from worker.engine.history import History, Series, next_row_ns
from worker.engine.keeping import kept_plan, plan_of
from worker.engine.knobs import Knobs
from worker.engine.machine import Machine
from worker.engine.rates import Rates
from worker.engine.shares import shares_of
from worker.engine.summary import Mark, row_of, summary_of
from worker.engine.traces import Traces

ENGINE = "1"
RAMP_STEPS = 10  # of a fault that grows
LAST_MINUTE_NS = 60_000_000_000
Entry = tuple[int, int, str, Any]  # of the agenda: ns, order of entry, what, about what


class Simulation:
    """A compiled design that can be advanced in virtual time (ns since its start)."""

    def __init__(self, design: Design, seed: int = 1) -> None:
        """Raises ValueError, one line per problem, if the design cannot run."""
        if problems := runnable(design):
            raise ValueError("\n".join(problem.line() for problem in problems))
        plan = compile_design(design, seed)
        self._build(plan, Machine(plan.tables))
        self._start()

    def _build(self, plan: Plan, machine: Machine) -> None:
        self.plan, self.machine = plan, machine
        self.design, self.seed = plan.design, plan.seed
        self.faults = Faults(self.plan, self.machine)
        self.rates = Rates(self.plan, self.machine, self.faults)
        self.knobs = Knobs(self.plan, self.machine, self.faults, self.rates)
        self.controls = Controls(self)
        self.change = Change(self)
        self.alerts = Alerts(self)
        self.traced = Traces(self.plan)
        self.history = History(self.plan, self.machine)
        self.events: list[dict[str, Any]] = []  # since the last frame
        self.log: list[dict[str, Any]] = []  # since the start
        self.acks: list[tuple[int, int]] = []
        self.mark: Mark | None = None
        self._row: Mark | None = None
        self._agenda: list[Entry] = []
        self._order = 0

    def _start(self) -> None:
        self.frames = Frames(self.plan, self.machine)
        for client in self.rates.load:
            self.rates.pattern[client] = self.rates.start(client)
            self.rates.refresh(client)
            self._plan_pattern(client)
        for entry in self.design.script:
            self._at(seconds(entry["at_s"]), "due", dict(entry))
        for node in self.controls.looped():
            self._plan_control(node)
        self.alerts.follow()
        self._plan_history()

    @property
    def structure(self) -> int:
        """How often nodes, links or replicas have changed: `meta` says something new with each."""
        return self.change.count

    @property
    def now_ns(self) -> int:
        return self.machine.now

    def advance(self, until_ns: int, budget: int | None = None) -> bool:
        """Simulate up to `until_ns`. False: `budget` events are used up, call again."""
        last = None if budget is None else self.machine.events + budget
        while self._agenda and self._agenda[0][0] <= until_ns:
            if not self._reach(self._agenda[0][0], last):
                return False
            at, _, what, about = heapq.heappop(self._agenda)
            self._turn(at, what, about)
        return self._reach(until_ns, last)

    def _reach(self, until_ns: int, last: int | None) -> bool:
        """Up to `until_ns`, or to event number `last`, whatever stands on the agenda in between."""
        left = None if last is None else last - self.machine.events
        return (left is None or left > 0) and self.machine.advance(until_ns, left)

    def trace(self, every: int) -> None:
        """Trace every n-th request of clients from now on; 0 = none. Nothing else changes."""
        self.machine.trace(every)

    def traces(self) -> list[dict[str, Any]]:
        """Span trees of the newest, the slowest and the newest failed requests that were traced; times in ns."""
        self.traced.read(*self.machine.take_rows())
        return [with_path(trace) for trace in self.traced.kept()]

    def why(self) -> dict[str, Any]:
        """For a panel: findings about the last virtual minute, and the slowest and newest failed of the traced requests."""
        since = max(0, self.now_ns - LAST_MINUTE_NS)
        self.traced.read(*self.machine.take_rows())
        return {
            "t_ns": self.now_ns,
            "findings": explain(self.plan, self.history, since),
            "traces": [with_path(trace) for trace in self.traced.telling()],
        }

    def apply(self, command: Command, seq: int | None = None) -> None:
        """A live command, now; one with a moment of its own waits for it on the agenda. `seq` comes back in the next frame."""
        if command.at_s is not None and seconds(command.at_s) > self.now_ns:
            self._at(seconds(command.at_s), "due", command.as_dict())
        elif self.change.count:
            self._check(command.as_dict())
        else:
            self._do(command)
        if seq is not None:
            self.acks.append((seq, self.now_ns))

    def meta(self) -> dict[str, Any]:
        """What the numbers in the frames mean."""
        head = {"type": "meta", "engine": ENGINE, "seed": self.seed, "scale": self.design.scale}
        return head | ({"structure": self.structure} if self.structure else {}) | self.frames.meta()

    def frame(self) -> bytes:
        """The state of now as one JSON object; see `meta` for the columns. The first one after a change of structure
        brings its meta along."""
        events, acks = self.events, self.acks
        self.events, self.acks = [], []
        frame = self.frames.frame(self.faults.down_count(), sorted(self.faults.active), events, acks)
        if not self.structure:
            return frame
        more: dict[str, Any] = {"structure": self.structure}
        if self.change.shown != self.structure:
            self.change.shown = self.structure
            more["meta"] = self.meta()
        return frame[:-1] + b"," + json.dumps(more, separators=(",", ":")).encode()[1:]

    def start_counting(self) -> None:
        """The warm-up ends here: `summary` counts from now."""
        self.mark = self._row = Mark(self.plan, self.machine)
        self.history.add()

    def row(self) -> dict[str, Any]:
        """A row of a series: what happened since the last row or since `start_counting`."""
        row = row_of(self.plan, self.machine, self._row)
        self._row = Mark(self.plan, self.machine, glance=True)
        return row

    def summary(self) -> dict[str, Any]:
        """What happened since `start_counting` (or the start)."""
        head = {"engine": ENGINE, "seed": self.seed, "scale": self.design.scale}
        told = {"events": self.log, "explain": self.explain(), "time": self.time()}
        found: dict[str, Any] = head | summary_of(self.plan, self.machine, self.mark) | told
        self.alerts.add_to(found["slos"])
        add_expected(self.design, found)
        return found

    def time(self) -> dict[str, Any]:
        """Where the time goes that clients waited: of all requests, and of the slowest hundredth of the traced ones."""
        since = self.mark.ns if self.mark else 0
        series = Series(self.history, since)
        self.traced.read(*self.machine.take_rows())
        slow = self.traced.slowest(since)
        mean = shares_of(self.plan, series, series.counted) if len(series) else {}
        return {"mean": ranking(self.plan, mean), "p99": ranking(self.plan, add_up(slow)) if slow else None}

    def explain(self) -> list[dict[str, Any]]:
        """Findings about what happened since `start_counting`, ranked; see worker/engine/explain.py."""
        return explain(self.plan, self.history, self.mark.ns if self.mark else 0)

    # -- the agenda -------------------------------------------------------------------------------
    def _at(self, at_ns: int, what: str, about: Any) -> None:
        self._order += 1
        heapq.heappush(self._agenda, (at_ns, self._order, what, about))

    def _plan_history(self) -> None:
        """First of all at its moment: a row is the state before what happens then."""
        heapq.heappush(self._agenda, (next_row_ns(self.now_ns), 0, "history", None))

    def _turn(self, at_ns: int, what: str, about: Any) -> None:
        """What stands on the agenda is due: a command, a step of a pattern, the end of a fault."""
        match what:
            case "due":
                self._check(about)
            case "pattern":
                client, factor = about
                self.rates.pattern[client] = factor
                self.rates.refresh(client)
                self._plan_pattern(client, at_ns)
            case "control":
                node, number = about
                if self.controls.is_due(node, number):
                    self.controls.turn(node)
                    self._plan_control(node)
            case "again":
                if about in self.controls.looped():
                    self.controls.turn(about)
            case "alerts":
                self.alerts.turn(*about)
            case "history":
                self.history.add()
                self._plan_history()
            case "ramp":
                id, number, step = about
                if (active := self._running(id, number)) is not None:
                    self._grow(active, step)
            case "leak":
                if (active := self._running(*about)) is not None:
                    if active.params["per_min"] > 0:  # it may ramp up still
                        self.faults.leak(active)
                    self._at(at_ns + leak_ns(active.params), "leak", about)
            case "heal":
                id, number = about
                if id in self.faults.active and self.faults.active[id].number == number:
                    self._heal(id)

    def _plan_control(self, node: str) -> None:
        at, about = self.controls.plan(node)
        self._at(at, "control", about)

    def _plan_pattern(self, client: str, after_ns: int = -1) -> None:
        step = self.rates.steps(client, after_ns)
        if step is not None:
            self._at(step[0], "pattern", [client, step[1]])

    # -- keeping ----------------------------------------------------------------------------------
    def snapshot(self) -> bytes:
        """Everything that `restore` needs to go on to the bit, live run only: marks of a summary are not kept."""
        said = {"events": self.events, "log": self.log, "acks": self.acks}
        agenda = {"agenda": self._agenda, "order": self._order, "seed": self.seed}
        parts = {"faults": self.faults.kept(), "rates": self.rates.kept(), "frames": self.frames.kept()}
        parts |= {"knobs": self.knobs.kept(), "controls": self.controls.kept(), "change": self.change.kept()}
        parts["alerts"] = self.alerts.kept()
        if self.change.count:
            parts["plan"] = kept_plan(self.plan, self.machine, self.change.current())
        head = json.dumps(said | agenda | parts).encode()
        return head + b"\n" + self.machine.snapshot()

    @classmethod
    def restore(cls, design: Design, snapshot: bytes) -> Simulation:
        """The simulation of that moment, of the same design. Raises ValueError for a snapshot of another one."""
        head, _, body = snapshot.partition(b"\n")
        kept = json.loads(head)
        plan = plan_of(kept["plan"], kept["seed"]) if "plan" in kept else compile_design(design, kept["seed"])
        self = cls.__new__(cls)
        self._build(plan, Machine.restore(plan.tables, body))
        bases = list(self.machine.bases)
        self.frames = Frames(self.plan, self.machine)
        self.machine.bases = bases
        self.knobs.put_back(kept["knobs"])
        self.controls.put_back(kept["controls"])
        self.change.put_back(kept["change"])
        self.alerts.put_back(kept["alerts"])
        self.faults.put_back(kept["faults"])
        self.rates.put_back(kept["rates"])
        self.frames.put_back(kept["frames"])
        self.events, self.log = kept["events"], kept["log"]
        self.acks = [(seq, at) for seq, at in kept["acks"]]
        self._agenda = [(at, order, what, about) for at, order, what, about in kept["agenda"]]
        self._order = kept["order"]
        return self

    # -- commands ---------------------------------------------------------------------------------
    def _check(self, entry: dict[str, Any]) -> None:
        """Once more, though it was checked when it was taken: an edit may have changed what it aims at."""
        command, problems = parse(entry, self.design, scheduled=False, timed=True)
        if command is not None:
            self._do(command)
        else:
            self.note(None, "command_refused", {"problems": [problem.line() for problem in problems[:5]]})

    def _do(self, command: Command) -> None:
        match command.command:
            case "inject":
                self._inject(command)
            case "heal":
                self._heal(str(command.id))
            case "set":
                self.set_param(str(command.target), str(command.param), command.value)
            case "load":
                self.rates.load[str(command.target)] = float(command.factor or 0)
                self.rates.refresh(str(command.target))
                self.note(command.target, "load", {"factor": command.factor})
            case "edit":
                self.change.edit(command.edit)

    def set_param(self, target: str, param: str, value: Any) -> None:
        """Change a parameter now; one that is not live, such as replicas, edits the design. Raises ValueError for none."""
        if not is_live(self.design, target, param):
            self.change.edit({"op": "set", "id": target, "param": param, "value": value})
            return
        self.knobs.set(target, param, value)
        self.change.follow(target, param, value)
        if target in self.plan.nodes and param == self.plan.nodes[target].node.component.control_every:
            self._plan_control(target)
        self.note(target, "set", {"param": param, "value": value})

    def _inject(self, command: Command) -> None:
        id, target, kind = str(command.id), str(command.target), str(command.fault)
        if id in self.faults.active:
            self._heal(id)
        active = self.faults.inject(id, kind, target, command.params, command.selector)
        self._rate_may_change(active.fault, target)
        self.note(target, "fault_injected", {"id": id, "fault": kind, "replicas": active.replicas})
        if FAULTS[kind].instant:
            return
        if command.ramp_s is not None:
            active.full = active.params
            self._grow(active, 0)
            for step in range(1, RAMP_STEPS + 1):
                self._at(self.now_ns + seconds(command.ramp_s) * step // RAMP_STEPS, "ramp", [id, active.number, step])
        if kind == "leak":
            self._at(self.now_ns + leak_ns(active.params), "leak", [id, active.number])
        ends = seconds(command.for_s) if command.for_s is not None else None
        if kind == "crash":
            back = returns_after(self.plan.nodes[target], command.params)
            ends = min((ns for ns in (ends, back) if ns is not None), default=None)
        if ends is not None:
            self._at(self.now_ns + ends, "heal", [id, active.number])

    def _running(self, id: str, number: int) -> Active | None:
        """The fault, if it is still in force."""
        active = self.faults.active.get(id)
        return active if active is not None and active.number == number else None

    def _grow(self, active: Active, step: int) -> None:
        """A fault that ramps up comes to the next of its steps."""
        active.params = FAULTS[active.fault].grown(active.full, step / RAMP_STEPS)
        self.faults.refresh(active)
        self._rate_may_change(active.fault, active.target)

    def _heal(self, id: str) -> None:
        active = self.faults.heal(id)
        if active is not None:
            self._rate_may_change(active.fault, active.target)
            self.note(active.target, "fault_healed", {"id": id, "fault": active.fault})

    def _rate_may_change(self, fault: str, target: str) -> None:
        if fault == "spike":
            self.rates.refresh(target)

    def note(self, where: str | None, what: str, detail: dict[str, Any]) -> None:
        """A mark on the timeline."""
        event = {"t_s": self.now_ns / 1e9, "node": where, "what": what, "detail": detail}
        self.events.append(event)
        self.log.append(event)
