"""compose.yaml and the Dockerfile: what can be said about them without running them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery import concurrency
from celery.bin.celery import celery

from playground.celery import app
from playground.runs import keys

ROOT = Path(__file__).resolve().parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("migrate", "web", "live", "batch", "beat")


def options(service: str) -> dict[str, str]:
    """The options of a Celery command line, --name or -n to value, as Celery itself reads them."""
    words = shlex.split(SERVICES[service]["command"])
    assert words[:3] == ["celery", "-A", "playground"]
    command = celery.commands[words[3]]
    context = command.make_context(words[3], words[4:], obj=_Context(), resilient_parsing=True)
    return {name: value for name, value in context.params.items() if value is not None}


class _Context:
    app = app


def test_the_services_are_those_of_a_production_site() -> None:
    assert set(SERVICES) == {"db", "redis", "proxy", *OURS}
    assert {SERVICES[name]["image"] for name in OURS} == {"system-design-playground"}


def test_live_workers_are_threads_without_prefetch_and_hand_their_runs_back() -> None:
    found = options("live")
    assert found["pool"] is concurrency.get_implementation("threads")
    assert found["queues"] == [keys.QUEUE]
    assert found["disable_prefetch"]
    assert app.conf.task_acks_late is False
    assert "REMAP_SIGTERM" not in SERVICES["live"].get("environment", {})  # threads have no soft shutdown
    assert SERVICES["live"]["stop_grace_period"] == "40s"


def test_batch_workers_are_processes_on_the_default_queue() -> None:
    found = options("batch")
    assert found["pool"] is concurrency.get_implementation("prefork")
    assert found["queues"] == [app.conf.task_default_queue]


def test_there_is_one_beat_and_it_looks_for_what_was_lost() -> None:
    assert SERVICES["beat"]["deploy"]["replicas"] == 1
    assert options("beat")
    wanted = ["worker.reap", "worker.resend", "worker.experiments_resend"]
    assert [entry["task"] for entry in app.conf.beat_schedule.values()] == wanted


def test_everything_of_ours_waits_for_the_migrations() -> None:
    for name in OURS:
        if name != "migrate":
            assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "compose.yaml").read_text()
    used = set(re.findall(r"\$\{(\w+)", text))
    required = set(re.findall(r"\$\{(\w+):\?", text))
    assert {"SECRET_KEY", "DB_PASSWORD", "REDIS_PASSWORD", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"} == required
    assert used - required == {"SITE_ADDRESS"}


def test_the_environment_is_what_the_settings_read() -> None:
    read = (ROOT / "playground" / "settings.py").read_text() + (ROOT / "playground" / "runtime" / "logs.py").read_text()
    read += (ROOT / "playground" / "runtime" / "redis.py").read_text()
    celery_reads = {"CELERY_SKIP_CHECKS"}
    assert [
        name for name in SERVICES["web"]["environment"] if name not in celery_reads and f'"{name}"' not in read
    ] == []


@pytest.mark.parametrize(
    "line", [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("COPY ")]
)
def test_the_image_copies_what_is_there(line: str) -> None:
    *sources, _ = line.split()[1:]
    for source in sources:
        assert source.startswith("--from") or source.startswith("/") or (ROOT / source).exists(), source


def test_the_image_holds_every_house() -> None:
    text = (ROOT / "Dockerfile").read_text()
    for name in ("components", "playground", "worker", "static", "templates"):
        assert f"COPY {name} {name}\n" in text
