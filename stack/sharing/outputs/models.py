"""Outputs, the keys that open each, and what was last made of it for whom. Times are microseconds UTC."""

from django.db import models


class Output(models.Model):
    """A collection, or what a query finds, in one format at an address of its own.

    `uid` is its part of the address. `collection_id` is no foreign key: an output whose collection is gone
    answers nothing, and never everything. The other fields are those of `exporting.records.ExportRequest`.
    """

    uid = models.CharField(max_length=24, unique=True)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    format = models.CharField(max_length=40)
    options = models.JSONField(default=dict)
    query = models.TextField(blank=True, default="")
    collection_id = models.BigIntegerField(null=True)
    types = models.JSONField(default=list)
    minimum_confidence = models.PositiveSmallIntegerField(default=0)
    tlp_ceiling = models.PositiveSmallIntegerField(null=True)
    known_good = models.CharField(max_length=20, default="default")
    invalid = models.CharField(max_length=20, default="default")
    created_at = models.BigIntegerField()
    changed_at = models.BigIntegerField()

    def __str__(self) -> str:
        return self.title


class OutputKey(models.Model):
    """An API key that opens this output and nothing else. `digest` is of what it was given last."""

    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="keys")
    key = models.OneToOneField("accounts.ApiKey", on_delete=models.CASCADE, related_name="+")
    fetched_at = models.BigIntegerField(null=True)
    fetches = models.BigIntegerField(default=0, help_text="About: not counted more than once a minute")
    digest = models.CharField(max_length=64, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.key} for {self.output}"


class OutputRun(models.Model):
    """The last file of an output for those who may see the same (`clearance`).

    `state` names all that the file was made of, `digest` is the SHA-256 of the file, which was first the
    same at `made_at`; `next_change_at` is when the passing of time alone changes it (0: never).
    """

    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="runs")
    clearance = models.CharField(max_length=64)
    state = models.CharField(max_length=64, blank=True, default="")
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()
    items = models.BigIntegerField()
    entries = models.BigIntegerField()
    report = models.JSONField(default=dict)
    cursor = models.CharField(max_length=500, blank=True, default="")
    made_at = models.BigIntegerField()
    ran_at = models.BigIntegerField()
    next_change_at = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["output", "clearance"], name="output_run_once")]

    def __str__(self) -> str:
        return f"{self.output} at {self.made_at}"
