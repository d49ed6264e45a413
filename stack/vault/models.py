"""Wrapped keys. No key stands here in the clear; times are microseconds since the epoch, UTC."""

from django.db import models
from django.db.models import Q


class Purpose(models.TextChoices):
    """`SEAL` keys are replaced by a rotation; what `HASH` and `SIGN` make must stay comparable for good."""

    SEAL = "seal"
    HASH = "hash"
    SIGN = "sign"


class KeyState(models.TextChoices):
    """`OPENS` while values under it are sealed anew; `RETIRED` when none that is registered is left.

    A retired key still opens: a writer that began before the rotation may yet commit.
    """

    ACTIVE = "active"
    OPENS = "opens"
    RETIRED = "retired"


class DataKey(models.Model):
    id = models.CharField(max_length=16, primary_key=True, help_text="Random, so that it is never used twice")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    state = models.CharField(max_length=8, choices=KeyState.choices, default=KeyState.ACTIVE)
    wrapped = models.TextField()
    key_encryption_id = models.CharField(max_length=200)
    created_at = models.BigIntegerField()
    retired_at = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose"], condition=Q(state="active"), name="vault_one_active_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} key {self.pk} ({self.state})"


class VaultMark(models.Model):
    """The one row that says which key-encryption key is in use, with a known value wrapped by it as proof."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    key_encryption_id = models.CharField(max_length=200)
    proof = models.TextField()
    created_at = models.BigIntegerField()

    def __str__(self) -> str:
        return f"vault under {self.key_encryption_id}"
