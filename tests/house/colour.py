"""Colours of static/css/tokens.css and their WCAG contrast, measured after rounding to 8 bits."""

from __future__ import annotations

import math
import re

from tests.house.files import ROOT

TOKENS = (ROOT / "static" / "css" / "tokens.css").read_text()
Colour = tuple[float, float, float]


def block(selector: str) -> dict[str, str]:
    """{name: value} of the first rule whose selector ends in `selector`."""
    body = re.search(re.escape(selector) + r"\s*\{([^}]*)\}", TOKENS)
    assert body, selector
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", body.group(1)))


DARK, LIGHT = block('[data-theme="dark"]'), block('[data-theme="light"]')


def srgb(value: str) -> Colour:
    """`oklch(L C h)` as three 8-bit steps over 255."""
    lightness, chroma, *hue = (float(part) for part in value.removeprefix("oklch(").removesuffix(")").split())
    angle = math.radians(hue[0] if hue else 0)
    a, b = chroma * math.cos(angle), chroma * math.sin(angle)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    red, green, blue = (round(255 * _gamma(min(max(part, 0), 1))) / 255 for part in linear)
    return red, green, blue


def _gamma(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(srgb(one)), _luminance(srgb(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
