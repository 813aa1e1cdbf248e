from __future__ import annotations

from django.urls import path

import playground.paths  # noqa: F401
from playground.designs import views

urlpatterns = [
    path("", views.home, name="home"),
    path("d/", views.mine, name="designs"),
    path("d/new", views.create, name="create"),
    path("d/<id:id>", views.editor, name="editor"),
    path("d/<id:id>/share", views.share, name="share"),
    path("d/<id:id>/inspector", views.inspector, name="inspector"),
    path("s/<token:token>", views.shared, name="shared"),
    path("s/<token:token>/fork", views.fork, name="fork"),
]
