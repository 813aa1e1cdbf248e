"""What allauth asks the site."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from playground.accounts.services import address_of


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that rates are counted by: the same as for guests."""
        return address_of(request) or "unknown"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing goes out where there is no mail server."""
        if settings.MAIL:
            super().send_mail(template_prefix, email, context)
