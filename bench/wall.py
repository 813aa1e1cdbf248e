"""What the wall of a class costs a web process: python -m bench.wall [--rounds 12]

A round = one second of a class: the newest frame of every learner's run out of Redis in one round trip, health, p99 and
error share out of it, the line for the console, the series stored; every second round the roster out of the database. The
frames are the engine's own, of the six-node design of bench.runs; every run has a new one in every round.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

from tests.running import Running
from tests.worker.designs import document


def frames(rounds: int) -> tuple[bytes, list[bytes]]:
    """The meta message, and a frame a virtual second, as a host writes them."""
    from components.design import parse
    from worker.engine.simulation import Simulation

    design, problems = parse(document(500))
    assert design is not None, problems
    simulation, found = Simulation(design, 7), []
    for second in range(1, rounds + 2):
        simulation.advance(second * 10**9)
        found.append(simulation.frame())
    return orjson.dumps(simulation.meta()), found


def school(learners: int) -> tuple[Any, list[Any]]:
    """A class whose learners all have a run."""
    from playground.accounts.models import Person
    from playground.designs.services import design_create
    from playground.live.models import Participant, Session
    from playground.runs.models import Run

    owner = Person.objects.create()
    session = Session.objects.create(owner=owner, title="Bench", seed=1)
    runs = []
    for number in range(learners):
        person = Person.objects.create()
        design, problems = design_create(owner=person, document=document(500))
        assert design is not None, problems
        name = f"Learner {number}"
        Participant.objects.create(session=session, person=person, nickname=name, folded=name, design=design)
        # Queued, so that no worker advances it and none is missed: the frames come from here.
        runs.append(Run.objects.create(design=design, revision=0, seed=1, starter=person))
    return session, runs


async def measure(session: Any, runs: list[Any], meta: bytes, made: list[bytes]) -> None:
    from playground.live.gatherer import Gatherer
    from playground.runs import keys
    from playground.runtime.redis import async_client

    client = async_client()
    gatherer = Gatherer(session.pk, client)
    gatherer.task.cancel()
    sent: list[int] = []

    async def console(message: dict[str, Any]) -> None:
        sent.append(len(orjson.dumps(message)))

    await gatherer.join(console)
    cpu, wall, read = [], [], []
    for seq, frame in enumerate(made, start=1):
        pipe = client.pipeline(transaction=False)
        for run in runs:
            pipe.set(keys.meta(run.pk), meta)
            pipe.xadd(keys.frames(run.pk), {"f": frame}, id=f"{seq}-0", maxlen=keys.FRAMES_KEPT, approximate=True)
        await pipe.execute()
        began, used = time.perf_counter(), time.process_time()
        await gatherer.round()
        cpu.append(1000 * (time.process_time() - used))
        wall.append(1000 * (time.perf_counter() - began))
        read.append(1000 * gatherer.cost_s)
        await asyncio.sleep(1.0)
    cpu, wall, read = cpu[1:], wall[1:], read[1:]  # the first draws all the pictures
    print(
        f"| {len(runs)} | {statistics.mean(cpu):.1f} ms | {max(cpu):.1f} ms | {statistics.mean(read):.1f} ms |"
        f" {statistics.mean(wall):.1f} ms | {max(wall):.1f} ms | {sent[-1] / 1000:.1f} kB |"
    )
    await client.aclose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    options = parser.parse_args()
    meta, made = frames(options.rounds)
    with tempfile.TemporaryDirectory() as folder, Running(Path(folder), "--live", "1") as site:
        os.environ |= {"PLAYGROUND_VAR": str(site.var), "DJANGO_SETTINGS_MODULE": "playground.settings"}
        os.environ["REDIS_URL"] = site.redis_url
        import django

        django.setup()
        print(f"A frame is {len(made[-1]) / 1000:.1f} kB. CPU of a round, all threads; per second and class.\n")
        print(
            "| learners | CPU, mean | CPU, worst | of that reading frames | took, mean | took, worst | to a console |"
        )
        print("|---|---|---|---|---|---|---|")
        for learners in (30, 100, 200):
            session, runs = school(learners)
            asyncio.run(measure(session, runs, meta, made))


if __name__ == "__main__":
    main()
