"""How long a run stands still when its worker is killed: python -m bench.recovery [--kills 5]

kill -9 of a live worker while the other one stands by, the kernel being compiled. The gap is from the last frame before
the kill to the first after it, as a watcher sees them; 100 ms of it would have passed anyway.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from bench.processes import idle_percent
from tests.running import Running
from tests.system.follow import Follower, told_again, without_wall
from tests.worker.designs import document

SEED = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=5)
    options = parser.parse_args()
    rng = random.Random(1)
    print(f"others leave {idle_percent():.0f} % of the cores idle", flush=True)
    with tempfile.TemporaryDirectory() as var, Running(Path(var), "--live", "2") as site:
        person = site.person()
        run = person.start(document(500), SEED)
        follower = Follower(site, run)
        site.wait_for(lambda: follower.newest > 10)
        gaps = []
        for number in range(options.kills):
            time.sleep(rng.uniform(1, 6))
            person.command(run, command="load", target="users", factor=rng.choice([0.8, 1, 1.2]))
            name = site.host_of(run)
            site.kill(name)
            time.sleep(0.02)
            before = follower.newest
            site.wait_for(lambda before=before: follower.newest > before)
            gaps.append(follower.arrived[before + 1] - follower.arrived[before])
            print(f"kill {number + 1} of {name} at frame {before}: {gaps[-1]:.2f} s", flush=True)
        person.command(run, command="stop")
        site.wait_for(lambda: person.get(f"/api/runs/{run}")["status"] == "stopped")
        follower.stop()
        told = told_again(document(500), SEED, person.get(f"/api/runs/{run}")["commands"], follower.newest)
        same = without_wall(follower.frames) == told and not follower.wrong
    print(
        f"recovery: median {sorted(gaps)[len(gaps) // 2]:.2f} s, worst {max(gaps):.2f} s; frames {'equal' if same else 'DIFFER'}"
    )


if __name__ == "__main__":
    main()
