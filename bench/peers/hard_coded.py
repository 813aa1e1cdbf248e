"""Workload B as one C program that can do nothing else: what the machine could reach without being general."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.peers.result import Result

SOURCE = Path(__file__).with_name("workload_b.c")


@dataclass
class HardCoded:
    """The compiled program."""

    program: Path

    @classmethod
    def build(cls) -> HardCoded | None:
        """None if there is no C compiler."""
        compiler = shutil.which("gcc") or shutil.which("cc")
        if compiler is None:
            return None
        program = Path(tempfile.mkdtemp(prefix="workload-b-")) / "workload_b"
        subprocess.run([compiler, "-O3", "-march=native", "-o", program, SOURCE, "-lm"], check=True)
        return cls(program)

    def run(self, seed: int, virtual_s: float) -> Result:
        words = subprocess.run(
            [self.program, str(seed), str(virtual_s)], check=True, capture_output=True, text=True
        ).stdout.split()
        requests, events, cpu_s, mean, p99, app, db = words
        return Result(int(requests), float(cpu_s), float(mean), float(p99), float(app), float(db), int(events))
