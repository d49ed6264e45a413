"""Who is this? A user, a key or the machine's own administrator, read as a `Principal`."""

import re
from dataclasses import dataclass
from hashlib import sha256
from secrets import compare_digest

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


def principal_of_user(user: User) -> Principal:
    return Principal(
        name=user.get_username(),
        organisation_id=user.organisation_id,
        user_id=user.pk,
        permissions=_ADMINISTRATOR if user.is_superuser else _MEMBER,
        tlp_ceiling=user.tlp_ceiling,
    )


def principal_of_key(text: str) -> Principal | None:
    """The principal of a key that is valid now: known, not revoked, not expired, of an active user."""
    key = find_key(text)
    return principal_of_user(key.user) if key else None


def find_key(text: str) -> ApiKey | None:
    """The valid key that `text` (`stk_<prefix>_<secret>`) is; the user comes with it."""
    shape = _KEY.fullmatch(text)
    if shape is None:
        return None
    # One plain condition, the rest in Python: this runs on every request of a program.
    key = next(iter(ApiKey.objects.select_related("user").filter(prefix=shape[1])), None)
    is_valid = (
        key is not None
        and compare_digest(key.digest, digest_of(text))
        and key.revoked_at is None
        and (key.expires_at is None or key.expires_at > now_us())
        and key.user.is_active
    )
    return key if is_valid else None


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
