from __future__ import annotations

from django.db import models
from django.utils import timezone

from playground.accounts.models import Person
from playground.designs.models import Design
from playground.ids import ID_CHARS, new_id


class Status(models.TextChoices):
    """`queued` waits for the first worker; the last three are over."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


ACTIVE = (Status.QUEUED, Status.RUNNING)


class Experiment(models.Model):
    """Many runs of one revision. Revision and plan decide everything, so each cell can be computed again."""

    id = models.CharField(primary_key=True, max_length=ID_CHARS, default=new_id, editable=False)
    design = models.ForeignKey(Design, on_delete=models.CASCADE, related_name="experiments")
    revision = models.PositiveIntegerField()
    starter = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="experiments")
    plan = models.JSONField()  # of components/experiment
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    detail = models.CharField(max_length=500, blank=True, default="")
    result = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["design", "-created_at"], name="experiment_newest"),
            models.Index(fields=["status", "created_at"], name="experiment_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.plan.get('kind')} {self.pk}, {self.status}"

    @property
    def active(self) -> bool:
        return self.status in ACTIVE


class CellStatus(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class ExperimentCell(models.Model):
    """One point under one seed. `tries` is its fencing number: it grows with every worker that takes the cell."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="cells")
    point = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    status = models.CharField(max_length=10, choices=CellStatus.choices, default=CellStatus.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(null=True, blank=True)
    heard_at = models.DateTimeField(default=timezone.now)  # when it was sent, or its worker last gave a sign of life

    class Meta:
        constraints = [models.UniqueConstraint(fields=["experiment", "point", "seed"], name="experiment_cell_once")]
        indexes = [models.Index(fields=["status", "heard_at"], name="experiment_cell_queue")]

    def __str__(self) -> str:
        return f"{self.experiment_id} point {self.point} seed {self.seed}"
