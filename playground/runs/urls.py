from __future__ import annotations

from django.urls import path

import playground.paths  # noqa: F401
from playground.runs import embed_views, views

urlpatterns = [
    path("d/<id:id>/run-link", views.share, name="run-link"),
    path("d/<id:id>/run-link/revoke", views.revoke, name="run-link-revoke"),
    path("r/<token:token>", views.replay, name="replay"),
    path("r/<token:token>/film", views.replay_film, name="replay-film"),
    path("r/<token:token>/fork", views.fork, name="replay-fork"),
    path("embed/<token:token>", embed_views.embed, name="embed"),
    path("embed/<token:token>/film", embed_views.film, name="embed-film"),
    path("oembed", embed_views.oembed, name="oembed"),
]
