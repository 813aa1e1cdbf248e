"""CPU of the page for each update, beside a naive SVG page: python -m bench.canvas [--repeats 3] [--seconds 8]

200 nodes and 400 links of a real run, 10 frames a second, the whole graph in view, cards of 192 by 80 in world units.
Both pages get the same frames on the same socket and draw on a stage of the same size with the same camera; CPU is that
of Chromium's whole process tree, with software rendering. The pages take turns, so that both see the same machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from playwright.sync_api import Page, Route, expect, sync_playwright

from bench.processes import cpu_s
from tests.running import Person, Running
from tests.system.pages import ARGUMENTS, executable

NAIVE = Path(__file__).with_name("naive")
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
COLUMNS, ROWS = 20, 10
VIEW = {"width": 1600, "height": 1000}
SETTLE_MS = 4000
# The naive page's files come from here and not from the site, whose address is then a stranger's to the browser.
NEAR = "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets"
CAMERA = """() => {
  const stage = document.querySelector("#stage");
  const [, x, y, k] = stage.querySelector(".world").getAttribute("transform").match(/translate\\((\\S+) (\\S+)\\) scale\\((\\S+)\\)/);
  return { x: +x, y: +y, k: +k, w: stage.clientWidth, h: stage.clientHeight };
}"""


def large() -> dict[str, Any]:
    """Clients on the left, services on the right, eighteen columns of load balancers between: a request takes one way."""

    def id_of(column: int, row: int) -> str:
        return f"n{column}x{row % ROWS}"

    kinds = {0: "client", COLUMNS - 1: "service"}
    nodes = [
        {
            "id": id_of(column, row), "kind": kinds.get(column, "load_balancer"), "name": f"Node {column} {row}",
            "x": 288 * column, "y": 128 * row, "zone": None, "params": {"rate_rps": 30} if column == 0 else {},
        }
        for column in range(COLUMNS)
        for row in range(ROWS)
    ]  # fmt: skip
    ways = [(column, row, step) for column in range(COLUMNS - 1) for row in range(ROWS) for step in (0, 1)]
    ways += [(column, row, 2) for column in (1, 2) for row in range(ROWS)]
    links = [
        {
            "id": f"l{n}",
            "source": id_of(column, row),
            "target": id_of(column + 1, row + step),
            "params": {"timeout_ms": 30_000},
        }
        for n, (column, row, step) in enumerate(ways)
    ]
    assert (len(nodes), len(links)) == (200, 400)
    return design("Large", nodes, links)


def small() -> dict[str, Any]:
    """Fifteen nodes: clients, a load balancer, eleven services, a cache, a database."""
    kinds = ["client", "load_balancer", *["service"] * 11, "cache", "sql_primary"]
    places = [(0, 5), (1, 5), *((2, row) for row in range(11)), (3, 5), (4, 5)]
    nodes = [
        {
            "id": f"n{n}", "kind": kind, "name": f"Node {n}", "x": 288 * column, "y": 104 * row, "zone": None,
            "params": {"rate_rps": 400} if n == 0 else {},
        }
        for n, (kind, (column, row)) in enumerate(zip(kinds, places, strict=True))
    ]  # fmt: skip
    pairs = [(0, 1), *((1, n) for n in range(2, 13)), *((n, 13) for n in range(2, 13)), (13, 14)]
    links = [{"id": f"l{n}", "source": f"n{a}", "target": f"n{b}", "params": {}} for n, (a, b) in enumerate(pairs)]
    return design("Small", nodes, links)


def design(name: str, nodes: list[dict[str, Any]], links: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "format": 1, "name": name, "description": "", "scale": 1,
        "nodes": nodes, "links": links, "script": [], "slos": [],
    }  # fmt: skip


class Look(NamedTuple):
    """How to look at a run: what to open, when it is ready, and how many updates it has shown so far."""

    address: str
    ready: Callable[[Page], None]
    updates: Callable[[Page], float]
    script: str = ""
    motion: Literal["reduce", "no-preference"] = "no-preference"


class Cost(NamedTuple):
    update_ms: float
    percent: float  # of one core
    camera: Any  # of the editor


def measure(site: Running, person: Person, look: Look, seconds: float) -> Cost:
    """In a Chromium of its own, so that its process tree is what the page costs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=[*ARGUMENTS, NEAR])
        context = browser.new_context(viewport=VIEW, base_url=site.url, reduced_motion=look.motion)
        context.add_cookies([{"name": c.name, "value": c.value or "", "url": site.url} for c in person.jar])
        context.add_init_script(look.script)
        context.route("**/naive/*", naive_file)
        page = context.new_page()
        page.goto(look.address)
        look.ready(page)
        page.wait_for_timeout(SETTLE_MS)
        pid = browser_pid()
        before, done = cpu_s(pid), look.updates(page)
        page.wait_for_timeout(seconds * 1000)
        used, count = cpu_s(pid) - before, look.updates(page) - done
        camera = page.evaluate(CAMERA) if page.locator(".world").count() else None
        browser.close()
    return Cost(1000 * used / count, 100 * used / seconds, camera)


