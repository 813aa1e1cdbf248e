from __future__ import annotations

from django.urls import path

import playground.paths  # noqa: F401
from playground.designs import blueprint_views, file_views, history_views, sharing_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("blueprints/", blueprint_views.blueprints, name="blueprints"),
    path("blueprints/<slug:slug>", blueprint_views.blueprint, name="blueprint"),
    path("d/", views.mine, name="designs"),
    path("d/import", file_views.bring, name="import"),
    path("d/new", views.create, name="create"),
    path("d/<id:id>", views.editor, name="editor"),
    path("d/<id:id>/fork", sharing_views.copy, name="copy"),
    path("d/<id:id>/share", sharing_views.share, name="share"),
    path("d/<id:id>/links", sharing_views.links, name="links"),
    path("d/<id:id>/links/<token:token>", sharing_views.link, name="link"),
    path("d/<id:id>/export.<format:format>", file_views.export, name="export"),
    path("d/<id:id>/history", history_views.history, name="history"),
    path("d/<id:id>/restore", history_views.restore, name="restore"),
    path("d/<id:id>/r/<revision:revision>", history_views.revision, name="revision"),
    path("d/<id:id>/r/<revision:revision>/inspector", history_views.revision_inspector, name="revision_inspector"),
    path("d/<id:id>/inspector", views.inspector, name="inspector"),
    path("s/<token:token>", sharing_views.shared, name="shared"),
    path("s/<token:token>/fork", sharing_views.fork, name="fork"),
]
