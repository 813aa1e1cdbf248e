"""The Celery app. Tasks are named here and written in worker/tasks.py; the site never imports that house.

Queue `live`: paced runs, one task each, threads pool. The message is taken off the queue when the task starts (early
ack): a lease, not the broker, says who owns a run, and late acks kill the consumer when the broker restarts.
Queue `batch`: short jobs as fast as possible, prefork.
"""

from __future__ import annotations

import os

from celery import Celery

from playground.runtime import embedded, logs, redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")

logs.configure()
app = Celery(
    "playground", include=["worker.tasks", "worker.batch", "worker.sweeping", "worker.filming", "worker.process"]
)
app.conf.update(
    broker_url=redis.broker_url(),
    result_backend=redis.broker_url(),
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 6 * 3600,
        "socket_keepalive": True,
        "health_check_interval": 25,
    },
    accept_content=["json"],
    task_serializer="json",
    result_serializer="json",
    task_default_queue="batch",
    task_routes={"worker.live_run": {"queue": "live"}},
    task_acks_late=False,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    worker_disable_prefetch=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=True,
    worker_redirect_stdouts=False,
    worker_send_task_events=False,
    worker_soft_shutdown_timeout=20.0,
    result_expires=3600,
    beat_schedule={
        "reap": {"task": "worker.reap", "schedule": 5.0, "options": {"expires": 5}},
        "resend": {"task": "worker.resend", "schedule": 5.0, "options": {"expires": 5}},
        "resweep": {"task": "worker.experiments_resend", "schedule": 5.0, "options": {"expires": 5}},
    },
    beat_schedule_filename=str(embedded.var() / "beat"),
    timezone="UTC",
)
