from __future__ import annotations

from django.urls import path

import playground.paths  # noqa: F401
from playground.live import joining, views

urlpatterns = [
    path("join", joining.enter, name="join"),
    path("live/", views.classes, name="live-classes"),
    path("live/new", views.create, name="live-create"),
    path("live/<code:code>", joining.enter, name="live"),
    path("live/<code:code>/work", joining.work, name="live-work"),
    path("live/me/<token:token>", joining.me, name="live-me"),
    path("live/co/<token:token>", joining.co, name="live-co"),
    path("live/console/<id:id>", views.console, name="live-console"),
    path("live/console/<id:id>/co-link", views.renew, name="live-co-renew"),
    path("live/projector/<id:id>", views.projector, name="live-projector"),
    path("live/report/<id:id>.csv", views.report_csv, name="live-report-csv"),
    path("live/report/<id:id>.json", views.report_json, name="live-report-json"),
]
