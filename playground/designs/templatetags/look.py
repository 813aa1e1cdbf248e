"""The look in templates: icons and shapes, the inspector, previews, what the home page breaks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.forms import BoundField
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince, timeuntil
from django.utils.timezone import now

from components.catalog import catalogue
from playground.designs.look.breaks import Break
from playground.designs.look.breaks import breaks as find_breaks
from playground.designs.look.inspection import Inspection
from playground.designs.look.preview import preview as draw
from playground.pagefiles import SHEETS, modules

register = template.Library()

known = cache(catalogue)
MINUTE = timedelta(minutes=1)
SPRITE = Path(__file__).resolve().parents[3] / "static" / "icons" / "sprite.svg"


@register.simple_tag
def stylesheet(name: str) -> SafeString:
    """Links to a joined sheet of playground.pagefiles, or to its parts where static files come from their sources."""
    names = [name] if hasattr(staticfiles_storage, "hashed_files") else SHEETS[name]
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ([static(each)] for each in names))


@register.simple_tag
def module(entry: str) -> SafeString:
    """The script of a page, and hints to fetch at once what it imports."""
    hints = format_html_join(
        "\n", '<link rel="modulepreload" href="{}">', ([static(each)] for each in modules(entry)[1:])
    )
    return format_html('{}\n<script type="module" src="{}"></script>', hints, static(entry))


@register.simple_tag
@cache
def sprite() -> SafeString:
    """The sprite itself: inlined, an icon costs one node; from a file, Chromium copies each of them."""
    return mark_safe(SPRITE.read_text())  # our own committed file


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A Tabler icon by name, decoration only: the words beside it say what it means."""
    return format_html(
        '<svg class="icon{}{}" aria-hidden="true"><use href="#i-{}"/></svg>', " " if css else "", css, name
    )


@register.simple_tag
def shape(health: str) -> SafeString:
    """The form of a health: ok, strained, failing, down, idle."""
    return format_html('<svg class="shape shape-{}" aria-hidden="true"><use href="#shape-{}"/></svg>', health, health)


@register.simple_tag
def can_mail() -> bool:
    """Whether there is a mail server, so that a new password can be sent."""
    return bool(settings.MAIL)


@register.filter
def at(mapping: Mapping[str, Any], key: str) -> Any:
    """The entry of a mapping, for a key that is not known in the template."""
    return mapping.get(key)


@register.simple_tag(takes_context=True)
def page_design(context: Context) -> SafeString:
    """The block that the canvas starts from: {"revision", "design"}."""
    return json_script({"revision": context["revision"], "design": context["document"]}, "design")


@register.simple_tag(takes_context=True)
def inspection(context: Context, id: str) -> Inspection:
    """What the inspector shows of the node or link `id` of the document."""
    return Inspection(context["document"], known(), id, context.get("problems") or (), context.get("rules"))


@register.inclusion_tag("designs/_preview.html")
def preview(document: Mapping[str, Any], weak: Sequence[str] = ()) -> dict[str, Any]:
    """A small still picture of a design."""
    return {"preview": draw(document, known(), weak or ())}


@register.simple_tag
def breaks(document: Mapping[str, Any]) -> list[Break]:
    """The buttons that break the example of the home page."""
    return find_breaks(document)


@register.filter
def ago(moment: datetime) -> str:
    """ "2 hours ago", and "just now" for the last minute."""
    return "just now" if now() - moment < MINUTE else f"{timesince(moment, depth=1)} ago"


@register.filter
def entry(field: BoundField) -> SafeString:
    """The control of a form's field in our look, named by its label and described by what is written below it."""
    described = [f"{field.id_for_label}_error"] if field.errors else []
    described += [f"{field.id_for_label}_helptext"] if field.name in ("name", "password1") else []
    attrs: dict[str, str | bool] = {"class": "input", "placeholder": "", "aria-describedby": " ".join(described)}
    return field.as_widget(attrs=attrs | ({"aria-invalid": "true"} if field.errors else {}))


@register.filter
def left(moment: datetime) -> str:
    """ "2 hours" until then."""
    return str(timeuntil(moment, depth=1))


@register.filter
def share_query(token: str) -> str:
    """What a link adds to an address."""
    return f"?share={token}" if token else ""


@register.filter
def brief(value: Any) -> str:
    """A value that somebody brought, short enough for a table."""
    text = "–" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 80 else f"{text[:79]}…"


@register.filter
def as_json(value: Any) -> str:
    """A value for a data attribute."""
    return json.dumps(value)
