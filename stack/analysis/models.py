"""What was analysed, and what each plug-in said. Times are microseconds, UTC."""

from django.db import models


class AnalysisState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class AnswerState(models.TextChoices):
    """`WAITING` and `RUNNING` go on. `FOUND` and `ABSENT` are answers, all others say why there is none."""

    WAITING = "waiting"
    RUNNING = "running"
    FOUND = "found"
    ABSENT = "absent"
    REFUSED = "refused"
    LIMITED = "limited"
    UNAUTHORISED = "unauthorised"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    SKIPPED = "skipped"


UNANSWERED = (AnswerState.WAITING, AnswerState.RUNNING)
ENDED_BEFORE = "The analysis ended before it answered"


class Clearance(models.Model):
    """What a principal for whom analyses were run may see; there are as many as clearances are in use."""

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    tlp_ceiling = models.PositiveSmallIntegerField()
    group_ids = models.JSONField(default=list)
    hidden_markings = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "digest"], name="analysis_clearance_digest")
        ]

    def __str__(self) -> str:
        return f"clearance {self.pk}"


class Analysis(models.Model):
    """`digest` finds a subject again: SHA-256 of kind and value. A reader must be cleared for all that
    whoever it is run for may see."""

    uid = models.UUIDField(unique=True)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=20)
    value = models.TextField()
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=255, blank=True, default="")
    size = models.BigIntegerField(default=0)
    artifact = models.CharField(max_length=64, blank=True, default="")
    passwords = models.TextField(blank=True, default="")
    tlp = models.PositiveSmallIntegerField(default=0)
    may_ask = models.BooleanField(default=True)
    trigger = models.CharField(max_length=10)
    rule_id = models.BigIntegerField(null=True)
    batch = models.CharField(max_length=36, blank=True, default="")
    clearance = models.ForeignKey(Clearance, on_delete=models.PROTECT, related_name="+")
    job_id = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=AnalysisState.choices, default=AnalysisState.WAITING)
    word = models.CharField(max_length=10, default="unknown")
    score = models.PositiveSmallIntegerField(null=True)
    confidence = models.PositiveSmallIntegerField(default=0, help_text="Percent")
    summary = models.CharField(max_length=500, blank=True, default="")
    stix_ids = models.JSONField(default=list)
    created_at = models.BigIntegerField()
    ended_at = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-id"], name="analysis_newest"),
            models.Index(fields=["organisation", "digest", "-id"], name="analysis_subject"),
            models.Index(fields=["organisation", "batch"], name="analysis_batch"),
        ]

    def __str__(self) -> str:
        return f"analysis {self.uid}"


class AnalysisAnswer(models.Model):
    """What one plug-in said; `answer` is an `answers.Answer` as JSON, empty where there is none."""

    analysis = models.ForeignKey(Analysis, on_delete=models.CASCADE, related_name="answers")
    plugin = models.CharField(max_length=40)
    is_provider = models.BooleanField()
    state = models.CharField(max_length=12, choices=AnswerState.choices, default=AnswerState.WAITING)
    message = models.CharField(max_length=500, blank=True, default="")
    answer = models.TextField(blank=True, default="")
    is_kept = models.BooleanField(default=False)
    is_asked_anew = models.BooleanField(default=False)
    asked_at = models.BigIntegerField(null=True)
    ended_at = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["analysis", "plugin"], name="analysis_answer")]

    def __str__(self) -> str:
        return f"{self.plugin} on analysis {self.analysis_id}"


class AnalysisRule(models.Model):
    """What is analysed by itself when it comes in. It works for whoever made it, and sees what they see.

    `kinds` are of subjects, `query` narrows them down (docs/search.md). `cursor` is how far it has followed
    the change log; on `day` (days since the epoch) it has started `started` analyses.
    """

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.CASCADE, related_name="+")
    clearance = models.ForeignKey(Clearance, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    kinds = models.JSONField(default=list)
    query = models.TextField(blank=True, default="")
    plugins = models.JSONField(null=True)
    may_ask = models.BooleanField(default=False)
    per_day = models.PositiveIntegerField(default=1000)
    is_enabled = models.BooleanField(default=True)
    cursor = models.BigIntegerField(default=0)
    day = models.PositiveIntegerField(default=0)
    started = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0, help_text="Today, beyond `per_day`")
    trouble = models.CharField(max_length=300, blank=True, default="")
    created_at = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="analysis_rule_name")]

    def __str__(self) -> str:
        return f"rule {self.pk}"
