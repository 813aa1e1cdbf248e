from __future__ import annotations

from django.apps import AppConfig


class DesignsConfig(AppConfig):
    name = "playground.designs"
    label = "designs"

    def ready(self) -> None:
        import playground.designs.members  # noqa: F401, registers itself
