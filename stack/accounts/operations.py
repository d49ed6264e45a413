"""Writes of accounts: the first organisation, API keys, one-time sign-in links."""

import secrets
from dataclasses import dataclass

from django.db import router, transaction

from stack.accounts.models import ApiKey, Membership, Organisation, SignInToken, User
from stack.accounts.principal import Principal, Role
from stack.accounts.queries import ValidKey, digest_of
from stack.core.clock import now_us
from stack.core.errors import BadInput, FieldError, NotAllowed, NotFound

_MINUTE = 60 * 1_000_000
_LINK_LIFE = 15 * _MINUTE
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: the only time that its text exists outside its owner's hands."""

    key: str
    prefix: str
    id: int


def ensure_first_organisation() -> User:
    """The first administrator, made with their organisation when there is none.

    They have no password until they set one: a sign-in link lets them in.
    """
    with transaction.atomic(using=router.db_for_write(User)):
        first = (
            Membership.objects.filter(role=Role.PLATFORM_ADMIN).select_related("user").order_by("id").first()
        )
        if first is not None:
            return first.user
        organisation = Organisation.objects.order_by("id").first()
        if organisation is None:
            organisation = Organisation.objects.create(name="My organisation", created_at=now_us())
        administrator, made = User.objects.get_or_create(
            username="admin", defaults={"organisation": organisation}
        )
        if made:
            administrator.set_unusable_password()
            administrator.save(update_fields=["password"])
        Membership.objects.create(
            user=administrator,
            organisation_id=administrator.organisation_id,
            role=Role.PLATFORM_ADMIN,
            tlp_ceiling=4,
            created_at=now_us(),
        )
        return administrator


def create_key(principal: Principal, *, name: str, expires_at: int | None = None) -> NewKey:
    """A key that may do what its user may; `expires_at` is in microseconds UTC."""
    if principal.user_id is None:
        raise NotAllowed("Only a user can have API keys", remedy="Sign in as a user first.")
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME:
        raise _bad_field("name", f"expected 1 to {_LONGEST_NAME} characters, got {len(name)}")
    if expires_at is not None and expires_at <= now_us():
        raise _bad_field("expires_at", "expected a time in the future")
    prefix = secrets.token_hex(6)
    text = f"stk_{prefix}_{secrets.token_hex(24)}"
    key = ApiKey.objects.create(
        user_id=principal.user_id,
        organisation_id=principal.organisation_id,
        name=name,
        prefix=prefix,
        digest=digest_of(text),
        created_at=now_us(),
        expires_at=expires_at,
    )
    return NewKey(key=text, prefix=prefix, id=key.pk)


def revoke_key(principal: Principal, key_id: int) -> None:
    """Revokes one of the principal's own keys, at once and for good."""
    own = ApiKey.objects.filter(pk=key_id, revoked_at=None)
    if principal.user_id is None or not own.filter(user_id=principal.user_id).update(revoked_at=now_us()):
        raise NotFound(f"You have no API key {key_id}", remedy="List your keys to see their ids.")


def record_key_use(key: ValidKey) -> None:
    """Notes that the key was used, at most once a minute, so that reading does not turn into writing."""
    now = now_us()
    if key.last_used_at is None or key.last_used_at < now - _MINUTE:
        ApiKey.objects.filter(pk=key.id).update(last_used_at=now)


def create_sign_in_link(user: User) -> str:
    """The token of a link that signs `user` in once, within 15 minutes."""
    now = now_us()
    SignInToken.objects.filter(expires_at__lt=now).delete()
    token = secrets.token_urlsafe(32)
    SignInToken.objects.create(user=user, digest=digest_of(token), expires_at=now + _LINK_LIFE)
    return token


def redeem_sign_in(token: str) -> User | None:
    """The user of an unused link, who is now the only one that it ever let in; None for every other token."""
    now = now_us()
    links = SignInToken.objects.filter(digest=digest_of(token))
    # One conditional UPDATE of the row's own columns: of two requests that bring the same link,
    # the database lets one through (a condition on a joined table would be judged before the wait).
    if not links.filter(used_at=None, expires_at__gt=now).update(used_at=now):
        return None
    user = links.select_related("user").get().user
    return user if user.is_active else None


def _bad_field(field: str, message: str) -> BadInput:
    return BadInput(f"{field}: {message}", errors=(FieldError(field, message),))
