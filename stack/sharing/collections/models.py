"""Collections, and API roots made by configuration. What is in a collection is in `store.selections`.

Times are microseconds since the epoch, UTC.
"""

from django.db import models


class ApiRoot(models.Model):
    """An API root beside those that every organisation and every sharing group has."""

    slug = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    created_at = models.BigIntegerField()

    def __str__(self) -> str:
        return self.slug


class Collection(models.Model):
    """`query` feeds it (empty: only what is picked). `cursor` is the change up to which it is kept up,
    `last_date` the newest date that it has given to an entry, `released_at` up to when ended embargoes were
    looked for. `readers` and `writers` are `records.Sharing`; nobody may post where there are no writers."""

    uid = models.UUIDField(unique=True)
    root = models.CharField(max_length=60, help_text="Slug of its API root")
    alias = models.CharField(max_length=60, blank=True, default="")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    query = models.TextField(blank=True, default="")
    readers = models.JSONField(default=dict)
    writers = models.JSONField(null=True, default=None)
    created_at = models.BigIntegerField()
    cursor = models.BigIntegerField(default=0)
    last_date = models.BigIntegerField(default=0)
    released_at = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["root", "alias"], condition=~models.Q(alias=""), name="collection_alias"
            )
        ]

    def __str__(self) -> str:
        return self.title
