"""The directory of organisations: whoever shares must know the names."""

from dataclasses import dataclass

from django.db.models import Count

from stack.accounts.models import Organisation
from stack.accounts.principal import Permission, Principal, Role


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """`members` and `require_mfa_from` are None where the reader may not know them.

    `require_mfa_from` is also None where no role needs a second factor. Times are microseconds UTC.
    """

    id: int
    name: str
    members: int | None
    created_at: int
    require_mfa_from: Role | None = None


def list_organisations(principal: Principal) -> list[OrganisationRow]:
    """Every organisation by name; how many members only for the own one, or for who may administer."""
    principal.require(Permission.READ)
    rows = Organisation.objects.annotate(count=Count("memberships")).order_by("name")
    return [describe_organisation(principal, row, row.count) for row in rows]


def name_own_organisation(principal: Principal) -> str:
    names = Organisation.objects.filter(pk=principal.organisation_id).values_list("name", flat=True)
    return names.first() or ""


def describe_organisation(principal: Principal, row: Organisation, members: int) -> OrganisationRow:
    is_open = row.pk == principal.organisation_id or Permission.ADMINISTER in principal.permissions
    required = Role(row.require_mfa_from) if is_open and row.require_mfa_from else None
    return OrganisationRow(row.pk, row.name, members if is_open else None, row.created_at, required)
