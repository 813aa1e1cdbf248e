from __future__ import annotations

from django.db import models

from playground.ids import ID_CHARS, new_id


class Person(models.Model):
    """Somebody who saved something. A guest until the row is claimed by an account."""

    id = models.CharField(primary_key=True, max_length=ID_CHARS, default=new_id, editable=False)
    name = models.CharField(max_length=80, default="Guest")
    created_at = models.DateTimeField(auto_now_add=True)
    claimed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.id}"
