"""What search keeps in the database: where the index stands, and look-ups that a link can bring back."""

from django.db import models


class IndexCursor(models.Model):
    """The last change that an index has taken in, one row per backend."""

    backend = models.CharField(max_length=40, primary_key=True)
    sequence = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.backend} at {self.sequence}"


class IndexLease(models.Model):
    """Who may write an index on servers, and until when (microseconds since the epoch)."""

    index = models.CharField(max_length=80, primary_key=True)
    holder = models.CharField(max_length=40, default="")
    until = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.index} is written by {self.holder or 'nobody'}"


class SavedLookup(models.Model):
    """The pasted lines of a look-up, so that its URL shows the same page again."""

    id = models.CharField(max_length=22, primary_key=True)
    text = models.TextField()
    created_at = models.BigIntegerField()
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT)
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL)

    def __str__(self) -> str:
        return f"look-up {self.pk}"
