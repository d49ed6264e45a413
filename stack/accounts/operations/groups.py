"""Sharing groups: what is shared with one, each of its organisations may see. All of it needs ADMINISTER."""

from collections.abc import Iterable

from stack.accounts.models import Organisation, SharingGroup
from stack.accounts.names import bad_field, read_name
from stack.accounts.operations.acts import record_change
from stack.accounts.operations.named import save_named
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries.groups import GroupRow, describe_group
from stack.accounts.transactions import writing
from stack.core.clock import now_us
from stack.core.errors import NotFound


def create_group(principal: Principal, *, name: str) -> GroupRow:
    """A new group without organisations. Conflict for a name that is taken."""
    principal.require(Permission.ADMINISTER)
    text = read_name(name)
    with writing():
        row = SharingGroup(name=text, created_at=now_us())
        save_named(row)
        record_change("group.create", principal, row, after={"name": text})
        return describe_group(row)


def rename_group(principal: Principal, group_id: int, *, name: str) -> GroupRow:
    """Conflict for a name that is taken."""
    principal.require(Permission.ADMINISTER)
    text = read_name(name)
    with writing():
        row = _lock(group_id)
        before, row.name = row.name, text
        save_named(row)
        record_change("group.change", principal, row, before={"name": before}, after={"name": text})
        return describe_group(row)


def set_group_members(principal: Principal, group_id: int, *, organisation_ids: Iterable[int]) -> GroupRow:
    """Exactly these organisations are in the group from now on. BadInput names those that are unknown."""
    principal.require(Permission.ADMINISTER)
    wanted = set(organisation_ids)
    with writing():
        row = _lock(group_id)
        unknown = wanted - set(Organisation.objects.filter(pk__in=wanted).values_list("id", flat=True))
        if unknown:
            raise bad_field("organisation_ids", f"there is no organisation {min(unknown)}")
        before = list(describe_group(row).organisation_ids)
        row.organisations.set(wanted)
        if before != sorted(wanted):
            record_change(
                "group.change",
                principal,
                row,
                before={"organisation_ids": before},
                after={"organisation_ids": sorted(wanted)},
            )
        return GroupRow(row.pk, row.name, tuple(sorted(wanted)))


def delete_group(principal: Principal, group_id: int) -> None:
    """What was shared with the group is seen only by whom else it was shared with. Its id is never reused."""
    principal.require(Permission.ADMINISTER)
    with writing():
        row = _lock(group_id)
        shown = describe_group(row)
        record_change(
            "group.delete",
            principal,
            row,
            before={"name": shown.name, "organisation_ids": list(shown.organisation_ids)},
        )
        row.delete()


def _lock(group_id: int) -> SharingGroup:
    row = SharingGroup.objects.select_for_update().filter(pk=group_id).first()
    if row is None:
        raise NotFound(f"There is no sharing group {group_id}", remedy="List the groups to see their ids.")
    return row
