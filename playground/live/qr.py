"""The QR code of a class, drawn into the page as SVG without any style of its own."""

from __future__ import annotations

import io

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_svg(address: str) -> SafeString:
    """Dark modules on nothing; the page gives colours by the classes `qr` and `qr-line`."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=False, border=2, omitsize=True, svgclass="qr", lineclass="qr-line",
        title="QR code to join the class",
    )  # fmt: skip
    return mark_safe(
        out.getvalue().decode()
    )  # drawn by us: squares and our own title, the address is not in it as text
