"""Documents under review and what was found in them. Times are microseconds since the epoch, UTC."""

from django.db import models

from stack.ingest.review.records import Decision, ReviewState


class Review(models.Model):
    """A document, what a report will say of it, and how far its review is.

    `revision` rises with every change, so that who changes something that somebody else has changed since is
    told. `handling` is a `store.records.Handling`, `subjects` are `records.Subject`. `tlp` and `markings`
    repeat what of the handling decides which members see it. `stated` is what was committed last, by STIX id:
    a digest of the content and the times.
    """

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, default=ReviewState.READING.value)
    revision = models.PositiveIntegerField(default=1)
    filename = models.CharField(max_length=200)
    format = models.CharField(max_length=20, blank=True, default="")
    artifact = models.CharField(max_length=32)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    error = models.TextField(blank=True, default="")
    notes = models.JSONField(default=list, help_text="What the reader says about the document, in words")
    commits_itself = models.BooleanField(default=False)

    source = models.CharField(max_length=200)
    title = models.CharField(max_length=500, blank=True, default="")
    description = models.TextField(blank=True, default="")
    url = models.CharField(max_length=2000, blank=True, default="")
    published_at = models.BigIntegerField(null=True)
    report_types = models.JSONField(default=list)
    labels = models.JSONField(default=list)
    confidence = models.PositiveSmallIntegerField(null=True)
    subjects = models.JSONField(default=list)
    handling = models.JSONField(default=dict)
    tlp = models.SmallIntegerField(default=-1, help_text="0 clear to 4 red, -1 none")
    markings = models.TextField(blank=True, default="", help_text="Marking ids with a blank on each side")

    created_at = models.BigIntegerField()
    changed_at = models.BigIntegerField()
    changed_by = models.CharField(max_length=200, blank=True, default="")
    committed_at = models.BigIntegerField(null=True)
    report_id = models.CharField(max_length=300, blank=True, default="")
    stated = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "state", "-id"], name="review_state"),
            models.Index(fields=["organisation", "sha256"], name="review_document"),
        ]

    def __str__(self) -> str:
        return f"review {self.pk} of {self.filename}"


class ReviewPart(models.Model):
    """A page of the document, or a part of one that has no pages: its text, and what it is called."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "number"], name="review_part")]

    def __str__(self) -> str:
        return self.title


class Find(models.Model):
    """A value in the document. `mentions` are up to a hundred places (part, start, end), the first its own.

    `value` is canonical, `raw` as it is written; of a rule (`pattern_type`) both are its text. `becomes` says
    what an accepted find is stated as.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="finds")
    kind = models.CharField(max_length=20)
    pattern_type = models.CharField(
        max_length=10, blank=True, default="", help_text="yara or sigma, of a rule"
    )
    value = models.TextField()
    raw = models.TextField()
    part = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    mentions = models.JSONField(default=list)
    context = models.TextField(blank=True, default="")
    is_defanged = models.BooleanField(default=False)
    is_by_hand = models.BooleanField(default=False)
    sureness = models.PositiveSmallIntegerField(default=50)
    why = models.CharField(max_length=200, blank=True, default="")
    known_good = models.JSONField(default=list)
    is_known_good = models.BooleanField(default=False, help_text="A list says that nobody should block it")
    becomes = models.CharField(max_length=12)
    decision = models.CharField(max_length=10, default=Decision.OPEN.value)
    decided_by = models.CharField(max_length=200, blank=True, default="")
    decided_at = models.BigIntegerField(null=True)
    name = models.CharField(max_length=300, blank=True, default="")
    description = models.TextField(blank=True, default="")
    labels = models.JSONField(default=list)
    confidence = models.PositiveSmallIntegerField(null=True)
    valid_until = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["review", "decision"], name="find_decision")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value[:80]}"
