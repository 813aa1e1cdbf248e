"""The doctor's second half: what can be asked once the packages are there."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module, metadata

from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from playground.runtime import embedded, plan
from playground.runtime.machine import Finding

PACKAGES = ("django", "channels", "daphne", "celery", "redis", "hiredis", "networkx", "psycopg", "packaging")
SQLITE = (3, 35)  # WAL and IMMEDIATE work for longer; this one is what Django asks for


def imports() -> Finding:
    """Each in turn, because one broken wheel says nothing about the others. numba is slow and asked for apart."""
    for name in PACKAGES:
        try:
            import_module(name)
        except Exception as error:
            return False, "packages", f"{name} does not load: {error}. Remove .venv and start again"
    return True, "packages", ", ".join(f"{name} {metadata.version(name)}" for name in ("django", "celery", "redis"))


def kernel() -> Finding:
    code = "import numba, numpy; print(numba.__version__, numpy.__version__)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if answer.returncode:
        return False, "numba", f"does not load: {(answer.stderr.strip().splitlines() or ['no reason given'])[-1]}"
    return True, "numba", "numba {} numpy {}".format(*answer.stdout.split())


def folder() -> Finding:
    path = embedded.var()
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / "doctor"
        probe.touch()
        probe.unlink()
    except OSError as error:
        return False, "var", f"{error}; name another folder with PLAYGROUND_VAR"
    return True, "var", f"{path} can be written"


def database() -> Finding:
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        what = "DATABASE_URL" if os.environ.get("DATABASE_URL") else "the file in var/"
        return False, "database", f"{error} ({what})"
    state = f"{len(waiting)} migrations wait for the next start" if waiting else "up to date"
    if connection.vendor == "sqlite" and sqlite3.sqlite_version_info < SQLITE:
        return False, "database", f"SQLite {sqlite3.sqlite_version} is too old for Django; use another Python"
    return True, "database", f"{connection.vendor}, {state}"


def server() -> Finding:
    if os.environ.get("REDIS_URL"):
        fine = plan.answers_ping()
        return (
            fine,
            "server",
            "REDIS_URL answers" if fine else "REDIS_URL does not answer: is it up, is the address right?",
        )
    try:
        command = embedded.binary()
        answer = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
    except (RuntimeError, OSError) as error:
        return False, "server", str(error)
    if answer.returncode:
        return False, "server", f"{command} does not run: {answer.stderr.strip()}"
    return True, "server", " ".join(answer.stdout.split()[:3])


def port() -> Finding:
    try:
        return True, "port", f"{plan.free_port('127.0.0.1')} is free"
    except RuntimeError as error:
        return False, "port", str(error)


def findings() -> Iterator[Finding]:
    checks: tuple[Callable[[], Finding], ...] = (imports, kernel, folder, database, server, port)
    for check in checks:
        yield check()
