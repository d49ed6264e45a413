"""Who may be asked with which credentials, how often yet, and what was asked. Times are microseconds, UTC."""

from django.db import models


class ProviderAccount(models.Model):
    """An organisation's or a user's credentials and choices for one provider.

    `credentials` is one sealed JSON object. `gate` names the `Gate` that all accounts of the same credentials
    share. `name` tells several accounts of one provider apart, where it may have several.
    """

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=40)
    name = models.CharField(max_length=28, blank=True, default="")
    is_enabled = models.BooleanField(default=False)
    credentials = models.TextField(blank=True, default="")
    gate = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    rates = models.JSONField(null=True, help_text="[[calls, seconds], …]; null for the provider's own")
    tlp = models.PositiveSmallIntegerField(null=True)
    last_outcome = models.CharField(max_length=12, blank=True, default="")
    last_message = models.CharField(max_length=500, blank=True, default="")
    last_asked_at = models.BigIntegerField(null=True)
    created_at = models.BigIntegerField()
    changed_at = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "provider", "name"],
                condition=models.Q(user__isnull=True),
                name="asking_organisation_account",
            ),
            models.UniqueConstraint(
                fields=["organisation", "user", "provider", "name"],
                condition=models.Q(user__isnull=False),
                name="asking_own_account",
            ),
        ]

    def __str__(self) -> str:
        return f"account {self.pk} ({self.provider})"


class Gate(models.Model):
    """How often one credential was used, and whether its service is to be left alone; all processes share it.

    `counts` has, for each length of window in seconds, how many calls fell into each of its segments.
    """

    key = models.CharField(max_length=64, unique=True)
    provider = models.CharField(max_length=40)
    counts = models.JSONField(default=dict)
    shut_until = models.BigIntegerField(default=0)
    shut_reason = models.CharField(max_length=300, blank=True, default="")
    faults = models.PositiveIntegerField(default=0, help_text="In a row, up to now")
    trips = models.PositiveIntegerField(default=0)
    open_until = models.BigIntegerField(default=0)
    probe_until = models.BigIntegerField(default=0)
    last_fault = models.CharField(max_length=300, blank=True, default="")

    def __str__(self) -> str:
        return f"gate {self.pk} ({self.provider})"


class CallState(models.TextChoices):
    """`WAITING`: not sent yet. `SENT`: no reply yet. `LOST`: sent, and its reply will never be known."""

    WAITING = "waiting"
    SENT = "sent"
    RECEIVED = "received"
    LOST = "lost"


class Call(models.Model):
    """One request of one account: written before it is sent, with its reply as soon as that came.

    `digest` is of the request without secrets. `body` is compressed, and holds no credential.
    """

    account = models.ForeignKey(ProviderAccount, on_delete=models.CASCADE, related_name="calls")
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=CallState.choices)
    asker = models.CharField(max_length=60, blank=True, default="")
    is_metered = models.BooleanField()
    sent_at = models.BigIntegerField()
    lease_until = models.BigIntegerField()
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    received_at = models.BigIntegerField(default=0)
    expires_at = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="asking_call_once")]
        indexes = [models.Index(fields=["expires_at"], name="asking_call_expiry")]

    def __str__(self) -> str:
        return f"call {self.pk} ({self.state})"
