"""What a sign-up asks beside address and password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest


class NameForm(forms.Form):
    name = forms.CharField(
        max_length=80,
        required=False,
        label="Name",
        help_text="What others see when you work together. You may leave it empty.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def signup(self, request: HttpRequest, user: Any) -> None:
        user.first_name = self.cleaned_data["name"]
        user.save(update_fields=["first_name"])
