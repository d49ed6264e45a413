"""What was posted and what became of it. Times are microseconds since the epoch, UTC."""

import uuid

from django.db import models


class Submission(models.Model):
    """A post to a collection. `entries` is a compressed JSON list of (id, version) of its objects, in order.

    `finished_at` is set when all that could be taken in is in the collection; the objects that could not are
    its refusals.
    """

    uid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    root = models.CharField(max_length=60)
    collection_id = models.BigIntegerField()
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.BigIntegerField(db_index=True)
    finished_at = models.BigIntegerField(null=True)
    total = models.PositiveIntegerField()
    entries = models.BinaryField()

    def __str__(self) -> str:
        return f"post {self.uid} of {self.total} objects"


class Refusal(models.Model):
    """An object that cannot be taken in, by its position in the post from 0, and why."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="refusals")
    position = models.PositiveIntegerField()
    message = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "position"], name="one_refusal_an_object")
        ]

    def __str__(self) -> str:
        return f"object {self.position}: {self.message}"
