"""For whoever watches the processes: alive, and ready."""

from __future__ import annotations

import django.db
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from playground.runtime.redis import sync_client


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """503 unless the database answers and has every migration, and Redis answers."""
    parts = {"database": database(), "redis": redis()}
    status = 200 if set(parts.values()) == {"ok"} else 503
    return JsonResponse(parts, status=status)


def database() -> str:
    try:
        executor = MigrationExecutor(django.db.connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except django.db.Error:
        return "does not answer"
    return f"{len(pending)} migrations are missing" if pending else "ok"


def redis() -> str:
    client = sync_client()
    try:
        client.ping()
    except (RedisError, OSError):
        return "does not answer"
    finally:
        client.close()
    return "ok"
