"""Organisations, members, groups, invitations and keys of the data folder here, as its administrator."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from stack.accounts import operations, queries
from stack.accounts.principal import Role
from stack.accounts.transactions import writing
from stack.cli.backend.local import format_instant, read_instant
from stack.cli.backend.people import (
    GroupView,
    InvitationDraft,
    InvitationView,
    KeyDraft,
    KeyView,
    LinkView,
    MemberDraft,
    MemberView,
    NewKeyView,
    OrganisationView,
    View,
    make_view,
)
from stack.stix.markings import TlpLevel, parse_tlp

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_TIMES = frozenset({"created_at", "expires_at", "last_used_at", "last_login"})


class LocalPeople:
    """The same answers as `RemotePeople`."""

    def __init__(self) -> None:
        self._principal = queries.local_principal()

    def list_organisations(self) -> list[OrganisationView]:
        return [_view(OrganisationView, row) for row in queries.list_organisations(self._principal)]

    def create_organisation(self, name: str) -> OrganisationView:
        return _view(OrganisationView, operations.create_organisation(self._principal, name=name))

    def rename_organisation(self, organisation_id: int, name: str) -> OrganisationView:
        row = operations.rename_organisation(self._principal, organisation_id, name=name)
        return _view(OrganisationView, row)

    def require_mfa(self, organisation_id: int, role: str | None) -> OrganisationView:
        wanted = None if role is None else Role(role)
        row = operations.set_mfa_requirement(self._principal, organisation_id, role=wanted)
        return _view(OrganisationView, row)

    def list_members(self, organisation_id: int | None) -> list[MemberView]:
        rows = queries.list_members(self._principal, organisation_id=organisation_id)
        return [_view(MemberView, row) for row in rows]

    def create_member(self, draft: MemberDraft) -> MemberView:
        given = asdict(draft) | {"role": Role(draft.role), "tlp_ceiling": _level(draft.tlp_ceiling)}
        return _view(MemberView, operations.create_member(self._principal, **given))

    def change_member(
        self,
        member_id: int,
        *,
        role: str | None,
        tlp_ceiling: str | None,
        granted_markings: Sequence[str] | None,
    ) -> MemberView:
        row = operations.change_member(
            self._principal,
            member_id,
            role=None if role is None else Role(role),
            tlp_ceiling=None if tlp_ceiling is None else _level(tlp_ceiling),
            granted_markings=granted_markings,
        )
        return _view(MemberView, row)

    def remove_member(self, member_id: int) -> None:
        operations.remove_member(self._principal, member_id)

    def set_active(self, member: MemberView, *, active: bool) -> MemberView:
        operations.set_active(self._principal, member.user_id, active=active)
        return _view(MemberView, queries.get_member(self._principal, member.id))

    def reset_factor(self, member_id: int) -> MemberView:
        return _view(MemberView, operations.reset_second_factors_here(self._principal, member_id))

    def create_link(self, member_id: int) -> LinkView:
        new = operations.create_member_link_here(self._principal, member_id)
        return LinkView(member_id, f"{_address()}/sign-in/{new.token}", _time(new.expires_at))

    def list_invitations(self) -> list[InvitationView]:
        return [_view(InvitationView, row) for row in queries.list_invitations(self._principal)]

    def invite(self, draft: InvitationDraft) -> LinkView:
        given = asdict(draft) | {"role": Role(draft.role), "tlp_ceiling": _level(draft.tlp_ceiling)}
        new = operations.invite(self._principal, **given)
        return LinkView(new.id, f"{_address()}/join/{new.token}", _time(new.expires_at))

    def revoke_invitation(self, invitation_id: int) -> None:
        operations.revoke_invitation(self._principal, invitation_id)

    def list_groups(self) -> list[GroupView]:
        return [_view(GroupView, row) for row in queries.list_groups(self._principal)]

    def create_group(self, name: str, organisation_ids: Sequence[int]) -> GroupView:
        with writing():
            row = operations.create_group(self._principal, name=name)
            if organisation_ids:
                row = operations.set_group_members(self._principal, row.id, organisation_ids=organisation_ids)
        return _view(GroupView, row)

    def set_group_members(self, group_id: int, organisation_ids: Sequence[int]) -> GroupView:
        row = operations.set_group_members(self._principal, group_id, organisation_ids=organisation_ids)
        return _view(GroupView, row)

    def delete_group(self, group_id: int) -> None:
        operations.delete_group(self._principal, group_id)

    def list_keys(self, *, everyone: bool) -> list[KeyView]:
        return [_view(KeyView, row) for row in queries.list_keys(self._principal, everyone=everyone)]

    def create_key(self, draft: KeyDraft) -> NewKeyView:
        new = operations.create_key(
            self._principal,
            name=draft.name,
            expires_at=None if draft.expires_at is None else read_instant(draft.expires_at),
            scopes=draft.scopes,
            networks=draft.networks,
            tlp_ceiling=None if draft.tlp_ceiling is None else _level(draft.tlp_ceiling),
            member_id=draft.member_id,
        )
        return NewKeyView(id=new.id, prefix=new.prefix, key=new.key)

    def revoke_key(self, key_id: int) -> None:
        operations.revoke_key(self._principal, key_id)


def _view(kind: type[View], row: "DataclassInstance") -> View:
    return make_view(kind, {name: _show(name, value) for name, value in asdict(row).items()})


def _show(name: str, value: Any) -> Any:
    if name in _TIMES:
        return format_instant(value)
    if name == "tlp_ceiling":
        return TlpLevel(value).label
    if isinstance(value, tuple):
        return list(value)
    return value.value if isinstance(value, Role) else value


def _time(microseconds: int) -> str:
    return format_instant(microseconds) or ""


def _level(label: str) -> int:
    return int(parse_tlp(label))


def _address() -> str:
    """Where people reach Stack; nothing where no server of this data folder runs and none is configured."""
    from django.conf import settings

    from stack.cli.supervision.address import choose_public_address
    from stack.cli.supervision.lock import find_serving

    serving = find_serving(settings.DATA)
    return choose_public_address(serving.address if serving is not None else "").rstrip("/")
