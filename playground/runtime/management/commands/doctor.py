"""manage.py doctor: says what is wrong with this machine, and what to do about it."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from playground.runtime import doctor, machine


class Command(BaseCommand):
    help = "Says what is wrong with this machine. Exit status 1 if anything is."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        bad = [finding for finding in doctor.findings() if not machine.show(finding)]
        sys.exit(bool(bad))
