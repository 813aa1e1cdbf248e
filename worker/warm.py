"""python -m worker.warm: compiles the simulation kernel, or finds it compiled, and says how long that took."""

from __future__ import annotations

import time


def main() -> None:
    started = time.monotonic()
    from worker.engine.kernel import warm

    warm()
    print(f"ready, {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main()
