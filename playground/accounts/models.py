from __future__ import annotations

from django.conf import settings
from django.db import models

from playground.ids import ID_CHARS, new_id


class Person(models.Model):
    """Somebody who saved something: a guest, until an account claims the row or takes over what it has."""

    id = models.CharField(primary_key=True, max_length=ID_CHARS, default=new_id, editable=False)
    name = models.CharField(max_length=80, default="Guest")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="person"
    )
    merged_into = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    claimed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.id}"

    @property
    def guest(self) -> bool:
        return self.user_id is None and self.merged_into_id is None
