"""Other TAXII servers, what is pulled from and pushed to them, and how far. Times are microseconds, UTC."""

import uuid

from django.db import models

from stack.sources.taxii.records import Direction, Mode


class Peer(models.Model):
    """Another server: `url` is its API root. `secrets` is one sealed JSON object (`secrets.Secrets`)."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    url = models.CharField(max_length=1000)
    version = models.CharField(max_length=3, default="2.1")
    mode = models.CharField(max_length=12, choices=[(each.value, each.value) for each in Mode])
    user = models.CharField(max_length=200, blank=True, default="")
    secrets = models.TextField(blank=True, default="")
    ca = models.TextField(blank=True, default="", help_text="PEM of the authority that is believed")
    certificate = models.TextField(blank=True, default="", help_text="PEM with which Stack shows who it is")
    verify = models.BooleanField(default=True)
    is_enabled = models.BooleanField(default=True)
    created_at = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="peer_name")]

    def __str__(self) -> str:
        return f"peer {self.pk}"


class Link(models.Model):
    """One collection of a peer and the direction. A pull has `source_id`, `handling` and `position`
    (`records.Position`); a push `selection_id`, `tlp_ceiling` and `cursor`, a date of that selection.

    `revision` rises with each change and with each run, so that a run which was overtaken writes nothing.
    """

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="links")
    direction = models.CharField(max_length=4, choices=[(each.value, each.value) for each in Direction])
    collection = models.CharField(max_length=200, help_text="Its id at the peer")
    title = models.CharField(max_length=250, blank=True, default="")
    is_enabled = models.BooleanField(default=True)
    every_s = models.PositiveIntegerField(default=300)
    source_id = models.BigIntegerField(default=0)
    handling = models.JSONField(default=dict, help_text="stack.store.records.Handling")
    position = models.JSONField(default=dict)
    selection_id = models.BigIntegerField(default=0)
    tlp_ceiling = models.PositiveSmallIntegerField(default=1)
    cursor = models.BigIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    next_at = models.BigIntegerField(default=0)
    job_id = models.BigIntegerField(default=0)
    last_attempt_at = models.BigIntegerField(null=True)
    last_success_at = models.BigIntegerField(null=True)
    last_error = models.CharField(max_length=500, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="", help_text="What the server does wrong")
    failures = models.PositiveIntegerField(default=0, help_text="Runs in a row, up to now")
    moved = models.BigIntegerField(default=0, help_text="Objects handed over, or taken by the peer")
    skipped = models.BigIntegerField(default=0, help_text="Objects not pushed to where they came from")
    refused = models.BigIntegerField(default=0, help_text="Objects that the peer did not take")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["peer", "direction", "collection", "selection_id"], name="link_once"
            )
        ]
        indexes = [models.Index(fields=["is_enabled", "next_at"], name="link_due")]

    def __str__(self) -> str:
        return f"{self.direction} {self.pk}"


class SentEnvelope(models.Model):
    """Objects that the peer has taken in hand, and that it has not told the end of."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="sent")
    status_id = models.CharField(max_length=200)
    size = models.PositiveIntegerField(help_text="Objects in it")
    sent_at = models.BigIntegerField()

    def __str__(self) -> str:
        return f"envelope {self.pk}"


class RefusedPush(models.Model):
    """An object that the peer did not take, the last time that it was sent, and why."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="refusals")
    stix_id = models.CharField(max_length=300)
    version = models.CharField(max_length=64, blank=True, default="")
    reason = models.CharField(max_length=500)
    at = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "stix_id", "version"], name="refused_once")]

    def __str__(self) -> str:
        return f"refusal {self.pk}"
