"""What a worker process does when it starts and when it ends. Everything here is called by Celery's signals."""

from __future__ import annotations

import gc
import threading
import time
from typing import Any

import structlog
from celery.signals import worker_init, worker_ready, worker_shutdown, worker_shutting_down

from playground.runs import keys
from playground.runtime import ready
from worker.engine import kernel
from worker.gate import Gate
from worker.tasks import host

log = structlog.get_logger()


@worker_init.connect
def _warm(**_: Any) -> None:
    """Before the first message: a run must not wait for the compiler, and prefork children share what is loaded."""
    started = time.monotonic()
    kernel.warm()
    log.info("kernel is warm", seconds=round(time.monotonic() - started, 1))


@worker_ready.connect
def _ready(sender: Any, **_: Any) -> None:
    gc.collect()
    gc.freeze()  # hundreds of thousands of objects that stay: looking at them again and again would stop every run
    if any(queue.name == keys.QUEUE for queue in sender.task_consumer.queues):
        gate = Gate(
            lambda: host().busy,
            stop=lambda: sender.call_soon(sender.cancel_task_queue, keys.QUEUE),
            take=lambda: sender.call_soon(sender.add_task_queue, keys.QUEUE),
        )
        threading.Thread(target=gate.keep, daemon=True, name="gate").start()
    ready.tell()


@worker_shutting_down.connect
def _drain(**_: Any) -> None:
    """In a thread of its own, because this is a signal handler and a lock may be held."""
    if host.cache_info().currsize:
        threading.Thread(target=host().drain, name="drain").start()


@worker_shutdown.connect
def _close(**_: Any) -> None:
    if host.cache_info().currsize:
        host().close()
