"""What a web process loads: never the compiler, never the worker."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.playground.conftest import browser_of

SCRIPT = """
import sys
from django.test import Client
import playground.asgi
from django.core.management import call_command
call_command("migrate", verbosity=0)
client = Client()
def seen(answer):
    assert answer.status_code in (200, 201, 302), (answer.status_code, answer.content[:500])
    return answer
seen(client.get("/"))
seen(client.get("/api/catalog"))
made = seen(client.post("/api/designs", {"blueprint": "retry-storm"}, "application/json")).json()
seen(client.get("/d/" + made["id"]))
seen(client.get("/d/" + made["id"] + "/inspector?ids=app"))
seen(client.post("/api/designs/" + made["id"] + "/edits", {"edit": {"op": "rename", "id": "app", "name": "x"}}, "application/json"))
seen(client.post("/api/designs/" + made["id"] + "/layout", {}, "application/json"))
run = seen(client.post("/api/designs/" + made["id"] + "/runs", {"seed": 1}, "application/json")).json()
seen(client.post("/api/runs/" + run["id"] + "/commands", {"command": {"command": "load", "target": "users", "factor": 2}}, "application/json"))
print(*sorted(name for name in sys.modules if name.partition(".")[0] in ("numba", "llvmlite", "numpy", "worker")))
"""


def test_after_real_requests_no_numba_no_numpy_no_worker(server: None, tmp_path: object) -> None:
    env = os.environ | {"STATIC_SOURCE": "1", "DJANGO_SETTINGS_MODULE": "playground.settings", "LOG_LEVEL": "ERROR"}
    env |= {"ALLOWED_HOSTS": "testserver", "DATABASE_URL": f"sqlite:///{tmp_path}/web.sqlite3"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_the_site_answers_for_its_health(server: None, transactional_db: None) -> None:
    client = browser_of(None)
    assert client.get("/healthz").json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "redis": "ok"})
