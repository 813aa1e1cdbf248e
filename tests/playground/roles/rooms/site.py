"""What is the same for everybody: the language, and whether the site is up."""

from __future__ import annotations

from typing import Any

from tests.playground.roles.cast import everybody
from tests.playground.world import TWO_SERVICES

PAGES = {
    ("GET", "healthz"): everybody(),
    ("GET", "readyz"): everybody(),
}
CALLS = {
    ("GET", "/catalog"): everybody(),
    ("GET", "/schema"): everybody(),
    ("POST", "/validate"): everybody(),
}
SENDS: dict[str, Any] = {"/validate": TWO_SERVICES}
