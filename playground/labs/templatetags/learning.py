"""The learning path in templates of other rooms."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from playground.accounts.services import person_of
from playground.labs.look.path import path_of

register = template.Library()


@register.inclusion_tag("labs/_path.html", takes_context=True)
def learning_path(context: Context) -> dict[str, Any]:
    """The modules, and how far the visitor is."""
    return {"path": path_of(person_of(context["request"]))}