def browser_pid() -> int:
    """The browser that this process started, through Playwright's driver."""
    me = os.getpid()
    drivers = (Path("/proc") / str(me) / "task" / str(me) / "children").read_text().split()
    for driver in drivers:
        for task in (Path("/proc") / driver / "task").iterdir():
            for child in (task / "children").read_text().split():
                if b"--headless" in (Path("/proc") / child / "cmdline").read_bytes():
                    return int(child)
    raise RuntimeError("no browser was started")


def naive_file(route: Route) -> None:
    path = NAIVE / Path(route.request.url.split("?")[0]).name
    route.fulfill(body=path.read_text(), content_type=TYPES[path.suffix])


def ours_ready(page: Page) -> None:
    expect(page.locator("#verdict")).to_contain_text("served", timeout=60_000)
    page.locator("#stage").focus()
    page.keyboard.press("Shift+Digit1")


def ours_updates(page: Page) -> float:
    """Frames so far by the clock: ten for each simulated second."""
    minutes, seconds = (page.locator("#clock").text_content() or "").split(":")
    return 10 * (60 * int(minutes) + float(seconds))


def naive_ready(page: Page) -> None:
    for _ in range(600):
        if naive_updates(page) >= 3:
            return
        page.wait_for_timeout(100)
    raise RuntimeError("the naive page draws nothing")


def naive_updates(page: Page) -> float:
    return float(page.evaluate("window.frames_painted"))


def given(document: dict[str, Any], run: str, camera: Any) -> str:
    """What the naive page draws, as a script."""
    places = {node["id"]: n for n, node in enumerate(document["nodes"])}
    slim = {
        "nodes": [{key: node[key] for key in ("name", "x", "y")} for node in document["nodes"]],
        "links": [{"source": places[link["source"]], "target": places[link["target"]]} for link in document["links"]],
    }
    return f"window.given = {json.dumps({'run': run, 'camera': camera, 'design': slim})}"


def started(site: Running, person: Person, document: dict[str, Any]) -> tuple[str, str]:
    """Address of the page and id of the run, once it runs."""
    saved = person.post("/api/designs", {"design": document})
    run = str(person.post(f"/api/designs/{saved['id']}/runs", {"seed": 7})["id"])
    site.wait_for(lambda: person.get(f"/api/runs/{run}")["status"] == "running", 120)
    return f"/d/{saved['id']}", run


def table(title: str, unit: str, rows: list[tuple[str, list[float], str]], base: list[float] | None = None) -> None:
    print(f"| {title} | {unit}, median (range) | {'ratio to naive | ' if base else ''}reach |")
    print(f"|---|---|{'---|' if base else ''}---|")
    for name, costs, reach in rows:
        middle = statistics.median(costs)
        ratio = f"{middle / statistics.median(base):.2f} | " if base else ""
        print(f"| {name} | {middle:.1f} ({min(costs):.1f} to {max(costs):.1f}) | {ratio}{reach} |")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args()
    ours: list[Cost] = []
    calm: list[Cost] = []
    naive: list[Cost] = []
    fifteen: list[Cost] = []
    with tempfile.TemporaryDirectory() as folder, Running(Path(folder), "--live", "1") as site:
        person = site.person()
        address, run = started(site, person, large())
        editor = Look(address, ours_ready, ours_updates)
        for _ in range(options.repeats):
            ours.append(measure(site, person, editor, options.seconds))
            script = given(large(), run, ours[-1].camera)
            calm.append(measure(site, person, editor._replace(motion="reduce"), options.seconds))
            plain = Look("/naive/naive.html", naive_ready, naive_updates, script)
            naive.append(measure(site, person, plain, options.seconds))
        person.command(run, command="stop")
        editor = editor._replace(address=started(site, person, small())[0])
        for _ in range(options.repeats):
            fifteen.append(measure(site, person, editor, options.seconds))
    base = [cost.update_ms for cost in naive]
    rows = [
        ("naive SVG page", base, ""),
        ("the editor, dots moving", [cost.update_ms for cost in ours], "0.80"),
        ("the editor, reduced motion (no dots)", [cost.update_ms for cost in calm], "0.80"),
    ]
    table("200 nodes, 400 links, 10 updates a second", "CPU ms for each update", rows, base)
    print()
    table("15 nodes, running", "percent of one core", [("the editor", [cost.percent for cost in fifteen], "25")])
    camera = ours[-1].camera
    print(
        f"\nStage {camera['w']} by {camera['h']} px at {100 * camera['k']:.0f} %, software rendering; the editor draws its"
        " panels and charts beside it."
    )


if __name__ == "__main__":
    main()
