"""The audit log: one table that is only ever appended to. Times are microseconds since the epoch, UTC.

No column is a foreign key: a row outlives what it names. Triggers (`append_only.py`) refuse to change or
remove a row, and each row holds the hash of the one before it (`chain.py`).
"""

from django.db import models


class AuditEntry(models.Model):
    """One act. `sequence` counts all entries, `number` those of one organisation, which alone it is shown."""

    sequence = models.BigIntegerField(primary_key=True)
    number = models.BigIntegerField()
    at = models.BigIntegerField()
    name = models.CharField(max_length=60)
    result = models.CharField(max_length=10)
    actor_name = models.CharField(max_length=150)
    user_id = models.BigIntegerField(null=True)
    key_id = models.BigIntegerField(null=True)
    organisation_id = models.BigIntegerField(null=True)
    face = models.CharField(max_length=20)
    address = models.CharField(max_length=45)
    request_id = models.CharField(max_length=64)
    object_kind = models.CharField(max_length=60)
    object_id = models.CharField(max_length=300)
    before = models.TextField(help_text="Canonical JSON")
    after = models.TextField(help_text="Canonical JSON")
    is_security = models.BooleanField(default=False)
    previous = models.CharField(max_length=64, help_text="Hash of the entry before, in hexadecimal digits")
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_entry"
        indexes = [
            models.Index(fields=["organisation_id", "number"], name="audit_entry_of_organisation"),
            models.Index(fields=["at"], name="audit_entry_by_time"),
        ]

    def __str__(self) -> str:
        return f"audit entry {self.sequence}"
