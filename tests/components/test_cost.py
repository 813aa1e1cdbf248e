"""What a design costs: replicas times items times hours, and storage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from components.catalog import KINDS
from components.cost import PRICES, cost, load_prices
from components.design import Design, parse


def design(*nodes: tuple[str, dict[str, Any]]) -> Design:
    listed = [{"id": f"n{i}", "kind": kind, "params": params} for i, (kind, params) in enumerate(nodes)]
    parsed, problems = parse({"format": 1, "name": "x", "nodes": listed, "links": []}, draft=True)
    assert parsed, problems
    return parsed


def test_a_machine_and_a_database_in_two_zones_cost_342_dollars_74() -> None:
    """m5.large 0.096 x 730 + 2 x db.m5.large 0.171 x 730 + 2 x 100 GB x 0.115: the identity of the price list."""
    found = cost(design(("service", {}), ("sql_primary", {"replicas": 2})))
    assert found["per_month"] == 342.74
    assert [node["per_month"] for node in found["nodes"].values()] == [70.08, 272.66]
    assert found["nodes"]["n1"]["storage"] == 23.0


def test_every_replica_costs() -> None:
    for kind in ("service", "load_balancer", "cache", "sql_primary"):
        one, three = (cost(design((kind, {"replicas": n})))["per_month"] for n in (1, 3))
        assert three == pytest.approx(3 * one, abs=0.02)


def test_more_slots_than_a_machine_has_need_more_machines() -> None:
    assert cost(design(("service", {"workers": 16})))["nodes"]["n0"]["count"] == 1
    assert cost(design(("service", {"workers": 17, "replicas": 2})))["nodes"]["n0"]["count"] == 4
    assert cost(design(("sql_primary", {"max_conns": 1000})))["nodes"]["n0"]["count"] == 10


def test_an_own_price_replaces_that_of_a_replica() -> None:
    found = cost(design(("service", {"price_per_hour": 1, "workers": 64, "replicas": 2})))
    assert found["nodes"]["n0"] == {"per_month": 1460.0, "item": None, "count": 2, "per_hour": 1.0, "storage": 0.0}
    assert cost(design(("service", {"price_per_hour": 0})))["per_month"] == 0


def test_users_cost_nothing() -> None:
    assert cost(design(("client", {}))) | {"note": ""} == {
        "per_month": 0, "currency": "USD", "prices_of": load_prices()["date"], "note": "", "nodes": {},
    }  # fmt: skip


def test_every_kind_that_works_has_a_price_with_a_source() -> None:
    prices = load_prices()
    assert set(prices["kinds"]) == {kind for kind, component in KINDS.items() if component.receives}
    assert all(item["source"] for item in prices["items"].values())


def test_a_replica_has_as_many_items_as_its_cores_and_its_memory_need() -> None:
    for params, items in (({}, 1), ({"cpu_cores": 8}, 4), ({"mem_gb": 60}, 8), ({"cpu_cores": 8, "mem_gb": 60}, 8)):
        assert cost(design(("push_gateway", params)))["per_month"] == pytest.approx(items * 0.096 * 730, abs=0.01)


def test_another_price_file_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dear = json.loads(PRICES.read_text())
    dear["items"]["m5.large"]["per_hour"] = 1
    path = tmp_path / "dear.json"
    path.write_text(json.dumps(dear))
    monkeypatch.setenv("PRICES_FILE", str(path))
    assert cost(design(("service", {})))["per_month"] == 730


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"date": 1}'])
def test_a_file_that_holds_no_prices_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"odd\.json: is not a price file"):
        load_prices(path)


def test_a_kind_whose_item_has_no_price_is_refused(tmp_path: Path) -> None:
    odd = json.loads(PRICES.read_text())
    odd["kinds"]["cache"]["item"] = "gold"
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(odd))
    with pytest.raises(ValueError, match="names the item 'gold'"):
        load_prices(path)
