from __future__ import annotations

from django.apps import AppConfig


class LabsConfig(AppConfig):
    name = "playground.labs"
    label = "labs"

    def ready(self) -> None:
        import playground.labs.merging  # noqa: F401, registers what happens when a guest signs in
