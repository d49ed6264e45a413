"""Who is this? A user, a key or the machine's own administrator, read as a `Principal`."""

import re
from dataclasses import dataclass
from hashlib import sha256
from secrets import compare_digest

from django.db import connections, router

from stack.accounts.models import ApiKey, User
from stack.accounts.principal import Permission, Principal
from stack.core.clock import now_us
from stack.core.errors import Unavailable

_ADMINISTRATOR = frozenset(Permission)
_MEMBER = frozenset({Permission.READ, Permission.INGEST, Permission.EXPORT})
_KEY = re.compile(r"stk_([0-9a-f]{12})_[0-9a-f]{48}")


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as lists show it; its secret is kept nowhere. Times are microseconds UTC."""

    id: int
    name: str
    prefix: str
    created_at: int
    expires_at: int | None
    last_used_at: int | None


@dataclass(frozen=True, slots=True)
class ValidKey:
    """A key that lets its user in now; `last_used_at` in microseconds UTC."""

    id: int
    last_used_at: int | None
    principal: Principal


# Written out, because it runs on every request of a program, and the ORM takes half a millisecond for it.
_FIND_KEY = (
    "SELECT k.id, k.digest, k.revoked_at, k.expires_at, k.last_used_at, "
    "u.is_active, u.username, u.organisation_id, u.id, u.is_superuser, u.tlp_ceiling "
    "FROM accounts_apikey k JOIN accounts_user u ON u.id = k.user_id WHERE k.prefix = %s"
)


def principal_of_user(user: User) -> Principal:
    return _make_principal(
        user.get_username(), user.organisation_id, user.pk, user.is_superuser, user.tlp_ceiling
    )


def _make_principal(
    name: str, organisation_id: int, user_id: int, is_superuser: bool, tlp_ceiling: int
) -> Principal:
    return Principal(
        name=name,
        organisation_id=organisation_id,
        user_id=user_id,
        permissions=_ADMINISTRATOR if is_superuser else _MEMBER,
        tlp_ceiling=tlp_ceiling,
    )


def find_key(text: str) -> ValidKey | None:
    """The valid key that `text` (`stk_<prefix>_<secret>`) is, with whom it stands for."""
    shape = _KEY.fullmatch(text)
    if shape is None:
        return None
    with connections[router.db_for_read(ApiKey)].cursor() as cursor:
        cursor.execute(_FIND_KEY, [shape[1]])
        row = cursor.fetchone()
    if row is None:
        return None
    key_id, digest, revoked_at, expires_at, last_used_at, is_active, *user = row
    is_valid = (
        compare_digest(digest, digest_of(text))
        and revoked_at is None
        and (expires_at is None or expires_at > now_us())
        and is_active
    )
    return ValidKey(key_id, last_used_at, _make_principal(*user)) if is_valid else None


def digest_of(text: str) -> str:
    """Keys and links are long random strings, so one plain SHA-256 protects what is kept of them."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def list_keys(principal: Principal) -> list[KeyRow]:
    """The principal's own keys that are not revoked, newest first; expired ones are shown until revoked."""
    if principal.user_id is None:
        return []
    rows = ApiKey.objects.filter(user_id=principal.user_id, revoked_at=None).order_by("-id")
    return [
        KeyRow(row.pk, row.name, row.prefix, row.created_at, row.expires_at, row.last_used_at) for row in rows
    ]


def local_principal() -> Principal:
    """The administrator, for whoever runs Stack on this machine: the data folder is theirs to read anyway."""
    administrator = User.objects.filter(is_superuser=True).order_by("id").first()
    if administrator is None:
        raise Unavailable("Stack has no administrator yet", remedy="Run `stack init` first.")
    return principal_of_user(administrator)
