"""What an organisation reads on a schedule, and each time that it was read. Times are microseconds, UTC."""

from django.db import models


class Outcome(models.TextChoices):
    """`FETCHING` and `INGESTING` go on; the others have ended."""

    FETCHING = "fetching"
    INGESTING = "ingesting"
    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"


UNENDED = (Outcome.FETCHING, Outcome.INGESTING)


class Feed(models.Model):
    """`credentials` is one sealed JSON object. `validators` and `memory` are those of the last visit that
    succeeded whole: a visit that failed is made again as if it had not been."""

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT)
    name = models.CharField(max_length=150)
    vendor = models.CharField(max_length=40)
    is_enabled = models.BooleanField(default=False)
    every_s = models.PositiveIntegerField()
    options = models.JSONField(default=dict)
    handling = models.JSONField(default=dict, help_text="stack.store.records.Handling")
    credentials = models.TextField(blank=True, default="")
    validators = models.JSONField(default=dict)
    memory = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(
        default=0, help_text="Rises with each change, so that a visit begun before teaches nothing"
    )
    next_run_at = models.BigIntegerField(default=0)
    last_success_at = models.BigIntegerField(null=True)
    last_error = models.CharField(max_length=500, blank=True, default="")
    last_cause = models.CharField(max_length=20, blank=True, default="")
    failures = models.PositiveIntegerField(default=0, help_text="In a row, up to now")
    created_at = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="feed_name")]
        indexes = [models.Index(fields=["is_enabled", "next_run_at"], name="feed_due")]

    def __str__(self) -> str:
        return f"feed {self.pk} ({self.vendor})"


class FeedRun(models.Model):
    """One visit. `learned` and `memory` become the feed's when all of its ingests have succeeded.

    At most one of a feed goes on at a time, which the database itself holds.
    """

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="runs")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.FETCHING)
    job_id = models.BigIntegerField(default=0)
    ingest_job_ids = models.JSONField(default=list)
    revision = models.PositiveIntegerField(default=0)
    learned = models.JSONField(default=dict)
    memory = models.JSONField(default=dict)
    started_at = models.BigIntegerField()
    ended_at = models.BigIntegerField(null=True)
    received_bytes = models.BigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["feed"], condition=models.Q(ended_at__isnull=True), name="feed_one_run"
            )
        ]
        indexes = [models.Index(fields=["feed", "-id"], name="feed_runs")]

    def __str__(self) -> str:
        return f"run {self.pk} ({self.outcome})"
