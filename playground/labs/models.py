from __future__ import annotations

from django.db import models
from django.utils import timezone

from playground.accounts.models import Person
from playground.designs.models import Design
from playground.ids import ID_CHARS, new_id


class Work(models.Model):
    """What a person has of a lab: a design of their own with the lab's rules, the hints opened, the prediction."""

    id = models.CharField(primary_key=True, max_length=ID_CHARS, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="works")
    lab = models.CharField(max_length=80)
    design = models.OneToOneField(Design, on_delete=models.CASCADE, related_name="work")
    hints = models.PositiveSmallIntegerField(default=0)  # opened so far; they open in their order
    prediction = models.CharField(max_length=80, blank=True, default="")
    tried_at = models.DateTimeField(null=True, blank=True)  # the first run: from then on the prediction stands
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "lab"], name="work_once")]

    def __str__(self) -> str:
        return f"{self.lab} of {self.person_id}"


class Status(models.TextChoices):
    """`queued` waits for the first worker; the last three are over."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


ACTIVE = (Status.QUEUED, Status.RUNNING)


class Attempt(models.Model):
    """A submitted revision. With the lab's digest and the seed the verdict can be computed again."""

    id = models.CharField(primary_key=True, max_length=ID_CHARS, default=new_id, editable=False)
    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    revision = models.PositiveIntegerField()
    digest = models.CharField(max_length=80)  # of the lab as it was
    seed = models.BigIntegerField()
    hints = models.PositiveSmallIntegerField(default=0)  # opened when it was submitted
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    detail = models.CharField(max_length=500, blank=True, default="")
    verdict = models.JSONField(null=True, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)  # less what the hints cost
    passed = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work", "number"], name="attempt_number_once")]
        indexes = [models.Index(fields=["status", "created_at"], name="attempt_queue")]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.work_id}, {self.status}"

    @property
    def active(self) -> bool:
        return self.status in ACTIVE


class CellStatus(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class GradeCell(models.Model):
    """One scenario with one seed. `tries` is its fencing number: it grows with every worker that takes the cell."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="cells")
    scenario = models.CharField(max_length=80)
    seed = models.BigIntegerField()
    status = models.CharField(max_length=10, choices=CellStatus.choices, default=CellStatus.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(null=True, blank=True)
    heard_at = models.DateTimeField(default=timezone.now)  # when it was sent, or its worker last gave a sign of life

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attempt", "scenario", "seed"], name="cell_once")]
        indexes = [models.Index(fields=["status", "heard_at"], name="cell_queue")]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.scenario} {self.seed}"
