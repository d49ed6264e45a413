"""Who is this? A user, a key or the machine's own administrator, read as a `Principal`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from secrets import compare_digest

import orjson
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper

from stack.accounts.frequent import read_frequent
from stack.accounts.models import ApiKey, Membership, User
from stack.accounts.principal import Principal, Role
from stack.core.clock import now_us
from stack.core.errors import Unavailable

_KEY = re.compile(r"stk_([0-9a-f]{12})_[0-9a-f]{48}")


@dataclass(frozen=True, slots=True)
class ValidKey:
    """A key that lets its user in now; times are microseconds UTC."""

    id: int
    last_used_at: int | None
    principal: Principal
    last_used_from: str = ""
    expires_at: int | None = None


# Written out, because it runs on every request of a program, and the ORM takes half a millisecond for it.
_FIND_KEY = (
    "SELECT k.id, k.digest, k.revoked_at, k.expires_at, k.last_used_at, k.last_used_from, "
    "u.is_active, k.networks, k.scopes, k.tlp_ceiling, "
    "u.username, m.organisation_id, u.id, m.role, m.tlp_ceiling, m.id "
    "FROM accounts_apikey k JOIN accounts_user u ON u.id = k.user_id "
    "JOIN accounts_membership m ON m.user_id = k.user_id AND m.organisation_id = k.organisation_id "
    "WHERE k.prefix = %s"
)
_FIND_CLEARANCE = (
    "SELECT sharinggroup_id, NULL FROM accounts_sharinggroup_organisations WHERE organisation_id = %s "
    "UNION ALL SELECT NULL, r.marking_id FROM accounts_restrictedmarking r WHERE NOT EXISTS ("
    "SELECT 1 FROM accounts_membership_granted_markings g "
    "WHERE g.restrictedmarking_id = r.id AND g.membership_id = %s)"
)


def principal_of_user(user: User) -> Principal:
    """What the user is in the organisation that they act for; who is no member there may do nothing."""
    membership = Membership.objects.filter(user=user, organisation_id=user.organisation_id).first()
    if membership is None or not user.is_active:
        return Principal(user.get_username(), user.organisation_id, user.pk, frozenset(), -1)
    return principal_of_membership(membership, user.get_username())


def principal_of_membership(membership: Membership, name: str) -> Principal:
    return _make_principal(
        connections[router.db_for_read(Membership)],
        name,
        membership.organisation_id,
        membership.user_id,
        membership.role,
        membership.tlp_ceiling,
        membership.pk,
    )


def _make_principal(  # noqa: PLR0917  (a row of the query above, in its order)
    connection: BaseDatabaseWrapper,
    name: str,
    organisation_id: int,
    user_id: int,
    role: str,
    tlp_ceiling: int,
    membership_id: int,
) -> Principal:
    known = Role(role)
    rows = read_frequent(connection, _FIND_CLEARANCE, [organisation_id, membership_id])
    return Principal(
        name=name,
        organisation_id=organisation_id,
        user_id=user_id,
        permissions=known.permissions,
        tlp_ceiling=tlp_ceiling,
        group_ids=frozenset(group for group, _ in rows if group is not None),
        hidden_markings=frozenset(marking for _, marking in rows if marking is not None),
        role=known,
    )


def find_key(text: str, *, address: str = "") -> ValidKey | None:
    """The valid key that `text` (`stk_<prefix>_<secret>`) is, with whom it stands for.

    `address` is where it is used from: a key that is bound to networks is valid nowhere else.
    """
    shape = _KEY.fullmatch(text)
    return None if shape is None else _read_key(shape[1], digest_of(text), address)


def find_vouched_key(prefix: str, *, address: str = "") -> ValidKey | None:
    """The valid key of this prefix, for who has proved otherwise that it is theirs, as by a certificate."""
    return _read_key(prefix, None, address)


def _read_key(prefix: str, expected: str | None, address: str) -> ValidKey | None:
    """`expected` is the digest of the text that was sent; None where a text is not what proves it."""
    connection = connections[router.db_for_read(ApiKey)]
    rows = read_frequent(connection, _FIND_KEY, [prefix])
    if not rows:
        return None
    key_id, digest, revoked_at, expires_at, last_used_at, last_used_from, *rest = rows[0]
    is_active, networks, scopes, ceiling, *member = rest
    is_valid = (
        (expected is None or compare_digest(digest, expected))
        and revoked_at is None
        and (expires_at is None or expires_at > now_us())
        and is_active
        and is_within(address, _read_list(networks))
    )
    if not is_valid:
        return None
    principal = _make_principal(connection, *member)
    allowed = frozenset(_read_list(scopes)) or principal.permissions
    narrowed = replace(
        principal,
        permissions=principal.permissions & allowed,
        tlp_ceiling=min(principal.tlp_ceiling, ceiling),
        key_id=key_id,
    )
    return ValidKey(key_id, last_used_at, narrowed, last_used_from, expires_at)


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Whether the address lies in one of the networks; without networks, every address does."""
    blocks = list(networks)
    if not blocks:
        return True
    found = read_address(address)
    return found is not None and any(found in _read_network(block) for block in blocks)


@lru_cache(maxsize=4096)
def _read_network(text: str) -> IPv4Network | IPv6Network:
    """Kept, because the networks of a key are read on each of its requests."""
    return ip_network(text)


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address, an IPv4 one also where IPv6 wraps it (`::ffff:192.0.2.1`); None for no address."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    wrapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return wrapped or found


def _read_list(value: str | list[str]) -> list[str]:
    """A JSON column, which only PostgreSQL's driver decodes by itself."""
    return [str(each) for each in (orjson.loads(value) if isinstance(value, str) else value)]


def digest_of(text: str) -> str:
    """Keys and links are long random strings, so one plain SHA-256 protects what is kept of them."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def local_principal() -> Principal:
    """The administrator, for whoever runs Stack on this machine: the data folder is theirs to read anyway."""
    membership = (
        Membership.objects.filter(role=Role.PLATFORM_ADMIN, user__is_active=True)
        .select_related("user")
        .order_by("id")
        .first()
    )
    if membership is None:
        raise Unavailable("Stack has no administrator yet", remedy="Run `stack init` first.")
    return principal_of_membership(membership, membership.user.get_username())
