"""Keys that sign access tokens, the sessions that tokens stand for, and the sign-ins that failed.

Times are microseconds since the epoch, UTC.
"""

from django.conf import settings
from django.db import models


class TokenKey(models.Model):
    """An Ed25519 key: the newest signs, the others verify what they signed until it has expired."""

    key_id = models.CharField(max_length=32, unique=True)
    sealed_private = models.TextField(help_text="32 bytes, sealed for this table and key id")
    public = models.CharField(max_length=64, help_text="32 bytes as hexadecimal digits")
    created_at = models.BigIntegerField()

    def __str__(self) -> str:
        return self.key_id


class TokenSession(models.Model):
    """What the `sid` of a token names: a session, without giving its key away."""

    sid = models.CharField(max_length=32, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, unique=True)
    created_at = models.BigIntegerField()

    def __str__(self) -> str:
        return self.sid


class RefreshToken(models.Model):
    """A refresh token, of which only the SHA-256 is kept; used ones stay, so that a replay is recognised."""

    session = models.ForeignKey(TokenSession, on_delete=models.CASCADE, related_name="refresh_tokens")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.BigIntegerField()
    used_at = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"refresh token {self.pk} of {self.session_id}"


class FailedSignIn(models.Model):
    """A sign-in that failed, for a day: many names in a short time are a spray. Names are kept as digests."""

    name_digest = models.CharField(max_length=64)
    address = models.CharField(max_length=45)
    at = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"failed sign-in {self.pk}"
