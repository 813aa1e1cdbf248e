from __future__ import annotations

from django.db import models
from django.utils.timezone import now

from playground.accounts.models import Person
from playground.designs.models import Design
from playground.ids import ID_CHARS, TOKEN_CHARS, new_id, new_token


class Status(models.TextChoices):
    """`queued` waits for a worker, `starting` is being compiled or replayed; the last three are over."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"


ACTIVE = (Status.QUEUED, Status.STARTING, Status.RUNNING, Status.PAUSED)
TAKEN = (Status.STARTING, Status.RUNNING, Status.PAUSED)
OVER = (Status.FINISHED, Status.FAILED, Status.STOPPED)


def real_time() -> float:
    return 1.0


class Run(models.Model):
    """A revision, a seed and (in its commands) a log: everything else about a run can be computed again."""

    id = models.CharField(primary_key=True, max_length=ID_CHARS, default=new_id, editable=False)
    design = models.ForeignKey(Design, on_delete=models.CASCADE, related_name="runs")
    revision = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    script = models.JSONField(null=True, blank=True)  # steps instead of those of the design; null = the design's
    starter = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="runs")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    detail = models.CharField(max_length=500, blank=True, default="")
    speed = models.JSONField(default=real_time)  # factor, or "max"
    attempt = models.PositiveSmallIntegerField(default=0)  # fencing number: grows with every worker that takes the run
    losses = models.PositiveSmallIntegerField(default=0)  # workers in a row that vanished without a new frame
    lost_frame = models.PositiveBigIntegerField(default=0)  # the newest frame when the last of them vanished
    owner = models.CharField(max_length=100, blank=True, default="")  # the host that has it
    virtual_ns = models.BigIntegerField(default=0)  # how far it is known to have come
    summary = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(auto_now_add=True)  # when its task was put into the queue last
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["status", "created_at"]), models.Index(fields=["design", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"

    @property
    def active(self) -> bool:
        return self.status in ACTIVE


class RunCommand(models.Model):
    """One entry of a run's log. `applied_ns` is the virtual time at which it was applied, null until that is known."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="commands")
    seq = models.PositiveIntegerField()
    command = models.JSONField()
    author = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    applied_ns = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "seq"], name="command_seq_once")]
        ordering = ["seq"]

    def __str__(self) -> str:
        return f"{self.run_id} #{self.seq}"


class Film(models.Model):
    """The frames of a run once more, computed again from what decides them; made once, then shown to everybody.

    `key` says what is played, so that the same thing is not computed twice. `log` = [[seq, ns, command], …].
    """

    id = models.CharField(primary_key=True, max_length=ID_CHARS, default=new_id, editable=False)
    key = models.CharField(max_length=80, unique=True)
    design = models.ForeignKey(Design, on_delete=models.CASCADE, related_name="films")
    document = models.JSONField()
    seed = models.BigIntegerField()
    log = models.JSONField(default=list)
    until_ns = models.BigIntegerField()
    done_ns = models.BigIntegerField(default=0)  # how far it has come, while it is made
    detail = models.CharField(max_length=500, blank=True, default="")  # why there is none, or why it ends early
    data = models.BinaryField(null=True)  # gzip of {"meta", "until_ns", "frames", "events"}
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)  # when its task was put into the queue, or last heard of

    class Meta:
        indexes = [models.Index(fields=["design", "-created_at"])]

    def __str__(self) -> str:
        return f"film {self.key}"

    @property
    def over(self) -> bool:
        return self.data is not None or bool(self.detail)


class RunLink(models.Model):
    """A link that lets whoever has it play a run again, until it is revoked or over. It opens nothing else of the design."""

    token = models.CharField(primary_key=True, max_length=TOKEN_CHARS, default=new_token, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="links")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link to {self.run_id}"

    @staticmethod
    def open() -> models.Q:
        """Of links that were not revoked and are not over."""
        return models.Q(revoked_at=None) & (models.Q(expires_at=None) | models.Q(expires_at__gt=now()))
