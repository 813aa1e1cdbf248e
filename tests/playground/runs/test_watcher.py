"""What one browser gets, with a socket that only remembers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from playground.limits import FRAMES_UNACKED
from playground.runs import watcher as module
from playground.runs.watcher import SILENT, Frame, Watcher


class Browser:
    def __init__(self) -> None:
        self.got: list[str] = []
        self.code: int | None = None

    async def send(self, text: str) -> None:
        self.got.append(text)

    async def close(self, code: int) -> None:
        self.code = code


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
async def watcher(browser: Browser) -> AsyncIterator[Watcher]:
    made = Watcher(browser.send, browser.close)
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()


def frame(seq: int, telling: bool = False) -> Frame:
    return Frame(seq, str(seq), telling)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_the_past_goes_out_at_once_and_then_what_came_meanwhile(watcher: Watcher, browser: Browser) -> None:
    watcher.note("state")
    watcher.offer(frame(3))
    watcher.offer(frame(31))
    watcher.begin([frame(number) for number in range(1, 31)])
    await settle()
    assert browser.got == ["state", *map(str, range(1, 32))]


async def test_nothing_comes_twice_or_backwards(watcher: Watcher, browser: Browser) -> None:
    watcher.begin([frame(1), frame(2)])
    for number in (2, 1, 3, 3, 2, 4):
        watcher.offer(frame(number))
    await settle()
    assert browser.got == ["1", "2", "3", "4"]


async def test_without_acks_only_the_newest_frame_waits(watcher: Watcher, browser: Browser) -> None:
    watcher.begin([])
    for number in range(1, 41):
        watcher.offer(frame(number))
        await settle()
    assert browser.got == [str(number) for number in range(1, FRAMES_UNACKED + 1)]
    watcher.ack(5)
    await settle()
    assert browser.got[FRAMES_UNACKED:] == ["40"]


async def test_frames_that_tell_of_events_all_arrive_in_order(watcher: Watcher, browser: Browser) -> None:
    watcher.begin([])
    for number in range(1, 41):
        watcher.offer(frame(number, telling=number in (20, 25, 26)))
        await settle()
    watcher.ack(FRAMES_UNACKED)
    await settle()
    assert browser.got[FRAMES_UNACKED:] == ["20", "25", "26", "40"]


async def test_notes_are_never_held_back(watcher: Watcher, browser: Browser) -> None:
    watcher.begin([])
    for number in range(1, 41):
        watcher.offer(frame(number))
    watcher.note("command.accepted")
    await settle()
    assert "command.accepted" in browser.got


async def test_a_browser_that_never_answers_keeps_little_memory(watcher: Watcher) -> None:
    watcher.begin([])
    for number in range(1, 5000):
        watcher.offer(frame(number, telling=True))
    await settle()
    assert len(watcher._frames) <= module.FRAMES_CAUGHT_UP


async def test_silence_closes_the_socket(watcher: Watcher, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ACK_TIMEOUT_S", 0.05)
    watcher.begin([])
    watcher.offer(frame(1))
    while browser.code is None:
        await asyncio.sleep(0.01)
    assert browser.code == SILENT


async def test_who_owes_no_ack_may_be_silent(
    watcher: Watcher, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ACK_TIMEOUT_S", 0.05)
    watcher.begin([frame(1), frame(2)])
    watcher.offer(frame(3))
    await settle()
    watcher.ack(3)
    await asyncio.sleep(0.2)
    assert browser.code is None
