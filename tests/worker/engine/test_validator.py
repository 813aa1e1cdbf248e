"""The validator accepts every program that a design makes, and names what is wrong with the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from components.compute.service import Service
from components.design import parse
from components.program import NOWHERE, SELF, STATUS, Assembler, Op, Own, Reg
from tests.worker.engine.build import NS, link, node, simulation
from tests.worker.engine.made import Play, plays
from worker.engine.compiler import compile_design
from worker.engine.encode import IMMEDIATE, OWN, REGISTER, plain
from worker.engine.kernel import loop
from worker.engine.simulation import Simulation
from worker.engine.validator import FORMS, Part, ProgramError, Room, require_valid, validate

BLUEPRINTS = sorted((Path(__file__).parents[3] / "playground/designs/blueprint_files").glob("*.json"))
SLOT, OTHER, FIRST = plain(0, OWN), plain(24, OWN), plain(0, IMMEDIATE)


@settings(settings.get_profile("engine"), max_examples=60)
@given(plays())
def test_every_design_makes_a_program_that_is_accepted(play: Play) -> None:
    compile_design(play.design, 1)


@pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)
def test_blueprints_are_accepted(path: Path) -> None:
    document = json.loads(path.read_text())
    design, problems = parse(document.get("design", document))
    assert design is not None, problems
    compile_design(design, 1)


def test_all_blueprints_run_on_one_compiled_loop() -> None:
    for path in BLUEPRINTS:
        document = json.loads(path.read_text())
        design, problems = parse(document.get("design", document))
        assert design is not None, problems
        simulated = Simulation(design, 1)
        simulated.advance(NS)
        simulated.frame()
        assert simulated.machine.events > 100
    assert len(getattr(loop.run, "signatures", [0])) == 1


def test_every_opcode_that_programs_may_use_has_its_form() -> None:
    assert set(FORMS) == set(list(Op)[: Op.DELIVER])


# -- programs written by hand ------------------------------------------------------------------------
def findings(*code: tuple[int, ...], doors: tuple[int, ...] = ()) -> list[str]:
    words = [[*instruction, *[0] * (6 - len(instruction))] for instruction in code]
    part = Part("thing", 0, len(code), 100, (0,), doors)
    return validate(np.array(words, np.int64).ravel(), [part], Room(words=1000, streams=2, laws=2, hists=2))


REPLY = (Op.REPLY, plain(0, IMMEDIATE))
R8 = plain(8, REGISTER)
GOOD: dict[str, list[tuple[int, ...]]] = {
    "a station": [(Op.ACQUIRE, SLOT, 3, FIRST), (Op.RELEASE, SLOT), REPLY, REPLY],
    "two stations": [
        (Op.ACQUIRE, SLOT, -1, FIRST),
        (Op.ACQUIRE, OTHER, -1, FIRST),
        (Op.RELEASE, SLOT),
        (Op.RELEASE, OTHER),
        REPLY,
    ],
    "a loop": [(Op.SLEEP, R8), (Op.JMP, 0)],
    "a branch": [(Op.BEQ, 2, R8, R8), (Op.MOV, R8, R8), REPLY],
    "a sleeping register": [(Op.SLEEP, R8), REPLY],
    "a wait without timer": [(Op.WAIT, SLOT, -1, -1), REPLY],
    "a reply met in time": [(Op.AWAIT, R8, -1, SLOT), REPLY],
    "the own start": [(Op.NOW, plain(-15, REGISTER), plain(0, IMMEDIATE)), REPLY],
}
BAD: dict[str, tuple[list[tuple[int, ...]], str]] = {
    "jump out": ([(Op.JMP, 7)], "instruction 0 (JMP): jumps to 7"),
    "branch nowhere": ([(Op.BEQ, -1, R8, R8), REPLY], "instruction 0 (BEQ): jumps to -1"),
    "unknown op": ([(99,), REPLY], "instruction 0 (99): is no opcode"),
    "internal op": ([(Op.DELIVER,), REPLY], "instruction 0 (DELIVER): only the kernel"),
    "register 14": ([(Op.MOV, plain(14, REGISTER), R8), REPLY], "no register 14"),
    "control word": ([(Op.MOV, plain(-5, REGISTER), R8), REPLY], "must not write control word -5"),
    "read too far": ([(Op.MOV, R8, plain(-19, REGISTER)), REPLY], "no register -19"),
    "write a number": ([(Op.MOV, plain(3, IMMEDIATE), R8), REPLY], "must be an address"),
    "a number as station": ([(Op.ACQUIRE, plain(3, IMMEDIATE), -1, FIRST), REPLY], "must be an address"),
    "own word too far": ([(Op.MOV, plain(100, OWN), R8), REPLY], "own word 100 of 100"),
    "own word below": ([(Op.MOV, plain(-1, OWN), R8), REPLY], "own word -1"),
    "absolute word too far": ([(Op.MOV, plain(1000, 2), R8), REPLY], "absolute word 1000 of 1000"),
    "absolute nothing": ([(Op.MOV, plain(0, 2), R8), REPLY], "absolute word 0"),
    "no such stream": ([(Op.RAND, R8, R8, 2), REPLY], "number 2 of 2 streams"),
    "no such law": ([(Op.SERVE, 5), REPLY], "number 5 of 2 laws"),
    "no such histogram": ([(Op.OBS, -1, R8, R8), REPLY], "number -1 of 2 hists"),
    "a sleep of a number": ([(Op.SLEEP, plain(5, IMMEDIATE)), REPLY], "must be a register"),
    "a sleep of an own word": ([(Op.SLEEP, plain(5, OWN)), REPLY], "must be a register"),
    "off the end": ([(Op.MOV, R8, R8)], "instruction 0 (MOV): runs off the end"),
    "off the end after a call": ([(Op.CALL, SLOT, -1)], "instruction 0 (CALL): runs off the end"),
    "a slot kept": ([(Op.ACQUIRE, SLOT, -1, FIRST), REPLY], "ends with a slot in hand"),
    "a slot kept on one path": (
        [(Op.ACQUIRE, SLOT, -1, FIRST), (Op.BEQ, 4, R8, R8), (Op.RELEASE, SLOT), REPLY, REPLY],
        "instruction 4 (REPLY): ends with a slot in hand",
    ),
    "a slot given back twice": (
        [(Op.ACQUIRE, SLOT, -1, FIRST), (Op.RELEASE, SLOT), (Op.RELEASE, SLOT), REPLY],
        "instruction 2 (RELEASE): gives back",
    ),
    "a slot given back after a refusal": ([(Op.ACQUIRE, SLOT, 1, FIRST), (Op.RELEASE, SLOT), REPLY], "RELEASE"),
    "a slot taken twice": (
        [(Op.ACQUIRE, SLOT, -1, FIRST), (Op.ACQUIRE, SLOT, -1, FIRST), REPLY],
        "instruction 1 (ACQUIRE): takes",
    ),
    "paths that differ": (
        [(Op.BEQ, 2, R8, R8), (Op.ACQUIRE, SLOT, -1, FIRST), (Op.MOV, R8, R8), (Op.RELEASE, SLOT), REPLY],
        "different slots",
    ),
    "a loop that keeps taking": ([(Op.ACQUIRE, SLOT, -1, FIRST), (Op.SLEEP, R8), (Op.JMP, 0)], "different slots"),
    "a reply that may be lost": ([(Op.AWAIT, R8, -1, -1), REPLY], "waits for ever if a reply is lost"),
    "spawned code": ([(Op.SPAWN, 2), REPLY, (Op.RELEASE, SLOT), REPLY], "instruction 2 (RELEASE): gives back"),
}


@pytest.mark.parametrize("code", GOOD.values(), ids=GOOD)
def test_good_programs_pass(code: list[tuple[int, ...]]) -> None:
    assert findings(*code) == []


@pytest.mark.parametrize(("code", "said"), BAD.values(), ids=BAD)
def test_bad_programs_are_named(code: list[tuple[int, ...]], said: str) -> None:
    found = findings(*code)
    assert any(said in line for line in found), found
    assert all(line.startswith("thing, instruction ") for line in found)


R9, ONE = plain(9, REGISTER), plain(1, IMMEDIATE)
UNWRITTEN: dict[str, tuple[list[tuple[int, ...]], str]] = {
    "at once": ([(Op.MOV, SLOT, R9), REPLY], "instruction 0 (MOV): reads register 9"),
    "on one path": (
        [(Op.BEQ, 2, ONE, ONE), (Op.MOV, R9, ONE), (Op.MOV, SLOT, R9), REPLY],
        "instruction 2 (MOV): reads",
    ),
    "as a pointer": ([(Op.CALL, R9, -1), REPLY], "instruction 0 (CALL): reads register 9"),
    "as the start of LEAST": ([(Op.LEAST, R9, SLOT, ONE, ONE), REPLY], "instruction 0 (LEAST): reads register 9"),
    "as the tag of nothing": (
        [(Op.AWAIT, R9, 2, SLOT), REPLY, (Op.REPLY, R9)],
        "instruction 2 (REPLY): reads register 9",
    ),
    "in spawned code": (
        [(Op.SPAWN, 3), (Op.MOV, R9, ONE), REPLY, (Op.REPLY, R9)],
        "instruction 3 (REPLY): reads register 9",
    ),
}
WRITTEN: dict[str, list[tuple[int, ...]]] = {
    "message and context": [(Op.REPLY, plain(7, REGISTER))],
    "its outcome": [(Op.REPLY, plain(-1, REGISTER))],
    "on both paths": [(Op.MOV, R9, ONE), (Op.BEQ, 3, ONE, ONE), (Op.MOV, R9, ONE), (Op.REPLY, R9)],
    "over a call": [(Op.MOV, R9, ONE), (Op.CALL, SLOT, -1), (Op.REPLY, R9)],
    "round a loop": [(Op.MOV, R9, ONE), (Op.ADD, R9, R9, ONE), (Op.BLT, 1, R9, ONE), (Op.REPLY, R9)],
    "by who spawns": [(Op.MOV, R9, ONE), (Op.SPAWN, 3), REPLY, (Op.REPLY, R9)],
    "the tag of a reply": [(Op.AWAIT, R9, 2, SLOT), (Op.REPLY, R9), REPLY],
}


@pytest.mark.parametrize(("code", "said"), UNWRITTEN.values(), ids=UNWRITTEN)
def test_a_register_that_may_hold_nothing_is_named(code: list[tuple[int, ...]], said: str) -> None:
    found = findings(*code, doors=(0,))
    assert len(found) == 1 and said in found[0], found
    assert findings(*code) == []  # an activation that begins with all registers may read them


@pytest.mark.parametrize("code", WRITTEN.values(), ids=WRITTEN)
def test_registers_that_hold_something_may_be_read(code: list[tuple[int, ...]]) -> None:
    assert findings(*code, doors=(0,)) == []


def test_a_part_is_counted_from_its_own_start() -> None:
    words = np.array([*REPLY, 0, 0, 0, 0, Op.JMP, 0, 0, 0, 0, 0], np.int64)
    parts = [Part("first", 0, 1, 1, (0,)), Part("second", 1, 2, 1, (1,))]
    with pytest.raises(ProgramError, match=r"^second, instruction 0 \(JMP\): jumps to 0, out of its program$"):
        require_valid(words, parts, Room(10, 0, 0, 0))


# -- programs of a component ---------------------------------------------------------------------------
def keeps_the_slot(asm: Assembler) -> None:
    slots = asm.station("slots", 1, "queue_cap")
    with asm.entry():
        asm.acquire(slots)
        asm.reply()


def runs_on(asm: Assembler) -> None:
    with asm.entry():
        asm.move(STATUS, 0)


def writes_itself(asm: Assembler) -> None:
    with asm.entry():
        asm.move(SELF, 0)
        asm.reply()


def draws_from_nowhere(asm: Assembler) -> None:
    asm.word("word")
    with asm.entry():
        asm.emit(Op.RAND, Reg(8), 5, 10_000)
        asm.emit(Op.WAIT, Own("word"), NOWHERE, -1)
        asm.reply()


@pytest.mark.parametrize(
    "program", [keeps_the_slot, runs_on, writes_itself, draws_from_nowhere], ids=lambda f: f.__name__
)
def test_a_component_with_a_broken_program_does_not_run(
    program: Callable[[Assembler], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Any, asm: Assembler) -> None:
        program(asm)

    monkeypatch.setattr(Service, "program", broken)
    with pytest.raises(ProgramError, match=r"^service, instruction \d+ \([A-Z]+\): "):
        simulation([node("users", "client"), node("web", "service")], [link("l", "users", "web")])
