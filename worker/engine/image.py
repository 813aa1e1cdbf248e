"""Start values: what the words of nodes and lanes hold before anything has happened."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np

from components.link import NET_PRESETS_MS
from components.model import Link
from components.program import Item, carries, ms, probability
from worker.engine.layout import CLASSES, LINE, Cache, Queue, Station, Timers, Totals
from worker.engine.layout import Link as Lane
from worker.engine.layout import Node as Header
from worker.engine.place import RECORDS, PlacedLink, PlacedNode, size_of


def fill_node(image: np.ndarray, placed: PlacedNode) -> None:
    """Start values of all state of a node."""
    for name, address in placed.shared.items():
        fill_item(image, placed, placed.asm.items[name], address, 0)
    for replica in range(len(placed.replicas)):
        fill_replica(image, placed, replica)


def fill_replica(image: np.ndarray, placed: PlacedNode, replica: int) -> None:
    block = placed.replicas[replica]
    write_header(image, block, placed.hist)
    for item in placed.asm.items.values():
        if not item.shared:
            fill_item(image, placed, item, block + placed.own[item.name], replica)


def fill_item(image: np.ndarray, placed: PlacedNode, item: Item, address: int, copy: int) -> None:
    """Start values of a piece of state at its address, and of the region that it points at."""
    write_item(image, address, item)
    if item.record == "totals":
        image[address + Totals.HIST] = placed.totals_hist
    if item.name in placed.parts:
        image[address + Totals.HIST] = placed.parts[item.name]
    if item.each:
        image[address] = item.each[copy]
    if item.record == "cache":
        image[address + Cache.STREAM] = placed.streams[item.stream]
    if item.record in ("table", "cache"):
        at, words = placed.regions[item.name][copy]
        image[address + (Cache.BASE if item.record == "cache" else 0)] = at
        image[at : at + words] = item.values or item.init.get("", 0)


def find_lanes(link: PlacedLink, caller: PlacedNode) -> None:
    """Where the lanes of a link are: those of the caller's program, and those that only its earlier ones call over."""
    lane_items = [item for item in caller.asm.items.values() if item.record == "lane"]
    item = next((item for item in lane_items if item.link == link.link.id), None)
    link.lanes, link.old_lanes = [], []
    if item is not None:  # else its program does not use it
        link.lanes = [
            [block + caller.own[item.name] + lane * LINE for lane in range(item.size)] for block in caller.replicas
        ]
    taken = {lane for lanes in link.lanes for lane in lanes}
    led = dict(zip(caller.ends.get(link.link.id, ()), link.ends, strict=False))  # where a lane leads since a promotion
    for old in caller.old:
        for item in old.asm.items.values():
            if item.record == "lane" and item.link == link.link.id:
                for (place, end), block in itertools.product(enumerate(old.ends[item.link]), caller.replicas):
                    address = block + old.own[item.name] + place * LINE
                    if address not in taken:
                        taken.add(address)
                        link.old_lanes.append((led.get(end, end), address))


def fill_lanes(image: np.ndarray, link: PlacedLink, nodes: Mapping[str, PlacedNode], quiet: bool) -> None:
    """Start values of all lanes of a link."""
    for lanes in link.lanes:
        for end, lane in zip(link.ends, lanes, strict=True):
            fill_lane(image, link, lane, end, nodes, quiet)


def fill_lane(
    image: np.ndarray, link: PlacedLink, lane: int, end: tuple[str, int], nodes: Mapping[str, PlacedNode], quiet: bool
) -> None:
    for offset, value in way_words(link, nodes[link.link.source], quiet).items():
        image[lane + offset] = value
    image[lane + Lane.TARGET_PC] = nodes[end[0]].door(link.door)
    image[lane + Lane.TARGET_SELF] = nodes[end[0]].replicas[end[1]]


def way_words(link: PlacedLink, caller: PlacedNode, quiet: bool) -> dict[int, int]:
    """Words that all lanes of a link have alike."""
    once, unpacks = (caller.shared.get(f"{name}:{link.link.id}", 0) for name in ("once", "unpack"))
    return lane_words(link) | {Lane.QUIET: int(quiet), Lane.ONCE: once, Lane.UNPACKS: unpacks}


def lane_words(link: PlacedLink) -> dict[int, int]:
    """Words of a lane that come from the link's parameters."""
    params = link.link.filled
    one_way, jitter, lost = ms(round_trip_ms(link.link)) // 2, ms(params["jitter_ms"]), probability(params["loss_p"])
    words: dict[int, int] = {Lane.OUT: one_way, Lane.BACK: one_way, Lane.OUT_JITTER: jitter, Lane.BACK_JITTER: jitter}
    words |= {Lane.OUT_LOSS: lost, Lane.BACK_LOSS: lost, Lane.STREAM: link.stream, Lane.HIST: link.hist}
    words |= {Lane.FAILED: link.failed, Lane.TIMERS + Timers.DURATION: ms(params["timeout_ms"])}
    words[Lane.CARRIES] = carries(params["deadline_propagation"], params["timeout_ms"])
    return words | {Lane.TIMERS + Timers.HEAD: -1, Lane.TIMERS + Timers.TAIL: -1, Lane.TIMERS + Timers.TOKEN: -1}


def round_trip_ms(link: Link) -> float:
    """The own rtt_ms, else the preset's, else the default."""
    preset = link.filled["preset"]
    return float(
        link.params["rtt_ms"] if "rtt_ms" in link.params else NET_PRESETS_MS.get(preset, link.filled["rtt_ms"])
    )


def write_header(image: np.ndarray, block: int, hist: int) -> None:
    image[block + Header.SLOW] = 1024
    image[block + Header.HOLD_HEAD] = image[block + Header.HOLD_TAIL] = -1
    image[block + Header.HIST] = hist


def write_item(image: np.ndarray, address: int, item: Item) -> None:
    """Start values of a piece of state."""
    if item.record == "word":
        image[address : address + size_of(item)] = item.init.get("", 0)
    if item.record in ("word", "table"):
        return
    if item.record == "station":
        image[address + Station.HEAD : address + Station.HEAD + 2 * CLASSES] = -1
    if item.record == "queue":
        queues = image[address : address + size_of(item)].reshape(item.size, -1)
        queues[:] = 0
        queues[:, [Queue.HEAD, Queue.TAIL]] = -1
        return
    if item.record == "cache":
        image[address + Cache.HEAD] = image[address + Cache.TAIL] = image[address + Cache.EVICTED] = -1
    for name, value in item.init.items():
        image[address + RECORDS[item.record][name]] = value


def words_of_region(item: Item) -> int:
    return item.size * (3 if item.record == "cache" else 1)
