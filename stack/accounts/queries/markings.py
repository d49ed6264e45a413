"""Restricted markings: what carries one is hidden from whoever was not granted it."""

from dataclasses import dataclass

from stack.accounts.models import RestrictedMarking
from stack.accounts.principal import Permission, Principal


@dataclass(frozen=True, slots=True)
class RestrictedMarkingRow:
    """`marking_id` is the STIX id of the marking definition; `is_granted` says whether the reader has it."""

    id: int
    marking_id: str
    name: str
    is_granted: bool


def list_restricted_markings(principal: Principal) -> list[RestrictedMarkingRow]:
    """Those that the principal was granted, by name; all of them for who may administer."""
    principal.require(Permission.READ)
    rows = RestrictedMarking.objects.order_by("name", "marking_id")
    if Permission.ADMINISTER not in principal.permissions:
        rows = rows.exclude(marking_id__in=principal.hidden_markings)
    return [
        RestrictedMarkingRow(
            row.pk, row.marking_id, row.name, row.marking_id not in principal.hidden_markings
        )
        for row in rows
    ]
