from __future__ import annotations

from django.urls import include, path

from playground import health
from playground.api.api import api

urlpatterns = [
    path("", include("playground.designs.urls")),
    path("", include("playground.live.urls")),
    path("account/", include("playground.accounts.urls")),
    path("learn/", include("playground.labs.urls")),
    path("", include("playground.runs.urls")),
    path("", include("playground.experiments.urls")),
    path("api/", api.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "playground.errors.bad_request"
handler403 = "playground.errors.forbidden"
handler404 = "playground.errors.not_found"
handler500 = "playground.errors.failed"
