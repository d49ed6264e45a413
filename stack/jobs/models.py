"""The queue of record. All times are microseconds since the epoch, UTC."""

from django.db import models

from stack.jobs.queues import Priority, Queue


class JobState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DEAD = "dead"


class Job(models.Model):
    kind = models.CharField(max_length=40)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    phase = models.CharField(max_length=40, blank=True, default="")
    unit = models.CharField(max_length=12, default="objects")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    rate = models.FloatField(null=True, help_text="Units per second over the last seconds")
    counts = models.JSONField(default=dict)
    checkpoint = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.BigIntegerField(default=0)
    queue = models.CharField(max_length=20, default=Queue.DEFAULT.value, db_default=Queue.DEFAULT.value)
    priority = models.SmallIntegerField(default=Priority.NORMAL.value, db_default=Priority.NORMAL.value)
    woken_at = models.BigIntegerField(
        default=0, db_default=0, help_text="When workers were last told of it; 0: never"
    )
    leased_at = models.BigIntegerField(
        default=0, db_default=0, help_text="When a worker last took it or gave it back; 0: never"
    )
    traceparent = models.CharField(
        max_length=55, blank=True, default="", db_default="", help_text="The trace of what queued it, if any"
    )
    cancel_requested = models.BooleanField(default=False)
    created_at = models.BigIntegerField()
    started_at = models.BigIntegerField(null=True)
    finished_at = models.BigIntegerField(null=True)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT)
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL)

    class Meta:
        indexes = [
            models.Index(fields=["state", "lease_until", "id"], name="job_due"),
            models.Index(fields=["state", "queue", "organisation", "-priority", "id"], name="job_turn"),
            models.Index(fields=["organisation", "queue", "-leased_at"], name="job_served"),
        ]

    def __str__(self) -> str:
        return f"job {self.pk} ({self.kind}, {self.state})"


class JobAttempt(models.Model):
    """An attempt that failed: when, by which worker, and why. A worker that died left no reason itself."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="failed_attempts")
    number = models.PositiveSmallIntegerField()
    at = models.BigIntegerField()
    worker = models.CharField(max_length=80)
    reason = models.TextField()

    def __str__(self) -> str:
        return f"attempt {self.number} by {self.worker}: {self.reason}"


class Backfill(models.Model):
    """Up to which version of its rules something was derived for all rows that there are."""

    name = models.CharField(max_length=80, primary_key=True)
    version = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class JobError(models.Model):
    """A fault of one record: which record, which field, which rule, and what was expected."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="errors")
    position = models.BigIntegerField(help_text="Index of the record in its file, from 0")
    record = models.CharField(max_length=200)
    stix_id = models.CharField(max_length=200, blank=True, default="")
    path = models.CharField(max_length=500, blank=True, default="")
    rule = models.CharField(max_length=80)
    severity = models.CharField(max_length=8)
    message = models.TextField()

    def __str__(self) -> str:
        return f"{self.record}: {self.message}"
