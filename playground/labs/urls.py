from __future__ import annotations

from django.urls import path

import playground.paths  # noqa: F401
from playground.labs import views

urlpatterns = [
    path("", views.learn, name="learn"),
    path("labs/<slug:slug>", views.lab, name="lab"),
    path("labs/<slug:slug>/hints", views.hints, name="lab-hints"),
    path("labs/<slug:slug>/prediction", views.prediction, name="lab-prediction"),
    path("labs/<slug:slug>/submit", views.submit, name="lab-submit"),
    path("labs/<slug:slug>/solution", views.solution, name="lab-solution"),
    path("attempts/<id:id>", views.attempt, name="attempt"),
    path("attempts/<id:id>/cancel", views.cancel, name="attempt-cancel"),
]
