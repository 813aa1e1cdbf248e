"""python -m worker.simulate, word for word as the contract says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.cost import cost
from components.design import parse

DESIGN: dict[str, Any] = {
    "format": 1,
    "name": "Cache before a database",
    "nodes": [
        {"id": "users", "kind": "client", "name": "Users", "params": {"rate_rps": 400}},
        {"id": "lb", "kind": "load_balancer", "name": "Balancer"},
        {"id": "web", "kind": "service", "name": "Web", "params": {"replicas": 2, "workers": 8}},
        {"id": "cache", "kind": "cache", "name": "Cache"},
        {"id": "db", "kind": "sql_primary", "name": "Database"},
    ],
    "links": [
        {"id": "l1", "source": "users", "target": "lb", "params": {"retry": {"max": 2}}},
        {"id": "l2", "source": "lb", "target": "web"},
        {"id": "l3", "source": "web", "target": "cache"},
        {"id": "l4", "source": "cache", "target": "db", "params": {"circuit_breaker": {}}},
    ],
    "slos": [
        {"name": "fast reads", "sli": "latency", "threshold_ms": 150, "target": 0.99},
        {"name": "up", "sli": "availability", "target": 0.999},
    ],
}
CRASH = [
    {"at_s": 8, "command": "inject", "id": "f1", "fault": "crash", "target": "web", "selector": {"n": 1}, "for_s": 4}
]


def simulate(tmp_path: Path, design: Any, *options: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "design.json"
    file.write_text(design if isinstance(design, str) else json.dumps(design))
    command = [
        sys.executable,
        "-m",
        "worker.simulate",
        str(file),
        "--duration",
        "10",
        "--warmup",
        "2",
        "--json",
        *options,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def result(tmp_path: Path, design: Any, *options: str) -> dict[str, Any]:
    done = simulate(tmp_path, design, *options)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return result(tmp_path_factory.mktemp("run"), DESIGN)


def test_the_summary_has_the_keys_of_the_contract(summary: dict[str, Any]) -> None:
    assert {"engine", "seed", "virtual_s", "warmup_s", "duration_s", "scale", "client", "clients", "nodes", "links", "slos",
            "events", "cost", "explain", "wall_s", "cpu_s", "compile_s", "requests_per_cpu_s", "events_per_cpu_s"} <= set(summary)  # fmt: skip
    assert (summary["virtual_s"], summary["warmup_s"], summary["duration_s"]) == (12.0, 2.0, 10.0)
    assert set(summary["client"]["latency_ms"]) == {"mean", "p50", "p90", "p95", "p99", "p999", "max"}
    assert {"kind", "arrivals", "completions", "rejects", "utilisation", "queue_mean", "queue_max", "latency_ms", "own_ms",
            "counters"} <= set(summary["nodes"]["web"])  # fmt: skip
    assert {"calls", "tries", "ok", "failed", "retries", "late", "latency_ms"} <= set(summary["links"]["l1"])
    assert summary["clients"]["users"] == summary["client"]


def test_requests_are_conserved_to_the_unit(summary: dict[str, Any]) -> None:
    client = summary["client"]
    assert client["offered"] > 3000
    came = client["offered"] + client["in_flight_start"]
    assert came == client["ok"] + sum(client["failed"].values()) + client["in_flight_end"]


def test_percentiles_are_in_order(summary: dict[str, Any]) -> None:
    for part in (summary["client"], *summary["nodes"].values(), *summary["links"].values()):
        shown = [part["latency_ms"][name] for name in ("p50", "p90", "p95", "p99", "p999", "max")]
        assert shown == sorted(shown)


def test_every_component_counts(summary: dict[str, Any]) -> None:
    cache = summary["nodes"]["cache"]["counters"]
    assert cache["hits"] > 0 and cache["misses"] > 0
    shares = summary["nodes"]["lb"]["counters"]["share"]
    assert set(shares) == {"web.0", "web.1"} and sum(shares.values()) == pytest.approx(1, abs=1e-5)
    assert 0 < summary["nodes"]["db"]["utilisation"] < 1
    assert summary["slos"][0]["met"] is True and summary["slos"][1]["valid"] > 0


def test_the_database_counts_its_writes(summary: dict[str, Any]) -> None:
    db, client = summary["nodes"]["db"], summary["client"]
    assert db["counters"]["writes"] == pytest.approx(0.1 * client["ok"], rel=0.15), "read_share is 0.9"
    assert db["counters"]["writes"] < db["arrivals"]


def test_a_summary_carries_the_price_of_its_design(summary: dict[str, Any]) -> None:
    design, _ = parse(DESIGN)
    assert design is not None
    assert summary["cost"] == cost(design)
    assert set(summary["cost"]["nodes"]) == {"lb", "web", "cache", "db"}


def test_an_error_budget_is_spent_by_the_share_that_failed(tmp_path: Path) -> None:
    flat = DESIGN | {"links": [{**link, "params": {}} for link in DESIGN["links"]]}
    found = result(tmp_path, flat, "--set", "web.error_p=0.002", "--series", "5")
    slo, client = found["slos"][1], found["client"]
    share = sum(client["failed"].values()) / (client["ok"] + sum(client["failed"].values()))
    assert slo["budget_spent"] == pytest.approx(share / 0.001, abs=1e-4)
    assert slo["met"] == (slo["budget_spent"] <= 1)
    rows = [row["slos"][1] for row in found["series"]]
    assert sum(row["valid"] - row["good"] for row in rows) == slo["valid"] - slo["good"] > 0
    assert sum(row["nodes"]["web"]["failed"].get("error", 0) for row in found["series"]) > 0
    silent = result(tmp_path, flat, "--set", "users.rate_rps=0")
    assert [slo["budget_spent"] for slo in silent["slos"]] == [None, None]


def test_same_seed_same_numbers_other_seed_others(tmp_path: Path, summary: dict[str, Any]) -> None:
    clocks = ("wall_s", "cpu_s", "compile_s", "requests_per_cpu_s", "events_per_cpu_s")
    again = result(tmp_path, DESIGN, "--seed", "1")
    assert {k: v for k, v in again.items() if k not in clocks} == {k: v for k, v in summary.items() if k not in clocks}
    assert result(tmp_path, DESIGN, "--seed", "2")["client"]["offered"] != summary["client"]["offered"]


def test_set_changes_nodes_links_and_nested_options(tmp_path: Path) -> None:
    found = result(tmp_path, DESIGN, "--set", "users.rate_rps=50", "--set", "web.error_p=1", "--set", "l1.retry.max=4")
    assert found["client"]["offered"] < 800 and found["client"]["ok"] == 0
    assert found["client"]["failed"]["error"] > 0
    assert found["links"]["l1"]["tries"] == pytest.approx(5 * found["links"]["l1"]["calls"], rel=0.05)


def test_a_script_breaks_and_heals(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps(CRASH))
    found = result(
        tmp_path, DESIGN | {"links": [{**link, "params": {}} for link in DESIGN["links"]]}, "--script", str(script)
    )
    done = [event for event in found["events"] if event["node"]]
    assert [(e["t_s"], e["what"]) for e in done] == [(8.0, "fault_injected"), (12.0, "fault_healed")]
    assert found["client"]["failed"]["node_down"] == pytest.approx(400 * 4 / 2, rel=0.15)


def test_a_series_has_a_row_per_step(tmp_path: Path) -> None:
    found = result(tmp_path, DESIGN, "--series", "2")
    assert [row["t_s"] for row in found["series"]] == [4.0, 6.0, 8.0, 10.0, 12.0]
    assert sum(row["client"]["offered"] for row in found["series"]) == found["client"]["offered"]


def test_yaml_and_standard_input_work(tmp_path: Path) -> None:
    text = "format: 1\nname: y\nnodes:\n- {id: u, kind: client, name: U}\n- {id: w, kind: service, name: W}\nlinks:\n- {id: l, source: u, target: w}\n"
    command = [sys.executable, "-m", "worker.simulate", "-", "--duration", "2", "--warmup", "0"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["client"]["offered"] > 100


BROKEN: list[tuple[str, Any, tuple[str, ...]]] = [
    ("a cycle", DESIGN | {"links": [*DESIGN["links"], {"id": "l9", "source": "web", "target": "lb"}]}, ("web", "lb")),
    (
        "an unknown kind",
        DESIGN | {"nodes": [{"id": "users", "kind": "magic", "name": "x"}], "links": []},
        ("users", "magic"),
    ),
    (
        "an unknown parameter",
        DESIGN | {"nodes": [{**DESIGN["nodes"][0], "params": {"rate": 1}}, *DESIGN["nodes"][1:]]},
        ("users", "rate"),
    ),
    (
        "out of range",
        DESIGN | {"nodes": [{**DESIGN["nodes"][0], "params": {"rate_rps": -3}}, *DESIGN["nodes"][1:]]},
        ("users", "rate_rps", "-3"),
    ),
    (
        "a dangling link",
        DESIGN | {"links": [*DESIGN["links"], {"id": "l9", "source": "web", "target": "gone"}]},
        ("l9", "gone"),
    ),
    (
        "501 nodes",
        DESIGN | {"nodes": [{"id": f"n{i}", "kind": "service", "name": "x"} for i in range(501)]},
        ("501", "500"),
    ),
    ("wrong types", DESIGN | {"nodes": 7}, ("nodes", "7")),
    ("not an object", [1, 2], ("object",)),
    (
        "a fault that is not one",
        DESIGN | {"script": [{"at_s": 1, "command": "inject", "id": "f", "fault": "magic", "target": "web"}]},
        ("magic",),
    ),
]


@pytest.mark.parametrize(("design", "words"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_bad_input_is_told_in_a_line_and_exits_2(tmp_path: Path, design: Any, words: tuple[str, ...]) -> None:
    done = simulate(tmp_path, design)
    assert done.returncode == 2
    assert done.stdout == "" and "Traceback" not in done.stderr
    assert all(word in done.stderr for word in words), done.stderr


@pytest.mark.parametrize(
    "text", ["{", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "a: &a [*a]", "x" * 5_000_000]
)
def test_a_file_that_is_no_document_is_told_too(tmp_path: Path, text: str) -> None:
    done = simulate(tmp_path, text)
    assert done.returncode == 2 and "Traceback" not in done.stderr and done.stderr.strip()


@pytest.mark.parametrize("setting", ["users", "nobody.rate_rps=1", "users.rate_rps=fast", "users.=1"])
def test_a_setting_that_cannot_be_is_told(tmp_path: Path, setting: str) -> None:
    done = simulate(tmp_path, DESIGN, "--set", setting)
    assert done.returncode == 2 and "Traceback" not in done.stderr and done.stderr.strip()
