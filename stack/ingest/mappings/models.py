"""Which column of a source's CSV files holds what. Times are microseconds, UTC."""

from django.db import models


class Mapping(models.Model):
    """By the name of the source, which may not have said anything yet. `mapping` is a `CsvMapping`."""

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT)
    source = models.CharField(max_length=200)
    mapping = models.JSONField()
    changed_by = models.CharField(max_length=200)
    changed_at = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "source"], name="mapping_source")]

    def __str__(self) -> str:
        return f"mapping {self.pk}"
