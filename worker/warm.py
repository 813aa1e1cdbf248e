"""python -m worker.warm: compiles the simulation kernel, or finds it compiled, and says how long that took."""

from __future__ import annotations

import sys
import time


def main() -> None:
    started = time.monotonic()
    from worker.engine.kernel import warm

    warm()
    sys.stdout.write(f"ready, {time.monotonic() - started:.1f} s\n")


if __name__ == "__main__":
    main()
