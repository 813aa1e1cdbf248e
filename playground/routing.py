"""The sockets, by path."""

from __future__ import annotations

from django.urls import path

import playground.paths  # noqa: F401
from playground.designs.consumers import DesignConsumer
from playground.live.consumers import SessionConsumer
from playground.runs.consumers import RunConsumer
from playground.sockets import Unrouted

websocket_urlpatterns = [
    path("ws/designs/<id:id>", DesignConsumer.as_asgi(), name="design-socket"),
    path("ws/runs/<id:id>", RunConsumer.as_asgi(), name="run-socket"),
    path("ws/live/<id:id>", SessionConsumer.as_asgi(), name="live-socket"),
    path("ws/<path:rest>", Unrouted.as_asgi(), name="unknown-socket"),
]
