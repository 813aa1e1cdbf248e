"""The numbers on the page are those of the run's frames, and stand still when no frame comes."""

from __future__ import annotations

import os
import re
import signal
from typing import Any

import orjson
from playwright.sync_api import Page, expect

from playground.runs import keys
from tests.running import Running
from tests.system.hand import SLOW_MS
from tests.system.shown import after
from tests.system.visitors import Visitors, picture
from tests.system.wire import Wire

READ = """() => {
  const text = (selector, root = document) => root.querySelector(selector)?.textContent ?? null;
  const cards = [...document.querySelectorAll("#stage .node")].map((g) => [
    g.dataset.id, [text(".n-rate", g), text(".n-p99", g), text(".n-load", g)]]);
  const reasons = [...document.querySelectorAll("#reasons .reason")].map((li) => [
    li.dataset.reason, Number(li.dataset.count)]);
  return { clock: text("#clock"), timeline: text(".timeline-clock"), verdict: text("#verdict"),
    reasons: Object.fromEntries(reasons), cards: Object.fromEntries(cards) };
}"""
STILL_S = 0.3  # virtual: texts on cards are written five times a second at most


def read(page: Page) -> dict[str, Any]:
    """All numbers at one moment."""
    return dict(page.evaluate(READ))


def numbers(page: Page) -> dict[str, Any]:
    """Without the clock of the bar, which shows the place in the queue when the run has to wait for a worker."""
    shown = read(page)
    del shown["clock"]
    return shown


def streamed(site: Running, run: str) -> dict[int, dict[str, Any]]:
    """The newest frames as the worker wrote them."""
    rows: Any = site.redis.xrange(keys.frames(run))
    frames = [orjson.loads(fields[b"f"]) for _, fields in rows]
    return {frame["seq"]: frame for frame in frames}


def test_what_is_shown_is_what_the_frames_say(visitors: Visitors, site: Running) -> None:
    hand = visitors.editor("Cache before a database")
    page, wire = hand.page, Wire(hand.page)
    hand.run()
    hand.break_("db", "error")
    expect(page.locator("#reasons .reason")).not_to_have_count(0, timeout=SLOW_MS)
    moments = []
    for _ in range(12):
        moments.append(read(page))
        page.wait_for_timeout(250)
    page.locator("#run").click()
    expect(page.locator("#run")).to_contain_text("Resume", timeout=SLOW_MS)
    page.wait_for_timeout(1500)  # the last frame is on its way, and texts are written 0.3 s later
    moments.append(read(page))
    picture(page, "numbers-paused")

    # The page was sent the frames of this run as the worker wrote them.
    truth, seen = streamed(site, wire.meta["run"]), {frame["seq"]: frame for frame in wire.frames}
    assert max(seen) == max(truth)
    both = truth.keys() & seen.keys()
    assert len(both) >= 30
    assert all(truth[seq] == seen[seq] for seq in both)

    # While it runs, all that is painted together is that of one frame, and cards are hardly older.
    frames = wire.frames
    states = [after(wire.meta, frames[: n + 1]) for n in range(len(frames))]
    assert len({moment["clock"] for moment in moments}) > 8
    for moment in moments:
        same = [state for state in states if state.clock == moment["clock"]]
        assert any((state.verdict, state.reasons) == (moment["verdict"], moment["reasons"]) for state in same), moment
        recent = [state for state in states if same[0].t_s - STILL_S <= state.t_s <= same[-1].t_s]
        for id, (rate, p99, _) in moment["cards"].items():
            assert (rate, p99) in [state.card(id) for state in recent], (id, moment)

    # When it stands still everything is that of the last one.
    last, shown = states[-1], moments[-1]
    assert (shown["clock"], shown["timeline"], shown["verdict"]) == (last.clock, last.clock, last.verdict)
    assert shown["reasons"] == last.reasons and last.reasons
    for id, (rate, p99, load) in shown["cards"].items():
        assert (rate, p99) == last.card(id)
        if id not in wire.meta["clients"]:
            assert load == last.load(id)


def test_numbers_stop_with_the_workers_and_the_page_says_so(visitors: Visitors, site: Running) -> None:
    hand = visitors.editor("Cache before a database")
    page = hand.page
    hand.run()
    workers = [pid for name, pid in site.pids.items() if name.startswith("live-")]
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        expect(page.locator("#connection")).to_contain_text("No news from the run", timeout=SLOW_MS)
        was, stood = numbers(page), hand.clock()
        page.wait_for_timeout(2500)
        assert numbers(page) == was
        expect(page.locator("#connection")).to_contain_text(f"from {was['timeline'].split('.')[0]}")
        expect(page.locator("body")).to_have_class(re.compile(r"\bdisconnected\b"))
        picture(page, "numbers-stopped")
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
    hand.later(stood + 1)
    expect(page.locator("#connection")).to_be_hidden(timeout=SLOW_MS)


def test_numbers_go_on_after_the_worker_was_killed(visitors: Visitors, site: Running) -> None:
    hand = visitors.editor("Cache before a database")
    wire = Wire(hand.page)
    hand.run()
    was = hand.clock()
    name = site.host_of(wire.meta["run"])
    site.kill(name)
    hand.later(was + 2)
    numbers = [frame["seq"] for frame in wire.frames]
    assert numbers == list(range(1, len(numbers) + 1))
