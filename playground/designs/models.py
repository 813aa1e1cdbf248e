from __future__ import annotations

from django.db import models
from django.utils.timezone import now

from playground.accounts.models import Person
from playground.ids import ID_CHARS, TOKEN_CHARS, new_id, new_token


class Design(models.Model):
    """The newest document, and the number of the edit that made it. Every older one can be had from the log."""

    id = models.CharField(primary_key=True, max_length=ID_CHARS, default=new_id, editable=False)
    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="designs")
    name = models.CharField(max_length=200)
    revision = models.PositiveIntegerField(default=0)
    document = models.JSONField()
    rules = models.JSONField(default=dict, blank=True)  # of components/rules.py: what may not be changed
    blueprint = models.CharField(max_length=80, blank=True, default="")
    forked_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="forks")
    forked_revision = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "-updated_at"])]

    def __str__(self) -> str:
        return f"{self.name} {self.id} r{self.revision}"

    @property
    def lab(self) -> str:
        """Slug of the lab that this is somebody's work on; empty for all other designs."""
        return self.blueprint.removeprefix("lab:") if self.blueprint.startswith("lab:") else ""

    @property
    def running(self) -> str | None:
        """Id of the newest run of this design that is not over. Runs know designs, not the other way round."""
        newest = self.runs.filter(finished_at=None).order_by("-created_at").values_list("pk", flat=True).first()
        return None if newest is None else str(newest)


class Member(models.Model):
    """A person who was let in to somebody else's design, as `editor` or `viewer`."""

    design = models.ForeignKey(Design, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["design", "person"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.person_id} is {self.role} of {self.design_id}"


class Edit(models.Model):
    """One entry of a design's log: `edit` made `revision` out of the one before, `inverse` takes it back."""

    design = models.ForeignKey(Design, on_delete=models.CASCADE, related_name="edits")
    revision = models.PositiveIntegerField()
    author = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    ref = models.CharField(max_length=40, blank=True, default="")
    edit = models.JSONField()
    inverse = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["design", "revision"], name="edit_revision_once")]
        ordering = ["revision"]

    def __str__(self) -> str:
        return f"{self.design_id} r{self.revision}"


class Snapshot(models.Model):
    """The document at a revision, kept every so many edits, at forks and at runs, so that history is quick to read."""

    design = models.ForeignKey(Design, on_delete=models.CASCADE, related_name="snapshots")
    revision = models.PositiveIntegerField()
    document = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["design", "revision"], name="snapshot_revision_once")]

    def __str__(self) -> str:
        return f"{self.design_id} r{self.revision}"


class Share(models.Model):
    """A link that gives whoever has it a role, until it is revoked or over. With a revision it shows that one for ever."""

    token = models.CharField(primary_key=True, max_length=TOKEN_CHARS, default=new_token, editable=False)
    design = models.ForeignKey(Design, on_delete=models.CASCADE, related_name="shares")
    role = models.CharField(max_length=10, default="viewer")
    name = models.CharField(max_length=80, blank=True, default="")
    revision = models.PositiveIntegerField(null=True, blank=True)  # None: the newest
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.design_id} as {self.role}"

    @staticmethod
    def open() -> models.Q:
        """Of shares that were not revoked and are not over."""
        return models.Q(revoked_at=None) & (models.Q(expires_at=None) | models.Q(expires_at__gt=now()))
