from __future__ import annotations

from worker.gate import FULL, ROOM, Gate


def test_a_full_worker_takes_no_runs_until_there_is_room_again() -> None:
    said: list[str] = []
    share = [0.0]
    gate = Gate(lambda: share[0], stop=lambda: said.append("stop"), take=lambda: said.append("take"))
    for share[0] in (0.1, FULL - 0.01, FULL, 1.0, FULL - 0.01, ROOM + 0.01):
        gate.look()
    assert said == ["stop"]
    for share[0] in (ROOM, 0.2, FULL - 0.01, FULL):
        gate.look()
    assert said == ["stop", "take", "stop"]
