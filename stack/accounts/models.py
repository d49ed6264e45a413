"""Organisations, users, and the keys and one-time links by which they are recognised."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Organisation(models.Model):
    name = models.CharField(max_length=200, unique=True)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="users")
    tlp_ceiling = models.PositiveSmallIntegerField(default=4, help_text="Highest TLP level, 0 clear to 4 red")

    REQUIRED_FIELDS = ["organisation"]


class ApiKey(models.Model):
    """A bearer key, `stk_<prefix>_<secret>`: only its SHA-256 is kept. Times are microseconds UTC."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=200)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    created_at = models.BigIntegerField()
    expires_at = models.BigIntegerField(null=True)
    last_used_at = models.BigIntegerField(null=True)
    revoked_at = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.name} (stk_{self.prefix}_…)"


class SignInToken(models.Model):
    """A one-time sign-in link, of which only the SHA-256 is kept. Times are microseconds UTC."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.BigIntegerField()
    used_at = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"sign-in link of {self.user}"
