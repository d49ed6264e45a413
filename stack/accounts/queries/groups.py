"""Sharing groups: which organisations share with one another."""

from dataclasses import dataclass

from stack.accounts.models import SharingGroup
from stack.accounts.principal import Permission, Principal


@dataclass(frozen=True, slots=True)
class GroupRow:
    """`organisation_ids` in ascending order."""

    id: int
    name: str
    organisation_ids: tuple[int, ...]


def list_groups(principal: Principal) -> list[GroupRow]:
    """The groups of the principal's organisation by name; all of them for who may administer."""
    principal.require(Permission.READ)
    rows = SharingGroup.objects.prefetch_related("organisations").order_by("name")
    if Permission.ADMINISTER not in principal.permissions:
        rows = rows.filter(pk__in=principal.group_ids)
    return [describe_group(row) for row in rows]


def describe_group(row: SharingGroup) -> GroupRow:
    return GroupRow(row.pk, row.name, tuple(sorted(each.pk for each in row.organisations.all())))
