"""The table of stored files. Times are microseconds since the epoch, UTC."""

from django.db import models


class Artifact(models.Model):
    """A stored file: its bytes are sealed elsewhere under `name`; the key that opens them is sealed here.

    The row comes before the bytes, so that whatever a killed process left has a row that says so: one without
    a size. `job` is who needs the file, until it is done; one kept `for_good` stays until it is released.
    """

    name = models.CharField(max_length=32, primary_key=True, help_text="Random: it says nothing of the file")
    sealed_key = models.TextField(help_text="Empty once the file goes away")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    size = models.BigIntegerField(null=True)
    organisation = models.ForeignKey("accounts.Organisation", null=True, on_delete=models.PROTECT)
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.BigIntegerField()
    for_good = models.BooleanField(default=False, db_default=False)

    class Meta:
        app_label = "store"

    def __str__(self) -> str:
        return f"artifact {self.name}"
