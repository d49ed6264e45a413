"""The clustered tables of selections, which migration 0007 creates by each dialect's own words."""

from django.db import models


class Entry(models.Model):
    """A version of a face in a selection. `added_at` is unique within it and rises in commit order.

    `removed_at` says when an object left: its last entry stays as the trace of that. `is_withheld` marks a
    version that somebody took out by hand, so that it does not come back by itself.
    """

    pk = models.CompositePrimaryKey("selection_id", "added_at")
    selection_id = models.BigIntegerField()
    added_at = models.BigIntegerField()
    face_id = models.BigIntegerField()
    version_id = models.BigIntegerField()
    audience_id = models.BigIntegerField()
    type = models.CharField(max_length=250)
    version = models.BigIntegerField()
    is_last = models.PositiveSmallIntegerField()
    is_first = models.PositiveSmallIntegerField()
    is_withheld = models.PositiveSmallIntegerField()
    removed_at = models.BigIntegerField(null=True)

    class Meta:
        app_label = "store"
        db_table = "store_entry"

    def __str__(self) -> str:
        return f"version {self.version_id} in selection {self.selection_id}"


class Pick(models.Model):
    """A STIX id that somebody put into a selection, or took out of it, by hand; it may be unknown here."""

    pk = models.CompositePrimaryKey("selection_id", "uuid", "type")
    selection_id = models.BigIntegerField()
    uuid = models.BinaryField(max_length=16)
    type = models.CharField(max_length=250)
    is_member = models.PositiveSmallIntegerField()
    picked_at = models.BigIntegerField()

    class Meta:
        app_label = "store"
        db_table = "store_pick"

    def __str__(self) -> str:
        return f"{self.type} in selection {self.selection_id}" if self.is_member else f"no {self.type}"
