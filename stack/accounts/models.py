"""Organisations and their sharing groups, users and memberships, keys, invitations, one-time links.

Times are microseconds since the epoch, UTC.
"""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models

from stack.accounts.names import fold_name
from stack.accounts.roles import Role


class Organisation(models.Model):
    name = models.CharField(max_length=200, unique=True)
    created_at = models.BigIntegerField(default=0)
    require_mfa_from = models.CharField(
        max_length=20, blank=True, default="", help_text="Role from which on a second factor is required"
    )

    def __str__(self) -> str:
        return self.name


class SharingGroup(models.Model):
    """Organisations that share with one another: what is shared with the group, each of them may see."""

    name = models.CharField(max_length=200, unique=True)
    organisations = models.ManyToManyField(Organisation, related_name="sharing_groups")
    created_at = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class RestrictedMarking(models.Model):
    """A marking definition that hides what carries it from whoever was not granted it."""

    marking_id = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """`organisation` is the one that the user acts for now, one of their memberships.

    User names are kept folded, so that the database's own rule makes them unique in every spelling.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    disabled_as = models.CharField(
        max_length=20, blank=True, default="", help_text="The role of who disabled the account"
    )

    REQUIRED_FIELDS = ["organisation"]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.username = fold_name(self.username)
        super().save(*args, **kwargs)

    @classmethod
    def normalize_username(cls, username: str) -> str:
        return fold_name(username)


class Membership(models.Model):
    """What a user is in an organisation, and up to where they may see."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    tlp_ceiling = models.PositiveSmallIntegerField(default=2, help_text="Highest TLP level, 0 clear to 4 red")
    granted_markings = models.ManyToManyField(RestrictedMarking, blank=True, related_name="memberships")
    created_at = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "organisation"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} as {self.role} of {self.organisation}"


class ApiKey(models.Model):
    """A bearer key, `stk_<prefix>_<secret>`: only its SHA-256 is kept.

    It acts for one membership and never beyond it: `scopes` (permissions; empty for all of the role's) and
    `tlp_ceiling` only narrow. `networks` are the CIDR blocks that it may be used from; empty for all.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    networks = models.JSONField(default=list)
    tlp_ceiling = models.PositiveSmallIntegerField(default=4)
    created_at = models.BigIntegerField()
    expires_at = models.BigIntegerField(null=True)
    last_used_at = models.BigIntegerField(null=True)
    last_used_from = models.CharField(max_length=45, blank=True, default="")
    revoked_at = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.name} (stk_{self.prefix}_…)"


class KeyNetwork(models.Model):
    """A network (/24 or /48) from which a key was used: the first use from another one is worth a look."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="seen_networks")
    network = models.CharField(max_length=49)
    first_used_at = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "network"], name="key_network_once")]

    def __str__(self) -> str:
        return f"{self.key} from {self.network}"


class Invitation(models.Model):
    """Lets one person make an account, or join with the one that they have; only the SHA-256 is kept."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(blank=True, default="")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    tlp_ceiling = models.PositiveSmallIntegerField(default=2)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.BigIntegerField()
    expires_at = models.BigIntegerField()
    accepted_at = models.BigIntegerField(null=True)
    revoked_at = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"invitation {self.pk} to {self.organisation}"


class SignInToken(models.Model):
    """A one-time sign-in link, of which only the SHA-256 is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.BigIntegerField()
    used_at = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"sign-in link of {self.user}"
