"""Edits of the design of a run: which design runs, which one waits to be complete, and what else must know of a change."""

from __future__ import annotations

import heapq
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from components.design import parse, runnable
from components.edits import apply
from components.model import Design, as_dict
from components.problem import Problem
from components.program import ms
from components.targets import is_live
from worker.engine.frames import Frames
from worker.engine.layout import Link, Timers
from worker.engine.timeouts import set_timeout
from worker.engine.translate import Translation

if TYPE_CHECKING:
    from worker.engine.simulation import Simulation


class Change:
    """Of one simulation. An edit that leaves the design unable to run waits for the one that completes it."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.draft: Design | None = None
        self.count = 0  # of changes that gave nodes, links or replicas other places
        self.shown = 0  # of them, how many had a frame

    def current(self) -> Design:
        """The design that runs, with its parameters as they are now."""
        plan = self.simulation.plan
        nodes = tuple(placed.node for placed in plan.nodes.values())
        return replace(plan.design, nodes=nodes, links=tuple(placed.link for placed in plan.links.values()))

    def edit(self, edit: Any) -> None:
        """What is wrong with an edit is said on the timeline; the run goes on as it was."""
        simulation = self.simulation
        design, problems, _ = apply(self.draft or self.current(), edit)
        if design is not None:
            problems = fixed_problems(self.current(), design)
        if design is None or problems:
            simulation.note(None, "edit_refused", {"problems": [problem.line() for problem in problems[:5]]})
            return
        if edit["op"] == "set" and self.draft is None and is_live(self.current(), edit["id"], edit["param"]):
            simulation.set_param(edit["id"], edit["param"], edit["value"])
            return
        if missing := runnable(design):
            self.draft = design
            simulation.note(None, "edit_waits", {"problems": [problem.line() for problem in missing[:5]]})
            return
        self.draft = None
        self.adopt(design)
        simulation.note(None, "edited", {"op": edit["op"]})

    def follow(self, target: str, param: str, value: Any) -> None:
        """A live parameter was set: a draft that waits has it too."""
        if self.draft is not None and self.draft.find(target) is not None:
            design, _, _ = apply(self.draft, {"op": "set", "id": target, "param": param, "value": value})
            self.draft = design or self.draft

    def adopt(self, design: Design) -> None:
        """Run this design from now on."""
        simulation, plan = self.simulation, self.simulation.plan
        translation = Translation(simulation, self.current(), design)
        simulation.design = plan.design = design
        if translation.is_quiet:
            translation.rename()
            simulation.alerts.follow()
            return
        gone = set(plan.nodes) - set(translation.kept) | set(plan.links) - {link.id for link in design.links}
        patterns = {id: placed.node.filled.get("pattern") for id, placed in plan.nodes.items()}
        translation.run()
        self.count += 1
        touched = [*translation.asms, *(placed.node.id for placed in translation.born)]
        simulation.faults.adapt(gone, touched)
        for way in plan.ways():
            for lane in way.all_lanes():
                duration = ms(way.link.filled["timeout_ms"])
                if simulation.machine.arena[lane + Link.TIMERS + Timers.DURATION] != duration:
                    set_timeout(simulation.machine, lane, duration)
        restarted = [id for id in touched if patterns.get(id) != plan.nodes[id].node.filled.get("pattern")]
        self.clear_agenda(gone, restarted)
        self.adapt_rates(touched, restarted)
        for placed in translation.born:
            simulation.controls.memory.pop(placed.node.id, None)
            if placed.node.component.control_every:
                simulation._plan_control(placed.node.id)
        simulation.frames = Frames(plan, simulation.machine, simulation.frames)
        simulation.traced.adapt(plan)
        simulation.alerts.follow()
        simulation.history = simulation.history.after_edit(plan)

    def clear_agenda(self, gone: set[str], restarted: list[str]) -> None:
        """Steps of patterns that are gone, or are other ones now."""

        def stays(what: str, about: Any) -> bool:
            return what != "pattern" or (about[0] not in gone and about[0] not in restarted)

        simulation = self.simulation
        simulation._agenda = [entry for entry in simulation._agenda if stays(entry[2], entry[3])]
        heapq.heapify(simulation._agenda)
        for id in gone:
            simulation.controls.memory.pop(id, None)

    def adapt_rates(self, touched: list[str], restarted: list[str]) -> None:
        simulation = self.simulation
        rates, nodes = simulation.rates, simulation.plan.nodes
        rates.forget({id for id in rates.load if id not in nodes or nodes[id].totals_hist < 0})
        for id in touched:
            if nodes[id].totals_hist < 0:
                continue
            rates.load.setdefault(id, 1.0)
            if id in restarted or id not in rates.pattern:
                rates.pattern[id] = rates.at(id, simulation.now_ns)
                simulation._plan_pattern(id, simulation.now_ns)
            if not rates.is_open(id):
                rates.forget_gap(id)
            rates.refresh(id)

    def kept(self) -> dict[str, Any]:
        """For a snapshot."""
        return {"draft": self.draft and as_dict(self.draft), "count": self.count, "shown": self.shown}

    def put_back(self, kept: dict[str, Any]) -> None:
        self.count, self.shown = kept["count"], kept["shown"]
        self.draft = parse(kept["draft"], draft=True)[0] if kept["draft"] else None


def fixed_problems(before: Design, design: Design) -> list[Problem]:
    """Parameters that the edit would change though their kind cannot in a run."""
    olds = {node.id: node for node in before.nodes}
    return [
        Problem(node.id, name, node.filled[name], "cannot change while a run is on")
        for node in design.nodes
        if node.id in olds and olds[node.id].kind == node.kind
        for name in node.component.fixed
        if node.filled[name] != olds[node.id].filled[name]
    ]
