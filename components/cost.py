"""What a design costs a month, by list prices that a file dates and names the sources of.

A node costs replicas x items x price_per_hour x 730 h, plus storage for each replica. A replica needs one item
for each `holds` of the param that sizes it, so that slots are not free. A node's own `price_per_hour` replaces
the hourly price of a replica. Requests are not priced; traffic is where a kind
says what it costs.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from components.model import Design, Node

PRICES = Path(__file__).with_name("prices.json")
PRICES_FILE = "PRICES_FILE"
"""Environment variable with the path of another price file of the same form."""

Prices = Mapping[str, Any]


def load_prices(path: Path | None = None) -> Prices:
    """The prices of `path`, else of the file that the environment names, else of this package.

    Raises ValueError, with the place, for a file that is not a price file.
    """
    return _read(path or Path(os.environ.get(PRICES_FILE) or PRICES))


@cache
def _read(path: Path) -> Prices:
    try:
        prices: Prices = json.loads(path.read_text(encoding="utf-8"))
        for key in ("date", "currency", "note", "hours_per_month"):
            prices[key]
        for kind, price in prices["kinds"].items():
            for part in [price, *([price["storage"]] if "storage" in price else [])]:
                if part["item"] not in prices["items"]:
                    raise ValueError(f"{path.name}: kinds.{kind} names the item {part['item']!r}, which has no price")
    except (OSError, KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path.name}: is not a price file: {error}") from error
    return prices


def cost(design: Design, prices: Prices | None = None) -> dict[str, Any]:
    """{"per_month", "currency", "prices_of" (date), "note", "nodes": {id: {"per_month", "item", "count", …}}}.

    Kinds that the file does not name are free: they stand for what others pay, such as the users.
    """
    prices = load_prices() if prices is None else prices
    nodes = {node.id: node_cost(node, prices) for node in design.nodes if priced(node, prices)}
    total = sum(node["per_month"] for node in nodes.values())
    head = {"per_month": round(total, 2), "currency": prices["currency"], "prices_of": prices["date"]}
    return head | {"note": prices["note"], "nodes": nodes}


def with_traffic(
    found: dict[str, Any], dollars_per_s: Mapping[str, float], prices: Prices | None = None
) -> dict[str, Any]:
    """The same, with what the traffic of nodes costs if a month is like the measured time: `traffic` of the node."""
    seconds = (load_prices() if prices is None else prices)["hours_per_month"] * 3600
    nodes = dict(found["nodes"])
    for id, rate in dollars_per_s.items():
        traffic = round(rate * seconds, 2)
        node = nodes.get(id, {"per_month": 0.0, "item": None, "count": 0, "per_hour": 0.0, "storage": 0.0})
        nodes[id] = node | {"per_month": round(node["per_month"] + traffic, 2), "traffic": traffic}
    total = round(sum(node["per_month"] for node in nodes.values()), 2)
    return found | {"per_month": total, "nodes": nodes}


def priced(node: Node, prices: Prices) -> bool:
    return node.kind in prices["kinds"] or node.filled.get("price_per_hour") is not None


def node_cost(node: Node, prices: Prices) -> dict[str, Any]:
    """`count` items at `per_hour` each, and `storage` a month, of all replicas."""
    price = prices["kinds"].get(node.kind, {})
    replicas = node.replicas
    own = node.filled.get("price_per_hour")
    each = items_of(node, price) if own is None else 1
    per_hour = float(prices["items"][price["item"]]["per_hour"] if own is None else own)
    storage = storage_of(price, prices) * replicas
    per_month = replicas * each * per_hour * prices["hours_per_month"] + storage
    item = price.get("item") if own is None else None
    return {
        "per_month": round(per_month, 2), "item": item, "count": replicas * each,
        "per_hour": per_hour, "storage": round(storage, 2),
    }  # fmt: skip


def items_of(node: Node, price: Mapping[str, Any]) -> int:
    """As many as the params need that size a replica: one, or a list of which the most counts."""
    size = price.get("size", [])
    sizes = size if isinstance(size, list) else [size]
    return max([1, *(int(math.ceil(node.filled[one["param"]] / one["holds"])) for one in sizes)])


def storage_of(price: Mapping[str, Any], prices: Prices) -> float:
    storage = price.get("storage")
    return storage["gb"] * float(prices["items"][storage["item"]]["per_gb_month"]) if storage else 0.0
