"""The act on a row of accounts, in one shape: which row it is, and whose log shows it."""

from collections.abc import Mapping
from typing import Any

from stack.accounts.models import ApiKey, Invitation, Membership, Organisation, SharingGroup
from stack.accounts.principal import Principal
from stack.core.acts import Act, record_act

Row = ApiKey | Invitation | Membership | Organisation | SharingGroup

_KINDS: dict[type[Row], str] = {
    ApiKey: "key",
    Invitation: "invitation",
    Membership: "member",
    Organisation: "organisation",
    SharingGroup: "group",
}


def record_change(
    name: str,
    principal: Principal,
    row: Row,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Records what the principal did to the row, in the log of the organisation that the row belongs to; a
    sharing group belongs to none, so it is the principal's."""
    record_act(
        Act(
            name=name,
            actor=principal,
            object_kind=_KINDS[type(row)],
            object_id=str(row.pk),
            before=before or {},
            after=after or {},
            organisation_id=_find_owner(row),
        )
    )


def _find_owner(row: Row) -> int | None:
    if isinstance(row, Organisation):
        return row.pk
    return None if isinstance(row, SharingGroup) else row.organisation_id
