from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "playground.accounts"
    label = "accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from playground.accounts.claims import enter

        user_logged_in.connect(enter, dispatch_uid="playground.accounts.enter")
