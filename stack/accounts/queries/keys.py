"""API keys as lists show them."""

from dataclasses import dataclass

from stack.accounts.models import ApiKey, Membership
from stack.accounts.principal import Permission, Principal


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key; its secret is kept nowhere. `owner` is a user name, times are microseconds UTC.

    `scopes` are permissions (empty: all of the role's), `networks` CIDR blocks (empty: any address),
    `tlp_ceiling` what it reads up to now: no key goes beyond its owner.
    """

    id: int
    name: str
    prefix: str
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    owner: str
    organisation_id: int
    scopes: tuple[str, ...]
    networks: tuple[str, ...]
    tlp_ceiling: int
    last_used_from: str


def list_keys(principal: Principal, *, everyone: bool = False) -> list[KeyRow]:
    """The principal's own keys that are not revoked, newest first; expired ones are shown until revoked.

    With `everyone`, which needs MANAGE_MEMBERS, those of all members of its organisation.
    """
    if everyone:
        principal.require(Permission.MANAGE_MEMBERS)
    rows = ApiKey.objects.filter(organisation_id=principal.organisation_id, revoked_at=None)
    if not everyone:
        rows = rows.filter(user_id=principal.user_id or 0)
    members = Membership.objects.filter(organisation_id=principal.organisation_id)
    ceilings = dict(members.values_list("user_id", "tlp_ceiling"))
    return [
        _describe(row, ceilings.get(row.user_id, 0)) for row in rows.select_related("user").order_by("-id")
    ]


def _describe(row: ApiKey, highest: int) -> KeyRow:
    return KeyRow(
        id=row.pk,
        name=row.name,
        prefix=row.prefix,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        owner=row.user.get_username(),
        organisation_id=row.organisation_id,
        scopes=tuple(row.scopes),
        networks=tuple(row.networks),
        tlp_ceiling=min(row.tlp_ceiling, highest),
        last_used_from=row.last_used_from,
    )
