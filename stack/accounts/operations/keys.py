"""API keys: made by a signed-in person, narrowed as they like, ended at once and for good."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network

from django.db.models import QuerySet

from stack.accounts.models import ApiKey, Membership
from stack.accounts.names import bad_field, read_name
from stack.accounts.operations.acts import record_change
from stack.accounts.operations.authority import check_rank
from stack.accounts.principal import Permission, Principal, Role
from stack.accounts.queries.members import find_membership
from stack.accounts.queries.recognition import digest_of
from stack.accounts.transactions import writing
from stack.core.clock import now_us
from stack.core.errors import NotAllowed, NotFound
from stack.stix.markings import TlpLevel

_MOST_NETWORKS = 50


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: the only time that its text exists outside its owner's hands."""

    key: str
    prefix: str
    id: int


def create_key(
    principal: Principal,
    *,
    name: str,
    expires_at: int | None = None,
    scopes: Iterable[str] = (),
    networks: Iterable[str] = (),
    tlp_ceiling: int | None = None,
    member_id: int | None = None,
) -> NewKey:
    """A key that may do what its user may, or less; `expires_at` is in microseconds UTC.

    `scopes` are permissions of the principal (empty: all, also those of a later role), `networks` the CIDR
    blocks that it may be used from, `tlp_ceiling` the highest TLP level that it reads. With `member_id` the
    key is that member's, who must be a program (a role without sessions); needs MANAGE_MEMBERS.
    NotAllowed for a key: who steals one could keep what it opened.
    """
    owner = _choose_owner(principal, member_id)
    text = read_name(name)
    if expires_at is not None and expires_at <= now_us():
        raise bad_field("expires_at", "expected a time in the future")
    narrowed = {
        "scopes": _read_scopes(principal.permissions & Role(owner.role).permissions, scopes),
        "networks": _read_networks(networks),
        "tlp_ceiling": _read_ceiling(min(principal.tlp_ceiling, owner.tlp_ceiling), tlp_ceiling),
    }
    prefix = secrets.token_hex(6)
    key = f"stk_{prefix}_{secrets.token_hex(24)}"
    with writing():
        row = ApiKey.objects.create(
            user_id=owner.user_id,
            organisation_id=owner.organisation_id,
            name=text,
            prefix=prefix,
            digest=digest_of(key),
            created_at=now_us(),
            expires_at=expires_at,
            **narrowed,
        )
        after = {"name": text, "prefix": prefix, "owner": owner.user_id, "expires_at": expires_at} | narrowed
        record_change("key.create", principal, row, after=after)
    return NewKey(key=key, prefix=prefix, id=row.pk)


def revoke_key(principal: Principal, key_id: int) -> None:
    """Revokes one of the principal's own keys, at once and for good.

    Who may manage members may revoke those of their organisation's members, of no higher role.
    """
    with writing():
        own = ApiKey.objects.filter(pk=key_id, organisation_id=principal.organisation_id, revoked_at=None)
        if Permission.MANAGE_MEMBERS not in principal.permissions:
            own = own.filter(user_id=principal.user_id or 0)
        row = own.select_for_update().first()
        if row is None:
            raise NotFound(f"You have no API key {key_id}", remedy="List your keys to see their ids.")
        owners = Membership.objects.filter(user_id=row.user_id, organisation_id=row.organisation_id)
        check_rank(principal, owners.values_list("role", flat=True))
        end_keys(principal, ApiKey.objects.filter(pk=row.pk))


def end_keys(principal: Principal, keys: QuerySet[ApiKey]) -> None:
    """Revokes the keys that are not yet, and records each; inside the caller's transaction."""
    for row in keys.filter(revoked_at=None):
        row.revoked_at = now_us()
        row.save(update_fields=["revoked_at"])
        record_change("key.revoke", principal, row, before={"name": row.name, "prefix": row.prefix})


def _choose_owner(principal: Principal, member_id: int | None) -> Membership:
    """Whose key it becomes: the principal's own membership, or that of a program that it manages."""
    if principal.key_id is not None:
        raise NotAllowed("A key cannot make keys", remedy="Sign in and make it there.")
    if principal.user_id is None:
        raise NotAllowed("Only a user can have API keys", remedy="Sign in as a user first.")
    if member_id is not None:
        owner = find_membership(principal, member_id)
        check_rank(principal, [owner.role])
        if not Role(owner.role).is_machine:
            raise NotAllowed(
                "Keys of a person are made by that person", remedy="Ask them to make it on their own page."
            )
        return owner
    own = Membership.objects.filter(user_id=principal.user_id, organisation_id=principal.organisation_id)
    owner_or_none = own.first()
    if owner_or_none is None:
        raise NotAllowed(
            "Only a member of the organisation can have API keys in it", remedy="Ask an administrator."
        )
    return owner_or_none


def _read_scopes(allowed: frozenset[Permission], scopes: Iterable[str]) -> list[str]:
    wanted = {str(scope) for scope in scopes}
    beyond = sorted(wanted - allowed)
    if beyond:
        known = ", ".join(sorted(allowed)) or "none"
        raise bad_field(
            "scopes", f"expected permissions that the key's owner has ({known}), got {beyond[0][:40]!r}"
        )
    return sorted(wanted)


def _read_networks(networks: Iterable[str]) -> list[str]:
    blocks = []
    for text in networks:
        try:
            block = ip_network(text.strip(), strict=False)
        except ValueError:
            raise bad_field(
                "networks", f"expected CIDR blocks such as 192.0.2.0/24 or 2001:db8::/48, got {text[:60]!r}"
            ) from None
        blocks.append(block)
    if len(blocks) > _MOST_NETWORKS:
        raise bad_field("networks", f"expected at most {_MOST_NETWORKS} networks, got {len(blocks)}")
    ordered = sorted(set(blocks), key=lambda block: (not isinstance(block, IPv4Network), str(block)))
    return [str(block) for block in ordered]


def _read_ceiling(highest: int, wanted: int | None) -> int:
    """The ceiling to keep: without one the key goes as far as its owner, also after a change."""
    if wanted is None:
        return TlpLevel.RED.value
    if not 0 <= wanted <= highest:
        level = TlpLevel(highest).label
        raise bad_field("tlp_ceiling", f"expected a TLP level up to {level}, the owner's own ceiling")
    return wanted
