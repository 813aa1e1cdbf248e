from __future__ import annotations

from django.urls import path

import playground.paths  # noqa: F401
from playground.experiments import views

urlpatterns = [
    path("d/<id:id>/experiments", views.experiments, name="experiments"),
    path("experiments/<id:id>", views.experiment, name="experiment"),
    path("experiments/<id:id>/now", views.now, name="experiment-now"),
    path("experiments/<id:id>/cancel", views.cancel, name="experiment-cancel"),
]
