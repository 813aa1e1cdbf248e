from __future__ import annotations

from django.db import models

from playground.accounts.models import Person
from playground.designs.models import Design
from playground.ids import ID_CHARS, TOKEN_CHARS, new_id, new_token
from playground.live.codes import CODE_CHARS, new_code
from playground.runs.models import Run


class Session(models.Model):
    """A class. Learners know its code; the id, which opens the console, is known to instructors alone."""

    id = models.CharField(primary_key=True, max_length=ID_CHARS, default=new_id, editable=False)
    code = models.CharField(max_length=CODE_CHARS, unique=True, default=new_code)
    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sessions")
    title = models.CharField(max_length=80)
    led_by = models.CharField(max_length=80, blank=True, default="")
    seed = models.BigIntegerField()
    closed_at = models.DateTimeField(null=True, blank=True)
    frozen = models.BooleanField(default=False)
    paused = models.BooleanField(default=False)
    board_shown = models.BooleanField(default=False)  # learners and projector see the scores
    names_shown = models.BooleanField(default=False)  # on the projector
    pushed = models.JSONField(null=True, blank=True)  # {"title", "document", "lab": slug or ""}
    pushes = models.PositiveIntegerField(default=0)
    spotlight = models.ForeignKey("Participant", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    co_token = models.CharField(max_length=TOKEN_CHARS, default=new_token, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "-created_at"], name="live_session_owner")]

    def __str__(self) -> str:
        return f"{self.title} {self.code}"

    @property
    def open(self) -> bool:
        return self.closed_at is None


class Participant(models.Model):
    """A person in a class, as `learner` or as `instructor` (one who was let in to help)."""

    id = models.CharField(primary_key=True, max_length=ID_CHARS, default=new_id, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="participants")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    nickname = models.CharField(max_length=24)
    folded = models.CharField(max_length=100)  # the nickname as it is compared
    role = models.CharField(max_length=10, default="learner")
    design = models.ForeignKey(Design, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    push = models.PositiveIntegerField(default=0)  # which of the session's pushes this design is a copy of
    token = models.CharField(max_length=TOKEN_CHARS, unique=True, default=new_token, editable=False)
    hand_at = models.DateTimeField(null=True, blank=True)
    kicked_at = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(auto_now_add=True)
    score = models.JSONField(default=dict, blank=True)  # newest figures, see scores.py

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "person"], name="participant_once"),
            models.UniqueConstraint(fields=["session", "folded"], name="nickname_once"),
        ]
        ordering = ["joined_at"]

    def __str__(self) -> str:
        return f"{self.nickname} in {self.session_id}"


class Broadcast(models.Model):
    """What an instructor did to the runs of a class, at the same virtual second of each."""

    id = models.CharField(primary_key=True, max_length=ID_CHARS, default=new_id, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="broadcasts")
    author = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    number = models.PositiveIntegerField()
    steps = models.JSONField()  # [{"plan", "after_s"}]
    words = models.CharField(max_length=200)  # "flushed the cache"
    to = models.JSONField()
    at_s = models.FloatField()
    seed = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "number"], name="broadcast_number_once")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.session_id} #{self.number} {self.words}"


class Delivery(models.Model):
    """One run of a broadcast: the commands that it got, or why it got none."""

    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="deliveries")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="deliveries")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, related_name="+")
    seqs = models.JSONField(default=list)
    why_not = models.CharField(max_length=120, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.broadcast_id} to {self.participant_id}"
