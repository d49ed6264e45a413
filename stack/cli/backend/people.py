"""What commands ask about organisations, members, groups, invitations and keys, and what they get.

Fields and words are those of the REST API; times are RFC 3339 texts in UTC, TLP levels their names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class OrganisationView:
    id: int
    name: str
    members: int | None
    created_at: str
    require_mfa_from: str | None


@dataclass(frozen=True, slots=True)
class MemberView:
    id: int
    user_id: int
    username: str
    email: str
    organisation_id: int
    role: str
    tlp_ceiling: str
    granted_markings: list[str]
    is_active: bool
    has_mfa: bool
    last_login: str | None
    created_at: str


@dataclass(frozen=True, slots=True)
class InvitationView:
    id: int
    email: str
    role: str
    tlp_ceiling: str
    invited_by: str
    created_at: str
    expires_at: str
    state: str


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link that lets one person in, shown this once. `id` is the invitation's or the member's."""

    id: int
    link: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class GroupView:
    id: int
    name: str
    organisation_ids: list[int]


@dataclass(frozen=True, slots=True)
class KeyView:
    id: int
    name: str
    prefix: str
    owner: str
    organisation_id: int
    scopes: list[str]
    networks: list[str]
    tlp_ceiling: str
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    last_used_from: str


@dataclass(frozen=True, slots=True)
class NewKeyView:
    id: int
    prefix: str
    key: str


View = TypeVar("View", OrganisationView, MemberView, InvitationView, GroupView, KeyView, NewKeyView)


def make_view(kind: type[View], values: Mapping[str, Any]) -> View:
    """The view of those values that it has fields for; a newer server may send more."""
    return kind(**{field.name: values[field.name] for field in fields(kind)})


@dataclass(frozen=True, slots=True)
class KeyDraft:
    """A key to make; `tlp_ceiling` None for its owner's, `member_id` None for one's own."""

    name: str
    expires_at: str | None = None
    scopes: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    tlp_ceiling: str | None = None
    member_id: int | None = None


@dataclass(frozen=True, slots=True)
class MemberDraft:
    username: str
    role: str
    tlp_ceiling: str
    email: str = ""
    organisation_id: int | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class InvitationDraft:
    role: str
    tlp_ceiling: str
    email: str = ""
    days: int = 7


class People(Protocol):
    """Every method raises a `StackError` that says what failed."""

    def list_organisations(self) -> list[OrganisationView]: ...

    def create_organisation(self, name: str) -> OrganisationView: ...

    def rename_organisation(self, organisation_id: int, name: str) -> OrganisationView: ...

    def require_mfa(self, organisation_id: int, role: str | None) -> OrganisationView: ...

    def list_members(self, organisation_id: int | None) -> list[MemberView]:
        """Of one's own organisation for None."""

    def create_member(self, draft: MemberDraft) -> MemberView: ...

    def change_member(
        self,
        member_id: int,
        *,
        role: str | None,
        tlp_ceiling: str | None,
        granted_markings: Sequence[str] | None,
    ) -> MemberView:
        """What is None stays as it is."""

    def remove_member(self, member_id: int) -> None: ...

    def set_active(self, member: MemberView, *, active: bool) -> MemberView: ...

    def reset_factor(self, member_id: int) -> MemberView:
        """Removes all second factors of a member."""

    def create_link(self, member_id: int) -> LinkView:
        """A one-time sign-in link for a member."""

    def list_invitations(self) -> list[InvitationView]: ...

    def invite(self, draft: InvitationDraft) -> LinkView: ...

    def revoke_invitation(self, invitation_id: int) -> None: ...

    def list_groups(self) -> list[GroupView]: ...

    def create_group(self, name: str, organisation_ids: Sequence[int]) -> GroupView: ...

    def set_group_members(self, group_id: int, organisation_ids: Sequence[int]) -> GroupView: ...

    def delete_group(self, group_id: int) -> None: ...

    def list_keys(self, *, everyone: bool) -> list[KeyView]: ...

    def create_key(self, draft: KeyDraft) -> NewKeyView: ...

    def revoke_key(self, key_id: int) -> None: ...
